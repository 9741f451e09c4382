"""Tokens in Spark are those of the Python twin, and their key shows nowhere."""

import base64

import pyarrow as pa
import pytest
from pyspark.errors import PythonException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas.keyed import keyed_hash, keyed_hash_value, token, token_value

KEY = b"a key of thirty-two bytes, really"[:32]
SCHEMA = "a string, b string, n bigint, d date"


def test_columns_hash_as_values_do(spark: SparkSession) -> None:
    rows = [
        ("440106199003071234", "张伟", 1, None),
        (None, "𠮷野", None, None),
        ("", None, -5, None),
        (None, None, None, None),
        ("a·b", "x" * 5000, 0, None),
    ]
    frame = spark.createDataFrame(rows, SCHEMA)
    got = frame.select(
        keyed_hash(KEY, F.col("a"), F.col("b"), F.col("n")).alias("all"), token(KEY, "k1", F.col("a")).alias("token")
    ).collect()
    assert [row["all"] for row in got] == [
        keyed_hash_value(KEY, a, b, None if n is None else str(n)) for a, b, n, _ in rows
    ]
    assert [row["token"] for row in got] == [token_value(KEY, "k1", a) for a, *_ in rows]


def test_the_place_of_a_null_counts(spark: SparkSession) -> None:
    rows = [("a", None, "b"), ("a", "b", None), (None, "a", "b"), ("ab", "", ""), ("a", "b", ""), (None, None, None)]
    frame = spark.createDataFrame(rows, "a string, b string, c string")
    hashes = [row[0] for row in frame.select(keyed_hash(KEY, F.col("a"), F.col("b"), F.col("c"))).collect()]
    assert len(set(hashes)) == len(rows)
    assert all(len(value) == 32 for value in hashes)


def test_hashes_do_not_depend_on_batches_or_partitions(spark: SparkSession) -> None:
    frame = spark.range(25_000).select(F.col("id").cast("string").alias("v"))
    whole = frame.coalesce(1).select(token(KEY, "k1", F.col("v")).alias("t"))
    parts = frame.repartition(7).select(token(KEY, "k1", F.col("v")).alias("t"))
    assert whole.distinct().count() == 25_000
    assert whole.join(parts, "t").count() == 25_000


def test_an_empty_frame_has_no_token(spark: SparkSession) -> None:
    assert spark.createDataFrame([], SCHEMA).select(token(KEY, "k1", F.col("a"))).collect() == []


def test_the_key_is_in_no_plan(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("a", "b", 1, None)], SCHEMA)
    hashed = frame.select(token(KEY, "k1", F.col("a")).alias("t"), keyed_hash(KEY, F.col("a"), F.col("b")).alias("h"))
    execution = hashed._jdf.queryExecution()
    plans = (
        execution.toString()
        + execution.optimizedPlan().toJSON()
        + str(hashed.schema)
        + str(token(KEY, "k1", F.col("a")))
    )
    assert "keyed_hash" in plans
    for shown in (KEY.hex(), repr(KEY)[2:-1], KEY.decode(), base64.b64encode(KEY).decode(), str(list(KEY))[1:-1]):
        assert shown not in plans


def test_the_key_is_in_no_exception(spark: SparkSession) -> None:
    @F.arrow_udf("string")
    def broken(texts: pa.Array) -> pa.Array:
        return texts.no_such_method(KEY)

    frame = spark.createDataFrame([("a", None, 1, None)], SCHEMA)
    with pytest.raises(PythonException) as caught:
        frame.select(broken(token(KEY, "k1", F.col("a")))).collect()
    assert KEY.hex() not in str(caught.value)
    assert KEY.decode() not in str(caught.value)
