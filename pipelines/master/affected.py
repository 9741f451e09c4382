"""Which entities a night touches: those that a changed record names or named."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.lake import Lake


def changed(lake: Lake, table: str, before: Mapping[str, int], columns: Sequence[str]) -> pa.Table | None:
    """The columns' distinct values in all rows that a table gained, lost or changed, as they were and as they are.

    before: table → version that was seen; a table that was not there is new, and all its rows are. None where the feed
    does not reach back.
    """
    if table not in before:
        return lake.read(table).select(*columns).distinct().toArrow()
    return lake.changed(table, before[table], *columns)


def ids(
    lake: Lake, named: Mapping[str, Sequence[str]], before: Mapping[str, int], now: Mapping[str, int]
) -> list[str] | None:
    """The entities that changed rows name, sorted; None where all have to be taken.

    named: table → columns that name an entity. before, now: table → version.
    """
    found: set[str] = set()
    for table, columns in named.items():
        if before.get(table) == now[table]:
            continue
        rows = changed(lake, table, before, columns)
        if rows is None:
            return None
        for column in columns:
            found.update(rows[column].to_pylist())
    return sorted(found - {None})


def array(ids: Iterable[str]) -> pa.Array:
    """Identifiers as an array of texts, also where there are none."""
    return pa.array(ids, pa.string())


def only(rows: DataFrame, touched: DataFrame | None) -> DataFrame:
    """The rows whose columns are in `touched`; None means all."""
    return rows if touched is None else rows.join(F.broadcast(touched), touched.columns, "left_semi")


def union(frames: Iterable[DataFrame]) -> DataFrame:
    """All frames' rows, by the columns' names."""
    return reduce(DataFrame.unionByName, frames)
