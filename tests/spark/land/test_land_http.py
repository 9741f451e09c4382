"""A department's HTTP interface, through to silver."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from interface import TOKEN, Interface, served
from pyspark.sql import SparkSession

from pipelines import about
from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.land import web
from pipelines.land.land import land
from pipelines.nightly import refined_by
from pipelines.protect.keyring import Key, KeyRing
from pipelines.refine.refine import refine
from schemas import contract as contracts
from schemas.errors import RendiError
from schemas.pages import Pages

ADDRESS = contracts.load("planning_address")
DAY = dt.date(2026, 3, 2)
KEYS = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"c" * 16),))
PAGES = Pages(total="data.total", rows="data.rows", number="page", per_second=1000)


def address(number: int) -> dict[str, Any]:
    return {
        "address_code": f"A{number}",
        "标准地址": f"广东省广州市天河区某路{number}号",
        "community_code": "440106001001",
        "longitude": 113.320,
        "latitude": 23.13,
        "crs": "CGCS2000",
        "building_no": f"B{number}",
    }


class Office:
    """The planning office's interface, and the lake that asks it."""

    def __init__(self, spark: SparkSession, folder: Path, interface: Interface) -> None:
        self.lake, self.interface = Lake(spark, str(folder / "lake")), interface
        about.create(self.lake.root)
        self.contract = ADDRESS.model_copy(update={"format": "http", "url": interface.url, "pages": PAGES})
        self.restricted = folder / "lake" / "restricted"

    def night(self, day: dt.date = DAY, overrides: dict[str, str] | None = None) -> list[Entry]:
        landed = land(self.lake, self.contract, "nowhere", day, overrides or {})
        refine(self.lake, refined_by(self.contract, KEYS), day)
        assert not list((self.restricted / "fetched").iterdir())
        return landed

    def states(self) -> list[tuple[int, str, int]]:
        return [(e.date.day, e.state, e.delivered) for e in Journal(self.lake, ADDRESS.source).entries()]

    def codes(self) -> list[str]:
        return sorted(r["address_code"] for r in self.lake.read("silver/planning_address").collect())


@pytest.fixture
def office(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(web, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("RENDI_HTTP_PLANNING_ADDRESS_TOKEN", TOKEN)
    with served([address(number) for number in range(1, 8)]) as interface:
        yield Office(spark, tmp_path, interface)


def test_records_are_landed_as_rows_and_the_pages_kept_as_they_came(office: Office) -> None:
    (entry,) = office.night()
    assert (entry.state, entry.delivered, entry.date) == ("landed", 7, DAY)
    assert office.codes() == [f"A{number}" for number in range(1, 8)]
    original = office.restricted / "original" / "planning_address" / entry.delivery
    pages = [json.loads(page.read_bytes()) for page in sorted((original / "pages").iterdir())]
    assert [row for page in pages for row in page["data"]["rows"]] == office.interface.records
    bronze = office.lake.read("bronze/planning_address").orderBy("_row").collect()
    lines = [json.loads(line) for line in (original / bronze[0]["_file"]).read_text(encoding="utf-8").splitlines()]
    assert [row["address_code"] for row in bronze] == [line["address_code"] for line in lines]
    assert {row["longitude"] for row in bronze} == {"113.32"}


def test_the_same_records_in_another_order_are_known_and_others_replace_them(office: Office) -> None:
    office.night()
    office.interface.records.reverse()
    office.interface.size = 2
    assert office.night() == []
    office.interface.records.append(address(8))
    office.night()
    assert sorted(office.states()) == [(2, "accepted", 8), (2, "replaced", 7)]
    (entry,) = office.night(DAY + dt.timedelta(days=1))
    assert (entry.state, entry.delivered) == ("skipped", 8)


def test_what_has_left_a_full_source_leaves_silver(office: Office) -> None:
    office.night()
    office.interface.records.pop(0)
    office.night(DAY + dt.timedelta(days=1))
    assert office.codes() == [f"A{number}" for number in range(2, 8)]


def test_pages_that_do_not_agree_with_their_total_are_refused_whole_and_can_be_overridden(office: Office) -> None:
    office.interface.total = 9
    (entry,) = office.night()
    assert entry.state == "refused" and entry.reason.startswith("the interface says 9 records, and gave 7 different")
    assert list((office.restricted / "original" / "planning_address" / entry.delivery / "pages").iterdir())
    assert not office.lake.exists("bronze/planning_address")
    office.night(overrides={entry.delivery: "accept"})
    assert office.states() == [(2, "accepted", 7)]


def test_an_interface_that_breaks_off_leaves_nothing_and_the_next_run_lands_it_whole(office: Office) -> None:
    office.interface.faults = [None, None, *["drop"] * web.TRIES]
    with pytest.raises(RendiError, match="breaks off"):
        office.night()
    assert office.states() == [] and not list((office.restricted / "fetched").iterdir())
    office.night()
    assert office.states() == [(2, "accepted", 7)]


def test_an_interface_that_shows_the_present_is_not_asked_for_the_past(office: Office) -> None:
    office.night(DAY)
    asked = len(office.interface.asked)
    assert land(office.lake, office.contract, "nowhere", DAY - dt.timedelta(days=1), {}) == []
    assert len(office.interface.asked) == asked
    dated = office.contract.model_copy(update={"url": f"{office.interface.url}?day={{date}}"})
    assert len(land(office.lake, dated, "nowhere", DAY - dt.timedelta(days=1), {})) == 1
    assert office.interface.asked[-1][1].startswith("/records?day=2026-03-01&page=")


def test_a_column_that_no_record_has_is_refused_with_the_nearest(office: Office) -> None:
    for record in office.interface.records:
        record["comunity_code"] = record.pop("community_code")
    (entry,) = office.night()
    assert entry.state == "refused" and "did you mean 'comunity_code'" in entry.reason
