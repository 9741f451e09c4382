"""Numbers for rows that come in no order."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from pipelines.scratch import Scratch

_BUCKETS = 256


def numbered(rows: DataFrame, key: Column, order: Sequence[Column], scratch: Scratch) -> tuple[DataFrame, int]:
    """The rows with _row int, 1 to their number, and this: the same numbers for the same rows, however they were read.

    key: text by which rows are spread over a fixed number of stretches, which are numbered side by side; order: what
    decides within a stretch, so that rows of one key follow it. Rows that are equal in all of it are alike.
    """
    bucket = F.pmod(F.crc32(F.coalesce(key, F.lit(""))), F.lit(_BUCKETS)).cast("int")
    at = F.row_number().over(Window.partitionBy("_bucket").orderBy(*order))
    placed = scratch.keep(rows.withColumn("_bucket", bucket).withColumn("_at", at))
    sizes = {row["_bucket"]: row["count"] for row in placed.groupBy("_bucket").count().collect()}
    before = [sum(sizes.get(earlier, 0) for earlier in range(one)) for one in range(_BUCKETS)]
    first = F.element_at(F.lit(before), F.col("_bucket") + 1)
    return placed.withColumn("_row", (first + F.col("_at")).cast("int")).drop("_bucket", "_at"), sum(sizes.values())
