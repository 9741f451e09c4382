"""Parquet: typed columns, for programs."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def write(table: pa.Table, path: Path) -> None:
    """Write `table` to `path`, without what a reader could not use (pandas' or Spark's own metadata)."""
    pq.write_table(table.replace_schema_metadata(None), path, compression="zstd", row_group_size=200_000)
