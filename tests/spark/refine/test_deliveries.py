"""What becomes of deliveries: taken once, replaced, refused, late, killed; and the sum that must hold."""

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines import about
from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.land.land import land
from pipelines.nightly import refined_by
from pipelines.protect.keyring import Key, KeyRing
from pipelines.refine import refine as refining
from pipelines.refine.delivery import Source
from pipelines.refine.replay import replay
from schemas import contract
from schemas.errors import RendiError

PENALTY, ADDRESS = contract.load("market_penalty"), contract.load("planning_address")
DELTA = "行政处罚决定书文号,统一社会信用代码,行政相对人名称,处罚类别,罚款金额(万元),处罚决定日期"
FULL = "地址编码,标准地址,社区代码,经度,纬度,坐标系,楼栋编码"
KEYS = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"c" * 16),))
NIGHT = dt.date(2026, 3, 10)


class City:
    """A lake of one source, and the landing folder before it."""

    def __init__(self, spark: SparkSession, folder: Path, of: contract.Contract) -> None:
        self.lake = Lake(spark, str(folder / "lake"))
        about.create(self.lake.root)
        self.landing, self.contract = folder / "landing", of
        self.header = DELTA if of.source == "market_penalty" else FULL
        self.source = refined_by(of, KEYS)

    def deliver(self, day: int, *lines: str, part: str = "") -> None:
        folder = self.landing / self.contract.source
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.contract.source}_202603{day:02d}{part}.csv"
        path.write_text("\n".join([self.header, *lines]) + "\n", encoding="utf-8")

    def land(self, night: dt.date = NIGHT, overrides: dict[str, str] | None = None) -> list[Entry]:
        return land(self.lake, self.contract, str(self.landing), night, overrides or {})

    def night(self, overrides: dict[str, str] | None = None) -> dict[dt.date, Entry]:
        self.land(NIGHT, overrides)
        refining.refine(self.lake, replace(self.source, overrides=overrides or {}), NIGHT)
        return {e.date: e for e in self.entries() if e.state != "replaced"}

    def entries(self) -> list[Entry]:
        return Journal(self.lake, self.contract.source).entries()

    def table(self, zone: str, *columns: str) -> list[tuple[Any, ...]]:
        rows = self.lake.read(f"{zone}/{self.contract.source}").select(*columns).collect()
        return sorted(tuple(r) for r in rows)

    def versions(self) -> list[int]:
        return [
            self.lake.version(f"{z}/{self.contract.source}") for z in ("bronze", "quarantine", "superseded", "silver")
        ]


Make = Callable[[contract.Contract], City]


@pytest.fixture
def city(spark: SparkSession, tmp_path: Path) -> Make:
    return lambda of: City(spark, tmp_path, of)


def penalty(number: int, name: str = "甲公司", day: str = "2026-03-01") -> str:
    return f"处罚〔2026〕{number}号,,{name},罚款,1.5,{day}"


def address(number: int, community: str = "440106001001", longitude: str = "113.32") -> str:
    return f"A{number},广东省广州市天河区某路{number}号,{community},{longitude},23.13,CGCS2000,B{number}"


def test_every_delivered_row_is_accepted_quarantined_or_a_duplicate(city: Make) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), penalty(1), penalty(2, name=""), "a,b", penalty(3), penalty(3, name="乙公司"))
    entry = one.night()[dt.date(2026, 3, 1)]
    assert (entry.delivered, entry.accepted, entry.quarantined, entry.duplicates) == (6, 2, 2, 2)
    assert sorted(r[0][0] for r in one.table("quarantine", "failed.rule")) == ["line_readable", "name_present"]


