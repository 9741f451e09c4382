"""Deliveries of files through Spark."""

import json
from datetime import date
from pathlib import Path

import fsspec
import openpyxl
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines import about
from pipelines.lake import Lake
from pipelines.land import land as landing
from pipelines.land import remote, rows
from pipelines.land.discover import deliveries
from schemas import contract as contracts

DEATH = contracts.load("health_death")
HOUSEHOLD = contracts.load("police_household")
RELIEF = contracts.load("civil_relief")
TAX = contracts.load("tax_payer")


def land(landing: Path, source: str, name: str, data: bytes) -> None:
    (landing / source).mkdir(exist_ok=True)
    (landing / source / name).write_bytes(data)


def test_the_parts_of_a_delivery_become_rows_that_say_where_they_stood(spark: SparkSession, tmp_path: Path) -> None:
    first = '证明编号,身份证号,姓名,死亡日期,备注\n1,,"甲\n乙",2026-03-01,"a,b"\n2,x\n'
    second = "姓名,证明编号,身份证号,死亡日期\n丙,3,440106,2026年3月1日\n"
    land(tmp_path, "health_death", "health_death_20260302_1.csv", first.encode("gb18030"))
    land(tmp_path, "health_death", "health_death_20260302_2.csv", second.encode("gb18030"))
    (delivery,) = deliveries(str(tmp_path), DEATH, date(2026, 3, 2))
    frame = rows.read(spark, delivery, DEATH)
    assert frame.dtypes == [
        *((field.name, "string") for field in DEATH.fields),
        ("_file", "string"),
        ("_row", "int"),
        ("_malformed", "string"),
        ("_extra", "map<string,string>"),
    ]
    found = [tuple(row) for row in frame.orderBy("_file", "_row").collect()]
    assert found == [
        ("1", None, "甲\n乙", "2026-03-01", "health_death_20260302_1.csv", 1, None, {"备注": "a,b"}),
        (None, None, None, None, "health_death_20260302_1.csv", 2, "2,x", None),
        ("3", "440106", "丙", "2026年3月1日", "health_death_20260302_2.csv", 1, None, None),
    ]
    assert rows.count(delivery, DEATH) == len(found)


def test_rows_of_json_lines_are_all_there_after_a_shuffle(spark: SparkSession, tmp_path: Path) -> None:
    texts = [json.dumps({"taxpayer_no": str(number), "new": None}) for number in range(5000)] + ["{"]
    land(tmp_path, "tax_payer", "tax_payer_20260302.jsonl", "\n".join(texts).encode())
    (delivery,) = deliveries(str(tmp_path), TAX, date(2026, 3, 2))
    frame = rows.read(spark, delivery, TAX).repartition(3)
    found = frame.agg(F.countDistinct("_row"), F.max("_row"), F.count("_malformed"), F.count("_extra")).collect()[0]
    assert tuple(found) == (5001, 5001, 1, 5000)


def test_what_a_task_refuses_is_found_in_sparks_exception(spark: SparkSession, tmp_path: Path) -> None:
    land(tmp_path, "health_death", "health_death_20260302.csv", "证明编号\n1\n".encode("gb18030"))
    (delivery,) = deliveries(str(tmp_path), DEATH, date(2026, 3, 2))
    frame = rows.read(spark, delivery, DEATH)
    land(tmp_path, "health_death", "health_death_20260302.csv", b"")
    with pytest.raises(PySparkException) as caught:
        frame.collect()
    refused = rows.refusal(caught.value)
    assert refused is not None
    assert str(refused).startswith("health_death_20260302.csv: unreadable: it is empty")
    assert rows.refusal(ValueError("something else")) is None


def test_files_of_another_machine_are_read_from_the_originals_that_are_kept(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "SETTLE", 0.01)
    text = "证明编号,身份证号,姓名,死亡日期\n1,,甲,2026-03-01\n"
    memory = fsspec.filesystem("memory")
    memory.pipe("/far/health_death/health_death_20260302.csv", text.encode("gb18030"))
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    (entry,) = landing.land(lake, DEATH, "memory://far", date(2026, 3, 2), {})
    assert (entry.state, entry.delivered) == ("landed", 1)
    original = tmp_path / "lake/restricted/original/health_death" / entry.delivery / "health_death_20260302.csv"
    assert original.read_bytes() == text.encode("gb18030")
    assert [row["name"] for row in lake.read("bronze/health_death").collect()] == ["甲"]
    assert landing.land(lake, DEATH, "memory://far", date(2026, 3, 2), {}) == []


