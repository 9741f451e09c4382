"""A department's table on a PostgreSQL server of this machine, and the lake that asks for it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines import about
from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.land import jdbc, read_jdbc
from pipelines.land.land import land
from pipelines.land.read_jdbc import Due
from pipelines.nightly import refined_by
from pipelines.protect.keyring import Key, KeyRing
from pipelines.refine.refine import refine
from pipelines.scratch import Scratch
from schemas import contract as contracts
from schemas.contract import Contract
from tests.postgres import PASSWORD, Server

INSURANCE = contracts.load("hr_social_insurance")
DAY = dt.date(2026, 3, 2)
KEYS = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"c" * 16),))
TABLE = """
CREATE TABLE insured (account_no text PRIMARY KEY, id_number text, name text, employer_uscc text, kinds text[],
  contribution_base numeric(10,2), status text, paid_through text, updated_at timestamptz, retired boolean);
"""
MANY = """
INSERT INTO insured SELECT 'A' || n, '44010619900101123X', '甲', NULL, '{养老,医疗}', n, '正常', '202603',
  '2026-03-02 08:00+08', n % 2 = 0 FROM generate_series(1, {0}) AS n;
"""


@dataclass(frozen=True)
class Office:
    """The social insurance office: its table on the server, and the lake that asks for it."""

    server: Server
    lake: Lake
    contract: Contract

    def change(self, statements: str) -> None:
        """Change the table."""
        self.server.run(statements)

    def night(self, day: dt.date, contract: Contract | None = None) -> list[Entry]:
        """Land and refine; the entries that land gave."""
        contract = contract or self.contract
        landed = land(self.lake, contract, "nowhere", day, {})
        refine(self.lake, refined_by(contract, KEYS), day)
        return landed

    def entries(self) -> list[tuple[int, str, int]]:
        """Day, state and delivered rows of every delivery."""
        return [(e.date.day, e.state, e.delivered) for e in Journal(self.lake, self.contract.source).entries()]

    def accounts(self, zone: str) -> list[str]:
        """The account numbers in a table of the lake."""
        rows = self.lake.read(f"{zone}/{self.contract.source}").select("account_no").collect()
        return sorted(row["account_no"] for row in rows)


@pytest.fixture
def office(server: Server, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    server.run(TABLE)
    variable = jdbc.variable(INSURANCE)
    monkeypatch.setenv(f"{variable}_USER", "rendi")
    monkeypatch.setenv(f"{variable}_PASSWORD", PASSWORD)
    contract = INSURANCE.model_copy(update={"url": server.url, "table": "insured"})
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    yield Office(server, lake, contract)
    server.run("DROP TABLE insured CASCADE")


def insured(account: str, updated_at: str, status: str = "正常") -> str:
    return (
        "INSERT INTO insured (account_no, id_number, name, status, updated_at) VALUES "
        f"('{account}', '44010619900101123X', '甲', '{status}', {updated_at});"
    )


def taken(office: Office, due: Due, contract: Contract | None = None) -> list[Any]:
    """The rows of a table as they are numbered; fails where the database counts otherwise."""
    with (
        Scratch() as scratch,
        jdbc.state(office.lake.spark, contract or office.contract, "nowhere") as database,
    ):
        size = read_jdbc.count(database, due)
        rows, counted = read_jdbc.number(read_jdbc.read(database, due, size), office.contract, scratch)
        found = rows.orderBy("_row").collect()
    assert len(found) == counted == size
    return found
