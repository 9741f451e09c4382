"""Which entities a night touches: those that a changed record names or named."""

from collections.abc import Iterable, Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.lake import Lake

Versions = Mapping[str, int]


def changed(lake: Lake, table: str, before: Versions, columns: Iterable[str]) -> DataFrame | None:
    """The columns of all rows that a table gained, lost or changed, as they were and as they are.

    before: table → version that was seen; a table that was not there is new, and all its rows are. None where the feed
    does not reach back.
    """
    if table not in before:
        return lake.read(table).select(*columns)
    feed = lake.changes(table, before[table])
    return None if feed is None else feed.select(*columns)


def ids(lake: Lake, named: Iterable[tuple[str, str]], before: Versions, id: str) -> DataFrame | None:
    """The entities that changed rows name, as column `id`; None where all have to be taken.

    named: (table, column that names the entity).
    """
    found: DataFrame | None = None
    for table, column in named:
        if before.get(table) == lake.version(table):
            continue
        rows = changed(lake, table, before, [column])
        if rows is None:
            return None
        one = rows.select(F.col(column).alias(id))
        found = one if found is None else found.union(one)
    if found is None:
        return lake.spark.createDataFrame([], f"{id} string")
    return found.where(F.col(id).isNotNull()).distinct()


def only(rows: DataFrame, touched: DataFrame | None) -> DataFrame:
    """The rows whose columns are in `touched`; None means all."""
    return rows if touched is None else rows.join(F.broadcast(touched), touched.columns, "left_semi")
