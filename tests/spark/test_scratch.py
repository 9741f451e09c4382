"""What a unit keeps of its frames while it works."""

from collections.abc import Callable
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines.scratch import Scratch
from pipelines.session import LARGE, another, fit


def _stored(spark: SparkSession, size: Callable[[Any], int]) -> int:
    jvm: Any = spark.sparkContext._jsc.sc()
    return sum(size(rdd) for rdd in jvm.getRDDStorageInfo())


@pytest.mark.parametrize(("rows", "on_disk"), [(1000, False), (LARGE, True)])
def test_rows_of_a_large_city_are_kept_on_disk_and_come_back_as_they_were(
    spark: SparkSession, rows: int, on_disk: bool
) -> None:
    one = another(spark)
    fit(one, rows)
    frame = one.range(1000).selectExpr(
        "id",
        "array(id, NULL) AS several",
        "struct(CAST(id AS decimal(10,7)) AS n, '张' AS s) AS both",
        "map('k', id) AS m",
    )
    before = [_stored(spark, lambda rdd: rdd.memSize()), _stored(spark, lambda rdd: rdd.diskSize())]
    with Scratch() as scratch:
        kept = scratch.keep(frame)
        after = [_stored(spark, lambda rdd: rdd.memSize()), _stored(spark, lambda rdd: rdd.diskSize())]
        assert [a > b for a, b in zip(after, before, strict=True)] == [not on_disk, on_disk]
        assert scratch.count(kept) == 1000
        assert sorted(kept.collect()) == sorted(frame.collect())
