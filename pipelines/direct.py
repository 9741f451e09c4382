"""Delta without Spark: what a table's log says, and commits of few rows, by delta-rs.

A Spark transaction costs one to three seconds of planning whatever its size, and each reference to a Delta table in a
query one more job; a night in which little changed is made of little else. Only for tables on a local file system.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType


def local(path: str) -> bool:
    """Whether delta-rs and Spark see the path alike."""
    return "://" not in path


def exists(path: str) -> bool:
    """Whether there is a table."""
    return bool(DeltaTable.is_deltatable(path))


def version(path: str) -> int:
    """The newest version of a table; -1 where there is none."""
    return int(DeltaTable(path, without_files=True).version()) if exists(path) else -1


def read(spark: SparkSession, path: str, at: int | None = None) -> DataFrame:
    """A table's rows: the Parquet files that its log names, without a Spark job to ask for them."""
    table = DeltaTable(path, version=at)
    schema = StructType.fromJson(json.loads(table.schema().to_json()))
    files = [unquote(uri) for uri in table.file_uris()]
    if not files:
        return spark.createDataFrame([], schema).where("false")
    # Partition columns come last otherwise.
    return spark.read.schema(schema).option("basePath", path).parquet(*files).select(*schema.names)


def empty(path: str) -> bool:
    """Whether the newest version of a table has no file."""
    return not DeltaTable(path).file_uris()


def has(path: str, column: str, value: str) -> bool:
    """Whether a partitioned table has rows whose partition `column` is `value`."""
    return bool(DeltaTable(path).file_uris([(column, "=", value)]))


def append(path: str, rows: DataFrame, seen: Mapping[str, Any] | None) -> None:
    """Add few rows in one commit."""
    table = DeltaTable(path)
    write_deltalake(table, _arrow(table, rows), mode="append", commit_properties=_mark(seen))


def merge(path: str, changed: DataFrame, key: Iterable[str], operation: str, seen: Mapping[str, Any] | None) -> None:
    """Apply few changes in one commit. operation: the column that says `delete` for a row to remove."""
    table = DeltaTable(path)
    rows = _arrow(table, changed, operation)
    # A condition that is more than an equality is no hash join.
    equal = {c: "IS NOT DISTINCT FROM" if rows[c].null_count else "=" for c in key}
    same = " AND ".join(f't."{c}" {sign} s."{c}"' for c, sign in equal.items())
    columns = {f'"{c}"': f's."{c}"' for c in changed.columns if c != operation}
    (
        table.merge(rows, same, source_alias="s", target_alias="t", commit_properties=_mark(seen))
        .when_matched_delete(f"s.{operation} = 'delete'")
        .when_matched_update(columns)
        .when_not_matched_insert(columns)
        .execute()
    )


def _arrow(table: DeltaTable, rows: DataFrame, *more: str) -> pa.Table:
    """The rows in the table's own Arrow types; `more`: text columns that it does not have."""
    schema = pa.schema(table.schema().to_arrow())
    own = [pa.field(c, pa.string()) if c in more else schema.field(c) for c in rows.columns]
    found = _nullable(rows).toArrow().cast(pa.schema(own))
    # Copied, for an empty list's items come from Java with offsets that were never set, and delta-rs trusts them.
    return found.take(pa.array(range(found.num_rows), pa.int64()))


def _nullable(rows: DataFrame) -> DataFrame:
    # PyArrow refuses a struct whose fields are never NULL where it expects one whose fields may be.
    said = rows.schema.json()
    loose = StructType.fromJson(
        json.loads(re.sub(r'"(nullable|containsNull|valueContainsNull)":false', r'"\1":true', said))
    )
    return rows.select(*(F.col(f.name).cast(f.dataType) for f in loose.fields))


def _mark(seen: Mapping[str, Any] | None) -> CommitProperties:
    return CommitProperties(custom_metadata={"userMetadata": json.dumps(seen or {})})
