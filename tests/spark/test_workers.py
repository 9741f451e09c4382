"""Spark's Python workers."""

import sys
from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F


def test_no_archive_is_on_a_workers_path(spark: SparkSession) -> None:
    def path(of: pa.Array) -> pa.Array:
        return pa.array([";".join([*sys.path, *sys.path_importer_cache])] * len(of))

    found = spark.range(1).select(F.arrow_udf(path, "string")("id").alias("path")).first()  # type: ignore[call-overload]
    assert found is not None and found.path
    assert not [entry for entry in found.path.split(";") if entry.endswith((".zip", ".jar")) and Path(entry).exists()]
