"""The record key: what names a record of a source, as it was delivered."""

from pyspark.sql import SparkSession

from schemas import contract
from schemas.record_key import with_key

RELIEF = contract.load("civil_relief")


def test_a_key_is_what_names_a_record_and_nothing_that_a_spreadsheet_made_of_it(spark: SparkSession) -> None:
    keys = {
        "jz-2026 01": "relief_no:JZ-202601",
        "3E10": "relief_no:3E10",
        "3.40102E+20": None,
        "3E+20": None,
        "#REF!": None,
        "": None,
        None: None,
    }
    (key,) = RELIEF.keys
    others = [field.name for field in RELIEF.fields if field.name != key.name]
    rows = [(text, *[None] * len(others)) for text in keys]
    frame = spark.createDataFrame(rows, ", ".join(f"{name} string" for name in (key.name, *others))).coalesce(1)
    found = with_key(frame, RELIEF).select(key.name, "_key").collect()
    assert {row[0]: row[1] for row in found} == keys