def test_a_file_that_changes_between_hash_and_copy_is_refused(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(
        tmp_path,
        "health_death",
        "health_death_20260302.csv",
        "证明编号,身份证号,姓名,死亡日期\n1,,甲,2026-03-01\n".encode("gb18030"),
    )
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)

    def grow(*_: object) -> None:
        with (tmp_path / "health_death" / "health_death_20260302.csv").open("ab") as file:
            file.write("2,,乙,2026-03-01\n".encode("gb18030"))

    monkeypatch.setattr("pipelines.land.land_files.fit", grow)
    (entry,) = landing.land(lake, DEATH, str(tmp_path), date(2026, 3, 2), {})
    assert entry.state == "refused" and "it changed while it was read" in entry.reason
    assert not lake.exists("bronze/health_death")


def test_a_full_delivery_whose_lines_cannot_be_read_is_taken_back_until_an_engineer_accepts_it(
    spark: SparkSession, tmp_path: Path
) -> None:
    header = ",".join(field.label for field in HOUSEHOLD.fields)
    good = "".join(",".join(f"{n}{field.name}" for field in HOUSEHOLD.fields) + "\n" for n in range(10))
    bad = good.replace("\n", ",\n").replace(",\n", "\n", 1)
    for day, lines in ((1, good), (2, bad)):
        text = f"{header}\n{lines}"
        land(tmp_path, "police_household", f"police_household_2026030{day}.csv", text.encode("gb18030"))
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    first, second = landing.land(lake, HOUSEHOLD, str(tmp_path), date(2026, 3, 2), {})
    assert (first.state, second.state, second.delivered) == ("landed", "refused", 10)
    assert second.reason.startswith("9 of 10 lines cannot be read, the last full delivery had 10 rows")
    assert f"rendi delivery accept {second.delivery}" in second.reason
    bronze = lake.read("bronze/police_household")
    assert bronze.where("_malformed IS NOT NULL").isEmpty() and bronze.count() == 10
    (forced,) = landing.land(lake, HOUSEHOLD, str(tmp_path), date(2026, 3, 2), {second.delivery: "accept"})
    assert (forced.state, forced.reason) == ("landed", "")
    assert lake.read("bronze/police_household").where("_malformed IS NOT NULL").count() == 9


def test_a_few_lines_that_cannot_be_read_refuse_nothing(spark: SparkSession, tmp_path: Path) -> None:
    header = ",".join(field.label for field in HOUSEHOLD.fields)
    good = "".join(",".join(f"{n}{field.name}" for field in HOUSEHOLD.fields) + "\n" for n in range(10))
    for day, lines in ((1, good), (2, good.replace("\n", ",\n", 2))):
        text = f"{header}\n{lines}"
        land(tmp_path, "police_household", f"police_household_2026030{day}.csv", text.encode("gb18030"))
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    assert [e.state for e in landing.land(lake, HOUSEHOLD, str(tmp_path), date(2026, 3, 2), {})] == ["landed"] * 2


def test_sheets_that_are_not_read_are_told_beside_columns_that_are_not_known(
    spark: SparkSession, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.active.append([*(field.label for field in RELIEF.fields), "备注"])
    book.active.append(["R1", None, "甲"])
    book.create_sheet("填表说明").append(["一人一行"])
    (tmp_path / "civil_relief").mkdir()
    book.save(tmp_path / "civil_relief" / "civil_relief_20260302.xlsx")
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    (entry,) = landing.land(lake, RELIEF, str(tmp_path), date(2026, 3, 2), {})
    said = "unknown columns kept in bronze: 备注; sheet 填表说明 is not read: 1 rows"
    assert (entry.state, entry.delivered, entry.reason) == ("landed", 1, said)
