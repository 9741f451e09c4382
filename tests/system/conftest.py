"""A whole night of a small made-up city, for all tests that only look at it and for those that go on from it."""

import datetime as dt
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from demo import write
from pipelines import about, nightly, state
from pipelines.lake import Lake
from pipelines.protect.keyring import load_or_create
from pipelines.report import Report
from pipelines.session import CLASS_ARCHIVE
from schemas import contract
from tests.system.scheduler import AIRFLOW

FIRST, SECOND = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


class Night:
    """The first night of a city of 600 people; others may follow."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.city = folder / "city"
        write(self.city, people=600, seed=11, days=2, first=FIRST)
        self.lake = Lake(spark, str(folder / "lake"))
        about.create(self.lake.root)
        keys = load_or_create(folder / "lake.keys.json")
        about.bind_keys(self.lake.root, keys.identity())
        self.contracts, self.keys = tuple(contract.load(s) for s in contract.sources()), keys
        self.report = self.run(FIRST)

    def run(self, date: dt.date, rebuild: bool = False) -> Report:
        landing = str(self.city / "landing")
        return nightly.run(nightly.Night(self.lake, landing, date, self.contracts, self.keys, rebuild=rebuild))

    def versions(self) -> dict[str, int]:
        """Of all tables that hold data."""
        zones = ("bronze", "quarantine", "superseded", "silver", "link", "vault", "record", "record_version")
        return {t: self.lake.version(t) for t in self.lake.tables(*zones, "master", "topic", "catalog")}

    def rows(self) -> dict[str, list[str]]:
        """Every table's rows, but those of ops."""
        tables = {t: state.open_table(self.root, t).to_pyarrow_table() for t in self.versions()}
        return {
            t: sorted(map(repr, found.select(sorted(found.column_names)).to_pylist())) for t, found in tables.items()
        }

    @property
    def root(self) -> str:
        return self.lake.root


@pytest.fixture(scope="session")
def night(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The first night; test_night.py goes on from it, so that others look at what the first night left."""
    return Night(spark, tmp_path_factory.mktemp("night"))


@pytest.fixture(scope="session")
def installed() -> None:
    if not AIRFLOW.exists() or not CLASS_ARCHIVE.exists():
        pytest.fail("Airflow's environment is missing: say `make .venv-airflow/ready .venv/classes.jsa`")
