"""What holds between two entities, how long, and what rules across sources say of it."""

import datetime as dt

from pyspark.sql import SparkSession

from pipelines.master.relations import concurrent, stated
from schemas import relations
from tests.spark.master.conftest import CONTRACTS, frame

D = dt.date
TABLES = {table.name: table for table in relations.load(CONTRACTS)}
BOTH = ("person_id", "other_person_id")


def relation(kind: str, source: str) -> relations.Relation:
    return next(r for t in TABLES.values() for r in t.relations if (r.kind, r.source) == (kind, source))


def married(kind: str, on: D, male: str = "M", female: str = "F") -> dict[str, object]:
    return {"kind": kind, "male_person_id": male, "female_person_id": female, "registered_on": on}


def test_a_divorce_closes_the_marriage_before_it_and_a_second_one_opens_again(spark: SparkSession):
    rows = [
        married("结婚", D(2000, 1, 1)),
        married("离婚", D(2005, 1, 1)),
        married("结婚", D(2008, 1, 1)),
        married("离婚", D(2011, 1, 1), "X", "Y"),
    ]
    found = stated(frame(spark, "civil_marriage", rows), relation("夫妻", "civil_marriage"), *BOTH).collect()
    assert {(r.person_id, r.other_person_id, r.valid_from, r.valid_to) for r in found} == {
        ("M", "F", D(2000, 1, 1), D(2005, 1, 1)),
        ("M", "F", D(2008, 1, 1), None),
        ("X", "Y", None, D(2011, 1, 1)),
    }


def test_who_marries_while_married_to_another_is_counted_and_who_divorced_before_is_not(spark: SparkSession):
    schema = (
        "person_id string, other_person_id string, kind string, source string, record_id string,"
        " valid_from date, valid_to date"
    )
    rows = [
        ("M", "F", "夫妻", "s", "1", D(2000, 1, 1), None),
        ("M", "G", "夫妻", "s", "2", D(2010, 1, 1), None),
        ("A", "B", "夫妻", "s", "3", D(2000, 1, 1), D(2005, 1, 1)),
        ("A", "C", "夫妻", "s", "4", D(2010, 1, 1), None),
        ("M", "F", "夫妻", "s", "5", D(2001, 1, 1), None),
    ]
    found = concurrent(spark.createDataFrame(rows, schema), *BOTH).collect()
    assert {r.record_id: r.concurrent for r in found} == {"1": 0, "2": 2, "3": 0, "4": 0, "5": 0}


def test_members_of_a_household_are_related_to_its_head(spark: SparkSession):
    rows = [
        {"person_id": "head", "household_id": "H", "relation_to_head": "02", "status": "正常"},
        {"person_id": "child", "household_id": "H", "relation_to_head": "20", "status": "正常"},
        {"person_id": "gone", "household_id": "H", "relation_to_head": "20", "status": "迁出"},
        {"person_id": "alone", "household_id": "K", "relation_to_head": "20", "status": "正常"},
    ]
    found = stated(frame(spark, "police_household", rows), relation("户主", "police_household"), *BOTH).collect()
    assert [(r.person_id, r.other_person_id, r.detail) for r in found] == [("child", "head", "20")]


def test_only_the_newest_record_of_a_company_names_its_legal_representative(spark: SparkSession):
    rows = [
        {"record_id": "new", "legal_rep_person_id": "P1", "entity_id": "E", "updated_at": dt.datetime(2020, 1, 1)},
        {"record_id": "old", "legal_rep_person_id": "P2", "entity_id": "E", "updated_at": dt.datetime(2013, 1, 1)},
        {"record_id": "other", "legal_rep_person_id": "P2", "entity_id": "F", "updated_at": dt.datetime(2013, 1, 1)},
        {"record_id": "unnamed", "entity_id": "E", "updated_at": dt.datetime(2021, 1, 1)},
    ]
    record = frame(spark, "market_register", rows)
    found = stated(record, relation("法定代表人", "market_register"), "person_id", "entity_id").collect()
    assert {(r.person_id, r.entity_id) for r in found} == {("P1", "E"), ("P2", "F")}


def test_an_insurance_that_was_interrupted_ended_with_the_last_month_paid(spark: SparkSession):
    rows = [
        {"person_id": "P1", "employer_entity_id": "E", "status": "中断", "paid_through": "202502"},
        {"person_id": "P2", "employer_entity_id": "E", "status": "正常", "paid_through": "202602"},
        {"person_id": "P3", "employer_entity_id": "E", "status": "中断", "paid_through": None},
        {"person_id": "P4", "status": "正常"},
    ]
    record = frame(spark, "hr_social_insurance", rows)
    found = stated(record, relation("参保单位", "hr_social_insurance"), "person_id", "entity_id").collect()
    assert {r.person_id: r.valid_to for r in found} == {"P1": D(2025, 2, 28), "P2": None, "P3": D(2026, 3, 1)}
