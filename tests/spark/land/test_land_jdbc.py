"""A department's table, as of the end of a day."""

import sqlite3
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines import about
from pipelines.deliveries import Journal
from pipelines.lake import Lake
from pipelines.land import jdbc, read_jdbc
from pipelines.land.land import land
from pipelines.land.read_jdbc import Due
from pipelines.scratch import Scratch
from pipelines.session import another, fit, is_small
from schemas import contract as contracts
from schemas.errors import RendiError

INSURANCE = contracts.load("hr_social_insurance")
NAMES = [field.name for field in INSURANCE.fields]
DAY = date(2026, 3, 2)
MOMENTS = [
    ("A1", "2026-03-02 23:59:59"),
    ("A1", "2026-03-01 08:00:00"),
    ("A2", "20260303"),
    ("A3", "2026/3/2"),
    ("A4", "2026年3月3日"),
    ("A5", "不详"),
    ("A6", None),
    ("A7", "2026-02-30"),
    ("A8", "２０２６-0３-02"),
]


def table(landing: Path, records: Sequence[tuple[Any, ...]], columns: Sequence[str], types: str = "TEXT") -> Path:
    landing.mkdir(exist_ok=True)
    with sqlite3.connect(landing / "hr.sqlite") as database:
        database.execute(f"CREATE TABLE social_insurance ({', '.join(f'{name} {types}' for name in columns)})")
        marks = ", ".join("?" for _ in columns)
        database.executemany(f"INSERT INTO social_insurance VALUES ({marks})", records)
    database.close()
    return landing


def of(account: str, moment: str | None) -> tuple[str | None, ...]:
    return (account, *(None for _ in NAMES[1:-1]), moment)


def read(spark: SparkSession, landing: str) -> DataFrame:
    with jdbc.state(spark, INSURANCE, landing) as database:
        return read_jdbc.read(database, Due(DAY), 0)


def count(spark: SparkSession, landing: str) -> int:
    with jdbc.state(spark, INSURANCE, landing) as database:
        return read_jdbc.count(database, Due(DAY))


def test_a_days_rows_are_those_changed_by_then_or_with_no_readable_day(spark: SparkSession, tmp_path: Path) -> None:
    landing = str(table(tmp_path, [of(*one) for one in MOMENTS], NAMES))
    with Scratch() as scratch:
        rows, _ = read_jdbc.number(read(spark, landing), INSURANCE, scratch)
        found = rows.orderBy("account_no", "_row").collect()
    assert [row["account_no"] for row in found] == ["A1", "A1", "A3", "A5", "A6", "A7", "A8"]
    assert sorted(row["_row"] for row in found) == [1, 2, 3, 4, 5, 6, 7]
    assert found[0]["updated_at"] == "2026-03-01 08:00:00"
    assert (found[0]["_file"], found[0]["_malformed"], found[0]["_extra"]) == ("social_insurance", None, None)
    assert count(spark, landing) == len(found)


def test_every_value_is_text_whatever_its_column_says(spark: SparkSession, tmp_path: Path) -> None:
    record = ("A1", 440106900101123, "甲", None, b"x".decode(), 5000.5, "正常", 202603, "2026-03-01", "new")
    landing = str(table(tmp_path, [record], [*NAMES, "region"], "NUMERIC(10,2)"))
    frame = read(spark, landing)
    row = frame.collect()[0]
    assert (row["id_number"], row["contribution_base"], row["paid_through"]) == ("440106900101123", "5000.5", "202603")
    assert row["_extra"] == {"region": "new"}
    assert all(not field.metadata for field in frame.schema.fields)


def test_the_content_decides_on_identity_and_the_order_does_not(spark: SparkSession, tmp_path: Path) -> None:
    records = [of(*one) for one in MOMENTS]
    folders = [
        table(tmp_path / "a", records, NAMES),
        table(tmp_path / "b", records[::-1], NAMES),
        table(tmp_path / "c", [*records, records[0], records[0]], NAMES),
    ]
    content = F.concat_ws("|", *(F.coalesce(F.col(name), F.lit("-")) for name in NAMES))
    rows = [read(spark, str(folder)) for folder in folders]
    found = [read_jdbc.identity(one, content) for one in rows]
    assert found[0] == found[1]
    assert found[0][0] != found[2][0]
    assert [size for _, size in found] == [7, 7, 9]


def test_a_missing_column_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    landing = str(table(tmp_path, [of("A1", None)[:4] + of("A1", None)[5:]], [n for n in NAMES if n != "kinds"]))
    with pytest.raises(RendiError, match="column '参保险种'"):
        read(spark, landing)


def test_two_columns_for_one_field_are_refused(spark: SparkSession, tmp_path: Path) -> None:
    landing = str(table(tmp_path, [(*of("A1", None), "44010619900101123X")], [*NAMES, "社会保障号码"]))
    for ask in (read, count):
        with pytest.raises(RendiError, match="columns 'id_number' and '社会保障号码' are both '社会保障号码'"):
            ask(spark, landing)


def test_a_database_that_is_not_there_is_not_made_and_secrets_stay_out_of_messages(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not jdbc.present(INSURANCE, str(tmp_path))
    with pytest.raises(RendiError, match="no database at"):
        read(spark, str(tmp_path))
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv("RENDI_JDBC_HR_SOCIAL_INSURANCE", "jdbc:postgresql://localhost:1/hr?password=hidden")
    with pytest.raises(RendiError, match="cannot be read") as caught:
        read(spark, str(tmp_path))
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("times", [1, 2])
def test_a_table_that_is_written_between_count_and_read_is_asked_once_again_and_then_refused(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    landing = str(table(tmp_path / "landing", [of(*one) for one in MOMENTS], NAMES))
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    true, asked = read_jdbc.count, iter(range(2))
    monkeypatch.setattr(read_jdbc, "count", lambda *of: true(*of) - (next(asked) < times))
    if times == 1:
        assert [entry.delivered for entry in land(lake, INSURANCE, landing, DAY, {})] == [7]
    else:
        with pytest.raises(RendiError, match="gave 7 rows and counted 6, twice"):
            land(lake, INSURANCE, landing, DAY, {})
        assert not lake.exists("bronze/hr_social_insurance") and not Journal(lake, INSURANCE.source).entries()


def test_the_session_is_fitted_to_the_number_of_rows(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = str(table(tmp_path / "landing", [of(*one) for one in MOMENTS], NAMES))
    lake = Lake(another(spark), str(tmp_path / "lake"))
    about.create(lake.root)
    fit(lake.spark, 0)
    monkeypatch.setattr("pipelines.session.MANY", 5)
    land(lake, INSURANCE, landing, DAY, {})
    assert not is_small(lake.spark)
