"""Quarantine keeps every row, shows one case a key and rule, and each open row closes once."""

from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession

from quality import quarantine
from quality.broken import BROKEN

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
SCHEMA = (
    "delivered struct<delivered:struct<no:string,status:string>,row_hash:string>, no string, status string, "
    "_malformed string, record_id string, "
    f"_delivery string, _file string, _row int, _date date, _night date, failed {BROKEN}"
)


def judged_row(key: str | None, no: str | None, delivery: str, row: int, day: date, *rules: str) -> tuple[object, ...]:
    failed = [(rule, "name", f"说明 / {rule}") for rule in rules]
    return (((no, f" {no} "), f"hash {no}"), no, None, None, key, delivery, "f.csv", row, day, day, failed)


@pytest.fixture
def held(spark: SparkSession) -> DataFrame:
    rows = [
        judged_row("k1", "1", "mon", 1, MONDAY, "name_present", "two_persons"),
        judged_row("k1", "1", "tue", 1, TUESDAY, "name_present"),
        judged_row("k2", "2", "mon", 2, MONDAY, "name_present"),
        judged_row(None, "3", "mon", 3, MONDAY, "key_present"),
        judged_row(None, "3", "tue", 3, TUESDAY, "key_present"),
        judged_row(None, "4", "mon", 4, MONDAY, "key_present"),
        judged_row("k5", "5", "mon", 5, MONDAY),
    ]
    return quarantine.rows(spark.createDataFrame(rows, SCHEMA), "facts")


def status(frame: DataFrame) -> dict[tuple[str, int], str]:
    return {(row["_delivery"], row["_row"]): row["status"] for row in frame.collect()}


def test_a_bad_row_is_held_as_delivered_and_open(held: DataFrame) -> None:
    rows = held.collect()
    assert len(rows) == 6
    first = next(row for row in rows if (row["_delivery"], row["_row"]) == ("mon", 1))
    assert (first["delivered"]["status"], first["status"], first["facts"]) == (" 1 ", "open", "facts")
    assert [one["rule"] for one in first["failed"]] == ["name_present", "two_persons"]


def test_people_see_one_case_a_key_and_rule(held: DataFrame) -> None:
    found = quarantine.cases(held, "s").collect()
    seen = {(row["record_id"], row["rule"], row["rows"], row["first_date"], row["last_date"]) for row in found}
    assert seen == {
        ("k1", "name_present", 2, MONDAY, TUESDAY),
        ("k1", "two_persons", 1, MONDAY, MONDAY),
        ("k2", "name_present", 1, MONDAY, MONDAY),
        (None, "key_present", 2, MONDAY, TUESDAY),
        (None, "key_present", 1, MONDAY, MONDAY),
    }
    assert len(found) == 5


def test_a_replayed_row_leaves_quarantine_once(spark: SparkSession, held: DataFrame) -> None:
    accepted = spark.createDataFrame([("mon", "f.csv", 1)] * 2, "_delivery string, _file string, _row int")
    after = quarantine.replay(held, accepted)
    assert status(after)[("mon", 1)] == "replayed"
    assert sorted(status(after).values()).count("open") == 5
    again = quarantine.dismiss(quarantine.replay(after, accepted), accepted)
    assert sorted(map(str, again.collect())) == sorted(map(str, after.collect()))


def test_a_key_accepted_later_supersedes_and_an_older_delivery_does_not(spark: SparkSession, held: DataFrame) -> None:
    schema = "record_id string, _date date, _delivery string"
    later = spark.createDataFrame([("k1", TUESDAY, "tue2"), ("k2", MONDAY, "mon"), (None, TUESDAY, "tue2")], schema)
    after = status(quarantine.resolve(held, later))
    assert (after[("mon", 1)], after[("tue", 1)]) == ("superseded", "superseded")
    assert (after[("mon", 2)], after[("mon", 3)]) == ("open", "open")
    older = spark.createDataFrame([("k1", MONDAY, "late")], schema)
    after = status(quarantine.resolve(held, older))
    assert (after[("mon", 1)], after[("tue", 1)]) == ("superseded", "open")


def test_a_case_closes_with_its_last_row(spark: SparkSession, held: DataFrame) -> None:
    address = "_delivery string, _file string, _row int"
    one = quarantine.dismiss(held, spark.createDataFrame([("mon", "f.csv", 3)], address))
    both = quarantine.dismiss(one, spark.createDataFrame([("tue", "f.csv", 3)], address))

    def of_three(frame: DataFrame) -> str:
        found = quarantine.cases(frame, "s").where("record_id is null and rows = 2").collect()
        return str(found[0]["status"])

    assert (of_three(held), of_three(one), of_three(both)) == ("open", "open", "dismissed")
