"""A source is protected: what record takes over from the crosswalks."""

import datetime as dt
from pathlib import Path

from pyspark.sql import SparkSession

from pipelines.protect.protect import protect
from tests.spark.refine.conftest import KEYS, PENALTY, City, penalty


def test_whom_a_record_named_and_names_no_more_is_not_in_it(spark: SparkSession, tmp_path: Path) -> None:
    one = City(spark, tmp_path, PENALTY)
    one.deliver(1, penalty(1), penalty(2))
    one.night()
    (there,), (gone,) = one.table("silver", "record_id")
    named = [(there, "E1", None), (gone, "E2", dt.date(2026, 3, 1))]
    crosswalk = spark.createDataFrame(named, "record_id string, entity_id string, left_on date")
    crosswalk = crosswalk.selectExpr("*", f"'{PENALTY.source}' AS source", "'offender' AS role")
    one.lake.append("link/legal_entity_record", crosswalk)
    protect(one.lake, PENALTY, KEYS)
    assert dict(one.table("record", "record_id", "offender_entity_id")) == {there: "E1", gone: None}
