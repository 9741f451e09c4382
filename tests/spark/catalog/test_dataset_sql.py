"""The queries of the open datasets, run by Spark over small governed tables."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from catalog import exports
from catalog.dataset import OpenDataset, open_datasets
from catalog.resource import resources

DAY = date(2025, 9, 3)
Published = Callable[[str], list[tuple[object, ...]]]

ENTITIES = [
    ("e1", "法人", "91340100MA2MRXY37B", "合肥甲商贸有限公司"),
    ("e2", "个体工商户", "92340100MA2MRXY38C", "瑶海区乙小吃店"),
    ("e3", "法人", "11340100900000014", "财政局"),
    ("e4", "法人", None, "王小明"),
    ("e5", None, "91340100MA2MRXY39D", "合肥丁商贸有限公司"),
    ("e6", "非法人组织", "92340100MA2MRXY40E", "合肥戊商贸有限公司"),
]
PEOPLE = (
    # Ten people of one cell, nine of another, and ten who do not count: dead, or known only by mention.
    [(f"a{i}", "own_record", "1", "1990-09", True, "340102001001") for i in range(10)]
    + [(f"b{i}", "own_record", "2", "1990-09", True, "340102001001") for i in range(9)]
    + [(f"c{i}", "mention", "2", "1990-09", True, "340102001001") for i in range(5)]
    + [(f"d{i}", "own_record", "2", "1990-09", False, "340102001001") for i in range(5)]
    + [(f"e{i}", "own_record", "2", "1920-01", True, "340102001002") for i in range(12)]
)


@pytest.fixture(scope="module")
def views(spark: SparkSession) -> Iterator[None]:
    def view(name: str, schema: str, rows: list[tuple[object, ...]]) -> None:
        spark.createDataFrame(rows, schema).createOrReplaceTempView(name)

    filled = [(*e, "有限责任公司", "F5211", "340102", date(2020, 1, 2), "存续") for e in ENTITIES]
    view(
        "master_legal_entity",
        "entity_id string, kind string, uscc string, name string, entity_type string, industry string, "
        "region_code string, established_on date, status string",
        filled,
    )
    view(
        "master_person",
        "person_id string, basis string, sex string, birth_month string, alive boolean, community_code string",
        [tuple(p) for p in PEOPLE],
    )
    point = (Decimal("117.2800000"), Decimal("31.8600000"))
    view(
        "master_place",
        "place_id string, address_code string, community_code string, longitude decimal(10,7), latitude decimal(10,7)",
        [("p1", "A1", "340102001001", *point), ("p2", None, "340102001001", *point)],
    )
    view(
        "record_market_penalty",
        "offender_entity_id string, decision_no string, penalty_kind string, amount_wan decimal(18,4), decided_on date",
        [(e[0], f"罚{e[0]}", "罚款", Decimal("1.5000"), date(2025, 1, 2)) for e in ENTITIES],
    )
    view(
        "record_tax_payer",
        "entity_id string, tax_credit_grade string",
        [("e1", "A"), ("e2", "A"), ("e3", "B")],
    )
    view(
        "record_organisation_register",
        "entity_id string, uscc string, name string, kind string, established_on date",
        [("e3", "11340100900000014", "财政局", "机关", date(2000, 1, 2))],
    )
    view(
        "record_grid_boundary",
        "grid_code string, grid_name string, community_code string",
        [("G1", "第一网格", "340102001001")],
    )
    view(
        "record_urban_component",
        "place_id string, component_code string, kind string, state string",
        [("p2", "3401020101000001", "井盖", "完好")],
    )
    yield
    for name in ("legal_entity", "person", "place"):
        spark.catalog.dropTempView(f"master_{name}")
    for name in ("market_penalty", "tax_payer", "organisation_register", "grid_boundary", "urban_component"):
        spark.catalog.dropTempView(f"record_{name}")


@pytest.fixture(scope="module")
def datasets() -> dict[str, OpenDataset]:
    return {dataset.name: dataset for dataset in open_datasets(resources())}


@pytest.fixture
def published(spark: SparkSession, views: None, datasets: dict[str, OpenDataset]) -> Published:
    return lambda name: sorted(tuple(row) for row in spark.sql(datasets[name].sql(DAY)).collect())


def test_sole_traders_unknown_kinds_and_names_of_persons_are_left_out(published: Published) -> None:
    assert [row[1] for row in published("companies")] == ["财政局", "合肥甲商贸有限公司"]
    assert [row[0] for row in published("penalties")] == ["罚e1", "罚e3"]
    assert [row[1:] for row in published("tax_credit_a")] == [("合肥甲商贸有限公司", "A")]


def test_groups_of_fewer_than_ten_people_are_left_out(published: Published) -> None:
    assert published("population") == [("340102001001", "1", 30, 10), ("340102001002", "2", 80, 12)]


def test_ten_records_of_one_resident_are_not_ten_people(spark: SparkSession, views: None) -> None:
    (population,) = (one for one in open_datasets(resources()) if one.name == "population")
    entry = population.entry.model_copy(
        update={
            "table": "record_hr_social_insurance",
            "joins": {"master_person": "master_person.person_id = record_hr_social_insurance.person_id"},
            "items": [item for item in population.entry.items if item.name == "community_code"],
            "where": "",
        }
    )
    paid = [(f"a{i}", month) for i in range(10) for month in (1, 2)] + [("e0", month) for month in range(12)]
    spark.createDataFrame(paid, "person_id string, month int").createOrReplaceTempView("record_hr_social_insurance")
    given = [replace(r, datasets=(entry,) if r.name == "hr_social_insurance" else ()) for r in resources()]
    (dataset,) = open_datasets(given)
    counted = [tuple(row) for row in spark.sql(dataset.sql(DAY)).collect()]
    spark.catalog.dropTempView("record_hr_social_insurance")
    assert counted == [("340102001001", 10)]


def test_a_birthday_counts_from_the_first_of_its_month(
    spark: SparkSession, views: None, datasets: dict[str, OpenDataset]
) -> None:
    for day, age_from in ((date(2030, 8, 31), 30), (date(2030, 9, 1), 40)):
        rows = spark.sql(datasets["population"].sql(day)).where("community_code = '340102001001'").collect()
        assert [row["age_from"] for row in rows] == [age_from]


def test_places_are_shown_with_their_point(published: Published) -> None:
    point = (Decimal("117.2800000"), Decimal("31.8600000"))
    assert published("addresses") == [("A1", "340102001001", *point)]
    assert published("components") == [("3401020101000001", "井盖", "完好", "340102001001", *point)]


def test_every_dataset_can_be_exported_from_its_query(
    spark: SparkSession, views: None, datasets: dict[str, OpenDataset], tmp_path: Path
) -> None:
    for dataset in datasets.values():
        files = exports.write(spark.sql(dataset.sql(DAY)).toArrow(), dataset, tmp_path, DAY)
        assert {file.format for file in files} == {"csv", "json", "parquet"}
        assert all(file.rows > 0 for file in files), dataset.name
