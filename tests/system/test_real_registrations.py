"""A department that nobody foresaw: 5,433 registrations as they came, from the file to the master of legal entities."""

import csv
import datetime as dt
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from pipelines import about, nightly
from pipelines.cli import app
from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.protect.keyring import Key, KeyRing
from schemas import contract

HOUSE = Path(__file__).parents[2]
SAMPLE = HOUSE.parent / "shared" / "real" / "company_1997_guangdong.csv"
SOURCE = "company_register"
KEYS = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"c" * 16),))
NIGHT = dt.date(2026, 3, 2)

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason=f"the real registrations are not here: {SAMPLE}")


class Register:
    """A lake in which of all sources only this one has delivered."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        (folder / "landing" / SOURCE).mkdir(parents=True)
        shutil.copy(SAMPLE, folder / "landing" / SOURCE / f"{SOURCE}_{NIGHT:%Y%m%d}.csv")
        self.lake = Lake(spark, str(folder / "lake"))
        about.create(self.lake.root)
        contracts = tuple(contract.load(s) for s in contract.sources())
        night = nightly.Night(self.lake, str(folder / "landing"), NIGHT, contracts, KEYS)
        self.report = nightly.run(night, last="master")

    @property
    def delivery(self) -> Entry:
        (only,) = Journal(self.lake, SOURCE).entries()
        return only

    def counts(self, table: str, column: str, where: str = "TRUE") -> Counter[object]:
        rows = self.lake.read(table).where(where).selectExpr(f"{column} AS value").groupBy("value").count()
        return Counter({row["value"]: row["count"] for row in rows.collect()})


@pytest.fixture(scope="module")
def register(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Register:
    return Register(spark, tmp_path_factory.mktemp("register"))


@pytest.fixture(scope="module")
def sample() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_no_source_fails_though_sixteen_have_delivered_nothing(register: Register) -> None:
    assert register.report.failed == {}
    assert Counter(u.unit for u in register.report.units)["refine"] == len(contract.sources())


def test_every_row_is_accepted_set_aside_or_a_duplicate(register: Register, sample: list[dict[str, str]]) -> None:
    one = register.delivery
    assert one.delivered == len(sample) == 5433
    assert one.delivered == one.accepted + one.quarantined + one.duplicates
    assert (one.accepted, one.quarantined, one.duplicates) == (5432, 1, 0)


def test_what_is_set_aside_has_moved_columns(register: Register) -> None:
    assert register.counts(f"quarantine/{SOURCE}", "concat_ws(',', failed.rule)") == {"columns_in_place": 1}


def test_every_code_holds_in_its_clean_form(register: Register, sample: list[dict[str, str]]) -> None:
    codes = register.counts(f"silver/{SOURCE}", "uscc")
    assert codes.keys() <= {row["统一社会信用代码"].upper() for row in sample}
    assert set(codes.values()) == {1} and len(codes) == 5432
    # Lower case stands in the file, and beside the clean code.
    assert sum(register.counts(f"silver/{SOURCE}", "uscc_raw", "uscc_raw IS NOT NULL").values()) == 4


def test_capital_of_every_form_is_read_with_its_currency(register: Register, sample: list[dict[str, str]]) -> None:
    stated = sum("万" in row["注册资金"] for row in sample)
    found = register.counts(f"silver/{SOURCE}", "capital_currency", "capital IS NOT NULL")
    assert found == {"CNY": 4057, "HKD": 218, "USD": 123, "EUR": 1, "JPY": 1}
    assert found.total() == stated


def test_warnings_mark_rows_and_keep_them(register: Register) -> None:
    rules = register.counts(f"silver/{SOURCE}", "explode(warned.rule)")
    assert rules == {"capital_positive": 264, "uscc_of_province": 2}


def test_every_accepted_record_is_an_entity_of_the_master(register: Register) -> None:
    whole = "uscc IS NOT NULL AND name IS NOT NULL AND established_on IS NOT NULL"
    assert register.counts("master/legal_entity", whole) == {True: register.delivery.accepted}
    kinds = {"法人": 4160, "非法人组织": 781, None: 488, "个体工商户": 3}
    assert register.counts("master/legal_entity", "kind") == kinds


def test_only_yuan_above_zero_is_capital_of_the_master(register: Register) -> None:
    yuan = register.counts(f"record/{SOURCE}", "capital_currency = 'CNY' AND capital_wan > 0")[True]
    assert register.counts("master/legal_entity", "capital_wan IS NOT NULL")[True] == yuan == 3863


def test_who_is_named_is_a_mention_and_stands_masked_beside_the_company(register: Register) -> None:
    assert register.counts("master/person", "basis") == {"mention": 5427}
    assert register.counts("master/person", "name_masked LIKE '_*%' AND name_token IS NOT NULL") == {True: 5427}
    assert register.counts("master/person_legal_entity", "kind") == {"法定代表人": 5427}


def test_a_trial_says_what_the_night_does(register: Register) -> None:
    said = CliRunner().invoke(app, ["source", "try", str(SAMPLE), "--source", SOURCE, "--json"])
    (trial,) = json.loads(said.stdout)
    assert (trial["rows"], trial["quarantined"], trial["repeated"]) == (5433, 1, 0)
    warnings = {r["rule"]: r["rows"] for r in trial["rules"] if r["severity"] == "warning"}
    # The row in quarantine has a warning too.
    assert warnings == {"capital_positive": 264, "uscc_of_province": 2, "capital_valid": 1}
    assert (trial["refused"], trial["to_do"]) == ([], [])


def test_the_page_tells_these_figures(register: Register) -> None:
    page = (HOUSE / "docs" / "add-a-department.md").read_text(encoding="utf-8")
    one = register.delivery
    rows = {"delivered": one.delivered, "accepted": one.accepted, "quarantined": 1, "duplicates": 0}
    rows |= {"master `legal_entity`": 5432, "master `person`": 5427, "法人": 4160, "非法人组织": 781, "none": 488}
    rows |= {"`capital_positive`": 264, "`uscc_of_province`": 2, "`columns_in_place`": 1}
    for what, figure in rows.items():
        assert f"| {what} | {figure:,}" in page
