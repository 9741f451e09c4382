"""Small frames of a suite's columns, with good values, bad ones and nulls."""

import random
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from quality import suite as suites
from quality.suite import Suite
from schemas import contract as contracts
from schemas.contract import Contract

POOLS: dict[str, list[Any]] = {
    "string": [
        "1",
        "2",
        "9",
        "正常",
        "其他",
        "结婚",
        "低保",
        "A",
        "罚款",
        "养老;医疗",
        "440106001001",
        "202401",
        "存续",
    ],
    "date": [date(1850, 1, 1), date(1990, 5, 17), date(2026, 3, 2), date(2030, 1, 1)],
    "timestamp": [datetime(2026, 3, 1, 8, 30), datetime(1990, 5, 17)],
    "decimal(18,4)": [Decimal("-1.0000"), Decimal("0.0000"), Decimal("113.2644"), Decimal("23.1291")],
    "boolean": [True, False],
}
_KINDS = {
    "date": "date",
    "birth_date": "date",
    "datetime": "timestamp",
    **dict.fromkeys(("decimal", "amount", "longitude", "latitude"), "decimal(18,4)"),
}
_MASTER = {"alive": "boolean", "died_on": "date", "established_on": "date"} | dict.fromkeys(
    ("longitude", "latitude"), "decimal(18,4)"
)


def _types(suite: Suite, contract: Contract | None) -> dict[str, str]:
    """Column to Spark type, for every column that a judged frame of the table has."""
    if contract is None:
        return {name: _MASTER.get(name, "string") for rule in suite.expectations for name in rule.reads}
    fields = {field.name: _KINDS.get(field.kind, "string") for field in contract.fields}
    derived = {one.name: _KINDS.get(one.part, "string") for one in contract.derived}
    raw = {f"{name}_raw": "string" for name in fields}
    return {
        **fields,
        **derived,
        **raw,
        "_key": "string",
        "_malformed": "string",
        "_date": "date",
        "_night_over": "timestamp",
    }


def _frame(spark: SparkSession, columns: dict[str, str], count: int) -> DataFrame:
    """Random rows of the pools, a quarter of the values NULL, and two malformed lines that have no fields."""
    chance = random.Random(7)
    rows = [
        tuple(None if chance.random() < 0.25 else chance.choice(POOLS[kind]) for kind in columns.values())
        for _ in range(count)
    ]
    if "_malformed" in columns:
        at = list(columns).index("_malformed")
        rows = [(*row[:at], None, *row[at + 1 :]) for row in rows]
        rows += [tuple("line" if i == at else None for i in range(len(columns)))] * 2
    return spark.createDataFrame(rows, ", ".join(f"`{name}` {kind}" for name, kind in columns.items()))


@pytest.fixture
def small(spark: SparkSession) -> Callable[..., tuple[DataFrame, Suite]]:
    """A table's suite, and `count` rows for it to judge."""

    def make(table: str, count: int = 80) -> tuple[DataFrame, Suite]:
        contract = contracts.load(table) if table in contracts.sources() else None
        suite = suites.load(table, contract)
        return _frame(spark, _types(suite, contract), count), suite

    return make


@pytest.fixture
def people(spark: SparkSession) -> DataFrame:
    """Eight rows with an id, for rules whose failing rows a test names."""
    rows = [
        (1, "a", "a", date(2000, 1, 1), date(2000, 1, 1), 5, "x"),
        (2, "b", "a", date(2000, 1, 2), date(2000, 1, 1), -1, "x"),
        (3, None, "a", None, date(2000, 1, 1), None, "y"),
        (4, "a", None, date(2000, 1, 1), None, 100, "y"),
        (5, None, None, None, None, None, "x"),
        (6, "a\n", "c", date(1999, 12, 31), date(2000, 1, 1), 101, "y"),
        (7, "𠮷田", "𠮷田", date(2000, 1, 1), date(2000, 1, 1), 0, None),
        (8, "", "b", date(2020, 1, 1), date(2000, 1, 1), 7, "z"),
    ]
    return spark.createDataFrame(rows, "id int, a string, b string, d date, e date, n int, g string")
