"""Whole nights of a small made-up city: what a newcomer sees after `make run`."""

import csv
import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from demo import write
from pipelines import nightly, state
from pipelines.cli import app
from pipelines.lake import Lake
from pipelines.protect import scan
from pipelines.protect.keyring import load_or_create
from schemas import contract

# Two nights of sixteen sources stand behind the first test.
pytestmark = pytest.mark.timeout(3000)

FIRST = dt.date(2026, 3, 2)


class Nights:
    """Two nights of a city of 600 people."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.city = folder / "city"
        write(self.city, people=600, seed=11, days=2, first=FIRST)
        self.lake = Lake(spark, str(folder / "lake"))
        self.lake.create()
        keys = load_or_create(folder / "lake.keys.json")
        self.lake.bind_keys(keys.identity())
        contracts = tuple(contract.load(s) for s in contract.sources())
        self.reports = [
            nightly.run(nightly.Night(self.lake, str(self.city / "landing"), day, contracts, keys))
            for day in (FIRST, FIRST + dt.timedelta(days=1))
        ]

    @property
    def root(self) -> str:
        return self.lake.root


@pytest.fixture(scope="module")
def nights(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    return Nights(spark, tmp_path_factory.mktemp("nights"))


def test_both_nights_close_and_no_source_fails(nights: Nights) -> None:
    assert [(r.closed, r.failed) for r in nights.reports] == [(True, {}), (True, {})]


def test_every_delivery_adds_up_and_holds_what_the_city_delivered(nights: Nights) -> None:
    entries = [e for e in state.deliveries(nights.root) if e.state == "accepted"]
    assert {e.source for e in entries} == set(contract.sources())
    assert all(e.delivered == e.accepted + e.quarantined + e.duplicates for e in entries)
    with (nights.city / "truth" / "record.csv").open(encoding="utf-8") as file:
        rows = {(r["source"], r["date"], r["file"], r["row"]) for r in csv.DictReader(file)}
    delivered = Counter((source, date) for source, date, _, _ in rows)
    for entry in entries:
        if entry.source != "hr_social_insurance" and (entry.source, str(entry.date)) in delivered:
            assert entry.delivered == delivered[(entry.source, str(entry.date))]


def test_the_masters_hold_the_city(nights: Nights) -> None:
    with (nights.city / "truth" / "person.csv").open(encoding="utf-8") as file:
        people = sum(1 for _ in csv.DictReader(file))
    own = state.closed(nights.root, "master/person").to_table(["basis"]).column("basis").to_pylist().count("own_record")
    # Records without a valid number are persons of their own, so there are somewhat more than in truth.
    assert people * 0.9 < own < people * 1.6
    assert state.status(nights.root)["masters"]["legal_entity"] > 0
    assert state.status(nights.root)["masters"]["place"] > 0


def test_nothing_identifying_is_governed_or_open(nights: Nights) -> None:
    root = Path(nights.root)
    register = state.closed(nights.root, "record/market_register").to_table(["registration_no"])
    people = state.open_table(nights.root, "silver/police_household").to_pyarrow_dataset().to_table(["name"])
    # A register's number of 15 digits may look like an old ID number, and is public.
    public = {n for n in register.column("registration_no").to_pylist() if n}
    names = {n for n in people.column("name").to_pylist() if n}
    assert len(names) > 100
    assert scan.leaks([root / "governed", root / "open"], names=names, public=public) == []


def test_open_datasets_come_with_package_and_checksums(nights: Nights) -> None:
    folders = [p.parent for p in (Path(nights.root) / "open").glob("*/*/datapackage.json")]
    assert folders and all((f / "SHA256SUMS").exists() for f in folders)
    assert (Path(nights.root) / "open" / "catalog.ttl").exists()


def test_the_same_night_again_takes_nothing_and_changes_no_master(nights: Nights) -> None:
    before = state.closed_versions(nights.root)
    keys = load_or_create(Path(f"{nights.root}.keys.json"))
    contracts = tuple(contract.load(s) for s in contract.sources())
    landing = str(nights.city / "landing")
    nightly.run(nightly.Night(nights.lake, landing, FIRST + dt.timedelta(days=1), contracts, keys))
    after = state.closed_versions(nights.root)
    assert {t: v for t, v in after.items() if before.get(t) != v} == {}


def test_sql_explain_and_status_answer_from_the_closed_night(nights: Nights) -> None:
    runner = CliRunner()
    sql = ["sql", "--lake", nights.root, "--json"]
    people = json.loads(
        runner.invoke(
            app, [*sql, "SELECT person_id, name_masked FROM person WHERE basis = 'own_record' LIMIT 1"]
        ).output
    )
    assert people[0]["name_masked"].endswith("**")
    told = json.loads(
        runner.invoke(app, ["explain", "person", people[0]["person_id"], "--lake", nights.root, "--json"]).output
    )
    assert told["records"] and {"item", "source", "rule"} <= set(told["attributes"][0])
    status = json.loads(runner.invoke(app, ["status", "--lake", nights.root, "--json"]).output)
    assert status["masters"]["person"] > 0 and status["deliveries"][0]["state"] == "accepted"
