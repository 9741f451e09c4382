"""Small record tables, in the columns that the contracts give them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from pipelines.lake import Lake
from pipelines.master.statements import Model, model
from schemas import authorities, contract
from schemas.contract import Contract, Subject
from schemas.recorded import recorded, schema

NIGHT = dt.date(2026, 3, 2)
VERSION = ("valid_from", "valid_to", "learned_on", "why")
CONTRACTS = [contract.load(source) for source in contract.sources()]
Rows = Iterable[dict[str, Any]]


def frame(spark: SparkSession, source: str, rows: Rows, versions: bool = False) -> DataFrame:
    """Record rows of a source; what a row does not say is NULL, technical columns are filled in."""
    one = contract.load(source)
    columns = [*recorded(one), *(VERSION if versions else ())]
    filled = []
    for number, row in enumerate(rows, 1):
        basic = {"record_id": f"{source}-{number}", "_date": NIGHT, "_night": NIGHT, "_delivery": "20260302-a"}
        basic |= {"_file": f"{source}_20260302.csv", "_row": number, "warned": []}
        if "updated_at" in columns:
            basic["updated_at"] = dt.datetime(2026, 3, 1)
        unknown = row.keys() - set(columns)
        assert not unknown, f"{source} has no {unknown}"
        filled.append(tuple({**basic, **row}.get(c) for c in columns))
    more = ", valid_from timestamp, valid_to timestamp, learned_on date, why string" if versions else ""
    return spark.createDataFrame(filled, schema(one) + more)


def modelled(subject: Subject) -> Model:
    """The repository's own authority over all sources."""
    return model(authorities.load(subject, CONTRACTS), CONTRACTS)


def put(lake: Lake, source: str, rows: Rows) -> None:
    """Make a source's record table hold these rows."""
    lake.replace(f"record/{source}", frame(lake.spark, source, rows), ["record_id"])


@pytest.fixture(scope="session")
def contracts() -> list[Contract]:
    return CONTRACTS
