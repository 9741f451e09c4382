"""A source is protected: what record and its versions take over from the crosswalks."""

import datetime as dt
from pathlib import Path

from pyspark.sql import SparkSession

from pipelines.protect.protect import protect
from tests.spark.refine.conftest import KEYS, PENALTY, City, penalty

DDL = "record_id string, version string, entity_id string, left_on date"


def linked(one: City, *rows: tuple[str, str, str | None, dt.date | None]) -> None:
    crosswalk = one.lake.spark.createDataFrame(list(rows), DDL)
    crosswalk = crosswalk.selectExpr(
        "*", f"'{PENALTY.source}' AS source", "'offender' AS role", "string(NULL) AS community_code"
    )
    one.lake.append("link/legal_entity_record", crosswalk)


def test_whom_a_record_named_and_names_no_more_is_not_in_it(spark: SparkSession, tmp_path: Path) -> None:
    one = City(spark, tmp_path, PENALTY)
    one.deliver(1, penalty(1), penalty(2))
    one.night()
    (there,), (gone,) = one.table("silver", "record_id")
    linked(one, (there, "", "E1", None), (gone, "", "E2", dt.date(2026, 3, 1)))
    protect(one.lake, PENALTY, KEYS, 10)
    assert dict(one.table("record", "record_id", "offender_entity_id")) == {there: "E1", gone: None}


def test_an_earlier_version_names_whom_it_named(spark: SparkSession, tmp_path: Path) -> None:
    one = City(spark, tmp_path, PENALTY)
    one.deliver(1, penalty(1), penalty(2), penalty(3))
    one.night()
    one.deliver(2, penalty(1, "乙公司", "2026-03-02"), penalty(2, "乙公司", "2026-03-02"))
    one.deliver(3, penalty(3, "乙公司", "2026-03-03"))
    one.night()
    before = one.table("superseded", "record_id", "_delivery", "_file", "_row")
    assert len(before) == 3
    (same, *_), (other, *its), (unknown, *nobodys) = before
    linked(
        one,
        (same, "", "E1", None),
        (other, "", "E2", None),
        (other, "/".join(map(str, its)), "E3", None),
        (unknown, "", "E4", None),
        (unknown, "/".join(map(str, nobodys)), None, None),
    )
    protect(one.lake, PENALTY, KEYS, 10)
    assert dict(one.table("record_version", "record_id", "offender_entity_id")) == {
        same: "E1",
        other: "E3",
        unknown: None,
    }
    assert dict(one.table("record", "record_id", "offender_entity_id")) == {same: "E1", other: "E2", unknown: "E4"}
