"""Delta by Spark: for many rows, and for tables that are no local path. Its counterpart for few rows is `direct`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines.direct_commit import OPERATION


def exists(spark: SparkSession, path: str) -> bool:
    """Whether there is a table."""
    return DeltaTable.isDeltaTable(spark, path)


def version(spark: SparkSession, path: str) -> int:
    """The newest version of a table; -1 where there is none."""
    return int(_log(spark, path).version())


def identity(spark: SparkSession, path: str) -> str:
    """As `direct.identity`."""
    return str(_log(spark, path).metadata().id()) if exists(spark, path) else ""


def empty(spark: SparkSession, path: str) -> bool:
    """Whether the newest version of a table has no file."""
    return bool(_log(spark, path).numOfFiles() == 0)


def read(spark: SparkSession, path: str, at: int | None = None) -> DataFrame:
    """A table's rows."""
    reader = spark.read.format("delta")
    return (reader if at is None else reader.option("versionAsOf", at)).load(path)


def changed(spark: SparkSession, path: str, since: int, columns: Sequence[str]) -> pa.Table | None:
    """As `direct.changed`."""
    if since == version(spark, path):
        return read(spark, path).select(*columns).where("false").toArrow()
    feed = spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", since + 1)
    try:
        return feed.load(path).select(*columns).distinct().toArrow()
    except AnalysisException:
        return None


def append(path: str, rows: DataFrame, by: str | None, seen: Mapping[str, Any] | None) -> None:
    """Add rows in one commit; a table that has not all their columns yet gains them.

    by: partition column, if the table has to be made.
    """
    writer = rows.write.format("delta").mode("append").option("mergeSchema", "true")
    writer = writer.option("userMetadata", json.dumps(seen or {}))
    (writer.partitionBy(by) if by else writer).save(path)


def overwrite(spark: SparkSession, path: str, rows: DataFrame, seen: Mapping[str, Any] | None) -> None:
    """Make the table hold just `rows`, in their columns and types, in one commit."""
    (parts,) = DeltaTable.forPath(spark, path).detail().select("partitionColumns").collect()
    writer = rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true")
    writer = writer.option("userMetadata", json.dumps(seen or {}))
    writer.partitionBy(*parts[0]).save(path)


def put(path: str, rows: DataFrame, column: str, value: str) -> None:
    """Make the rows whose partition `column` is `value` equal to `rows`."""
    writer = rows.write.format("delta").mode("overwrite").option("replaceWhere", f"{column} = '{value}'")
    writer.save(path)


def merge(
    spark: SparkSession, path: str, changed: DataFrame, key: Sequence[str], seen: Mapping[str, Any] | None
) -> None:
    """Apply changes in one commit. `_operation` says `delete` for a row to remove."""
    columns = {c: f"s.`{c}`" for c in changed.columns if c != OPERATION}
    condition = " AND ".join(f"t.`{c}` <=> s.`{c}`" for c in key)
    # MERGE has no option for the commit's metadata; the setting is the session's, and a session is one thread's.
    spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", json.dumps(seen or {}))
    try:
        (
            DeltaTable.forPath(spark, path)
            .alias("t")
            .merge(changed.alias("s"), condition)
            .whenMatchedDelete(f"s.{OPERATION} = 'delete'")
            .whenMatchedUpdate(set=columns)
            .whenNotMatchedInsert(values=columns)
            .execute()
        )
    finally:
        spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")


def difference(old: DataFrame, new: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows that turn `old` into `new`: those to write, and those to delete (only their key is filled)."""
    left = new.select(F.struct(*new.columns).alias("n"))
    right = old.select(F.struct(*new.columns).alias("o"))
    same = F.lit(True)
    for column in key:
        same &= F.col(f"n.{column}").eqNullSafe(F.col(f"o.{column}"))
    both = left.join(right, same, "full_outer").where(~F.col("n").eqNullSafe(F.col("o")))
    gone = F.col("n").isNull()
    columns = [
        (F.when(gone, F.col(f"o.{c}")).otherwise(F.col(f"n.{c}")) if c in key else F.col(f"n.{c}")).alias(c)
        for c in new.columns
    ]
    return both.select(*columns, F.when(gone, "delete").otherwise("write").alias(OPERATION))


def forget(spark: SparkSession) -> None:
    """Forget what Delta remembers of tables: one was moved or removed."""
    jvm: Any = spark._jvm
    jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


def _log(spark: SparkSession, path: str) -> Any:
    jvm: Any = spark._jvm
    log = jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, path)
    return log.update(False, jvm.scala.Option.empty(), jvm.scala.Option.empty())