def test_the_same_landing_again_changes_nothing(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(1, address(1), address(2))
    one.night()
    before = one.versions()
    one.night()
    assert one.versions() == before
    assert [e.state for e in one.entries()] == ["accepted"]


def test_shuffled_rows_leave_the_same_survivors(city: Make, spark: SparkSession, tmp_path: Path) -> None:
    rows = [penalty(1), penalty(1, name="乙公司"), penalty(2), penalty(3, day="2026/3/2")]
    silver = []
    for folder, lines in (("a", rows), ("b", [rows[2], rows[0], rows[1], rows[3]])):
        one = City(spark, tmp_path / folder, PENALTY)
        one.deliver(1, *lines)
        one.night()
        silver.append(one.table("silver", "record_id", "name", "decided_on"))
    assert silver[0] == silver[1] and len(silver[0]) == 3


def test_content_a_b_a_is_taken_three_times_and_ends_with_a(city: Make) -> None:
    one = city(ADDRESS)
    for day, community in ((1, "440106001001"), (2, "440106001002"), (3, "440106001001")):
        one.deliver(day, address(1, community), address(2))
        one.night()
    assert [e.state for e in one.entries()] == ["accepted"] * 3
    assert one.table("silver", "address_code", "community_code") == [("A1", "440106001001"), ("A2", "440106001001")]
    assert sorted(r[0] for r in one.table("superseded", "why")) == ["replaced", "replaced"]


def test_content_that_is_in_force_is_skipped_and_only_the_date_moves(city: Make) -> None:
    one = city(ADDRESS)
    for day in (1, 2):
        one.deliver(day, address(1))
    one.night()
    assert [(e.state, e.accepted) for e in one.entries()] == [("accepted", 1), ("skipped", 0)]


def test_a_full_delivery_removes_what_it_does_not_name_and_spares_what_it_names_badly(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(1, *(address(n) for n in range(1, 11)))
    one.night()
    one.deliver(2, *(address(n) for n in range(1, 9)), "A9,,440106001001,113.32,23.13,CGCS2000,B9")
    entry = one.night()[dt.date(2026, 3, 2)]
    assert (entry.accepted, entry.quarantined, entry.duplicates) == (8, 1, 0)
    assert {r[0] for r in one.table("silver", "address_code")} == {f"A{n}" for n in range(1, 10)}
    assert one.table("superseded", "address_code", "why") == [("A10", "removed")]


def test_the_rules_of_a_full_delivery_are_counted_over_all_its_rows(
    city: Make, spark: SparkSession, tmp_path: Path
) -> None:
    first = [address(1), address(2, longitude="9"), address(3, longitude="9"), address(4, longitude=""), address(5)]
    # 2 stays broken, 3 is mended, 4 leaves, 5 breaks, 6 comes broken; what repeats a line is counted as often.
    second = [address(1), *[address(2, longitude="9")] * 2, address(3), address(5, longitude="x"), address(6, "", "9")]
    one, fresh = city(ADDRESS), City(spark, tmp_path / "fresh", ADDRESS)
    one.deliver(1, *first)
    one.night()
    one.deliver(2, *second)
    fresh.deliver(2, *second)
    told, wanted = (c.night()[dt.date(2026, 3, 2)] for c in (one, fresh))
    assert told.rules == wanted.rules
    assert sum(told.rules.values()) >= 4
    assert (told.quarantined, told.accepted) == (wanted.quarantined, wanted.accepted)


def test_a_full_delivery_below_its_share_is_refused_until_an_engineer_accepts_it(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(1, *(address(n) for n in range(1, 11)))
    one.night()
    one.deliver(2, address(1))
    refused = one.night()[dt.date(2026, 3, 2)]
    assert refused.state == "refused" and "below the set share" in refused.reason
    assert len(one.table("silver", "address_code")) == 10
    accepted = one.night({refused.delivery: "accept"})[dt.date(2026, 3, 2)]
    assert (accepted.state, accepted.reason) == ("accepted", "")
    assert one.table("silver", "address_code") == [("A1",)]


def test_a_missing_column_refuses_the_delivery_and_names_it(city: Make) -> None:
    one = city(PENALTY)
    one.header = DELTA.replace("行政相对人名称", "名称")
    one.deliver(1, penalty(1))
    entry = one.night()[dt.date(2026, 3, 1)]
    assert entry.state == "refused" and "行政相对人名称" in entry.reason


def test_a_second_part_replaces_the_delivery_of_its_date(city: Make) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), part="_1")
    one.night()
    one.deliver(1, penalty(2), part="_2")
    one.night()
    found = sorted((e.state, e.delivered, e.accepted + e.quarantined + e.duplicates) for e in one.entries())
    assert found == [("accepted", 2, 2), ("replaced", 1, 0)]
    assert len(one.table("silver", "record_id")) == 2


def test_an_older_date_after_a_newer_one_only_adds_to_the_past(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(5, address(1, "440106001002"), address(2))
    one.night()
    one.deliver(3, address(1, "440106001001"), address(2), address(3))
    one.night()
    assert one.table("silver", "address_code", "community_code") == [("A1", "440106001002"), ("A2", "440106001001")]
    assert {r[0] for r in one.table("superseded", "why")} == {"late"}


def test_an_older_full_delivery_does_not_undo_what_a_later_one_said_again(city: Make) -> None:
    one = city(ADDRESS)
    for day, lines in (
        (1, [address(1, "440106001001")]),
        (3, [address(1, "440106001001"), address(2)]),
        (2, [address(1, "440106001002")]),
        (4, [address(1, "440106001001"), address(2)]),
    ):
        one.deliver(day, *lines)
        one.night()
    assert one.table("silver", "address_code", "community_code") == [("A1", "440106001001"), ("A2", "440106001001")]


def test_an_older_part_does_not_undo_what_a_later_one_said_again(city: Make) -> None:
    one = city(PENALTY)
    for day, name in ((1, "甲公司"), (3, "甲公司"), (2, "乙公司")):
        one.deliver(day, penalty(1, name), penalty(10 + day))
        one.night()
    assert ("甲公司", dt.date(2026, 3, 3)) in one.table("silver", "name", "_date")
    assert len(one.table("silver", "name")) == 4


def test_what_was_skipped_is_taken_where_a_delivery_came_in_between(city: Make) -> None:
    one = city(ADDRESS)
    for day, community in ((1, "440106001001"), (3, "440106001001"), (2, "440106001002")):
        one.deliver(day, address(1, community))
        one.night()
    assert [e.state for e in one.entries()] == ["accepted"] * 3
    assert one.table("silver", "community_code", "_date") == [("440106001001", dt.date(2026, 3, 3))]


NAMELESS = address(1).replace("A1,", ",", 1)


def test_a_replacement_that_is_refused_leaves_the_delivery_of_its_date_in_force(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(1, address(1), address(2))
    one.night()
    one.deliver(1, *[NAMELESS] * 9, address(2))
    one.night()
    assert sorted(e.state for e in one.entries()) == ["accepted", "refused"]
    one.deliver(2, address(3), address(4))
    assert one.night()[dt.date(2026, 3, 2)].state == "accepted"
    assert one.table("silver", "address_code") == [("A3",), ("A4",)]


def test_an_engineer_accepts_what_the_gate_refused_or_refuses_what_landed(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(1, *[NAMELESS] * 9, address(2))
    refused = one.night()[dt.date(2026, 3, 1)]
    assert refused.state == "refused" and refused.reason
    accepted = one.night({refused.delivery: "accept"})[dt.date(2026, 3, 1)]
    assert (accepted.state, accepted.accepted, accepted.quarantined) == ("accepted", 1, 9)
    one.source = replace(one.source, facts="other facts")
    with pytest.raises(RendiError, match="or accept it as it is: rendi delivery accept"):
        one.night()
    assert one.night({refused.delivery: "accept"})[dt.date(2026, 3, 1)].accepted == 1
    one.deliver(2, address(3), address(4))
    (landed,) = one.land()
    assert one.night({landed.delivery: "refuse"})[dt.date(2026, 3, 2)].state == "refused"
    assert one.table("silver", "address_code") == [("A2",)]


def test_what_is_refused_again_was_refused_in_the_first_night(city: Make) -> None:
    one = city(PENALTY)
    one.header = DELTA.replace("处罚类别", "类别")
    one.deliver(1, penalty(1))
    for day in (3, 4):
        assert [e.night for e in one.land(dt.date(2026, 3, day))] == [dt.date(2026, 3, 3)]


def test_of_two_that_landed_for_one_date_the_later_one_stands(city: Make) -> None:
    for numbers in ((1, 2), (2, 1)):
        one = city(PENALTY)
        for number in numbers:
            one.deliver(1, penalty(number))
            one.land()
        one.night()
        assert sorted(e.state for e in one.entries()) == ["accepted", "replaced"]
        assert one.table("silver", "decision_no") == [(f"处罚〔2026〕{numbers[1]}号",)]
        shutil.rmtree(one.lake.root)


def test_rules_about_the_table_see_the_rows_that_stay_in_quarantine(city: Make) -> None:
    one = city(ADDRESS)
    bad = [address(0, longitude=str(i)).replace("A0,", ",", 1) for i in range(4)]
    one.deliver(1, *(address(i) for i in range(1, 7)), *bad)
    assert one.night()[dt.date(2026, 3, 1)].state == "accepted"
    more = [address(0, longitude=str(i)).replace("A0,", ",", 1) for i in range(10, 13)]
    one.deliver(2, *(address(i) for i in range(1, 7)), *bad, *more)
    assert one.night()[dt.date(2026, 3, 2)].state == "refused"


def test_a_run_that_was_killed_before_silver_ends_like_a_clean_one(
    city: Make, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean, killed = City(spark, tmp_path / "clean", ADDRESS), City(spark, tmp_path / "killed", ADDRESS)
    for one in (clean, killed):
        one.deliver(1, address(1), address(2), address(3))
        one.night()
        one.deliver(2, address(1, "440106001002"), address(3), address(4), "x")
    clean.night()
    whole = Lake.change

    def dies(self: Lake, table: str, *args: Any, **kwargs: Any) -> None:
        if table.startswith("silver/"):
            raise KeyboardInterrupt
        whole(self, table, *args, **kwargs)

    monkeypatch.setattr(Lake, "change", dies)
    with pytest.raises(KeyboardInterrupt):
        killed.night()
    monkeypatch.setattr(Lake, "change", whole)
    killed.night()
    for zone, columns in (
        ("silver", ("record_id", "community_code", "_delivery")),
        ("superseded", ("record_id", "why", "_by")),
        ("quarantine", ("_delivery", "_row", "status")),
    ):
        assert killed.table(zone, *columns) == clean.table(zone, *columns)


def test_changed_facts_make_the_source_anew_from_bronze_with_the_same_result(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(1, address(1), address(2))
    one.night()
    one.deliver(2, address(1, "440106001002"), address(3))
    one.night()
    before = one.table("silver", "record_id", "community_code", "_delivery", "_night")
    figures = [(e.accepted, e.quarantined, e.duplicates) for e in one.entries()]
    one.source = Source(one.contract, one.source.suite, KEYS.record, "other facts")
    one.night()
    assert one.table("silver", "record_id", "community_code", "_delivery", "_night") == before
    assert [(e.accepted, e.quarantined, e.duplicates) for e in one.entries()] == figures
    assert {e.facts for e in one.entries()} == {"other facts"}


def test_a_corrected_row_of_an_older_full_delivery_is_not_brought_back(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(1, address(1), address(9).replace("广东省广州市天河区某路9号", ""))
    first = one.night()[dt.date(2026, 3, 1)]
    assert first.quarantined == 1
    one.deliver(2, address(1), address(3))
    one.night()
    correction = {"delivery": first.delivery, "file": first.parts[0].name, "row": "2", "field": "address"}
    assert replay(one.lake, one.source, [correction | {"value": "广东省广州市天河区某路9号"}], []) == 1
    assert one.table("silver", "address_code") == [("A1",), ("A3",)]
    assert ("A9", "late") in one.table("superseded", "address_code", "why")


def test_a_correction_is_made_again_before_what_came_after_it(city: Make) -> None:
    one = city(PENALTY)
    first, second = dt.date(2026, 3, 1), dt.date(2026, 3, 2)
    one.deliver(1, penalty(1, name=""), penalty(2))
    (entry,) = one.land(first)
    refining.refine(one.lake, one.source, first)
    address = {"delivery": entry.delivery, "file": entry.parts[0].name, "row": "1"}
    correction = address | {"field": "name", "value": "丙公司", "night": first}
    one.source = replace(one.source, corrections=[correction])
    assert replay(one.lake, one.source, [correction], []) == 1
    one.deliver(2, penalty(1, "乙公司"))
    one.land(second)
    refining.refine(one.lake, one.source, second)
    before = [one.table("superseded", "name", "why"), one.table("quarantine", "status"), one.table("silver", "name")]
    assert before == [[("丙公司", "replaced")], [("replayed",)], [("乙公司",), ("甲公司",)]]
    refining.rebuild(one.lake, one.source, one.entries())
    after = [one.table("superseded", "name", "why"), one.table("quarantine", "status"), one.table("silver", "name")]
    assert after == before


def test_a_corrected_row_leaves_quarantine_once(city: Make) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), penalty(2, name=""))
    one.night()
    entry = one.entries()[0]
    correction = {
        "delivery": entry.delivery,
        "file": entry.parts[0].name,
        "row": "2",
        "field": "name",
        "value": "丙公司",
    }
    assert replay(one.lake, one.source, [correction], []) == 1
    assert replay(one.lake, one.source, [correction], []) == 0
    assert {r[0] for r in one.table("silver", "name")} == {"甲公司", "丙公司"}
    assert one.table("quarantine", "status") == [("replayed",)]
    assert one.entries()[0] == entry
