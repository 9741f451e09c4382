"""What becomes of deliveries: taken once, refused, killed; and the sum that must hold."""

import datetime as dt
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.deliveries import Journal
from pipelines.lake import Lake
from pipelines.land import rows
from pipelines.refine import changed, delivery
from pipelines.refine.replay import replay
from pipelines.refine.source import Source
from quality.suite import Rule
from schemas.errors import RendiError
from tests.spark.refine.conftest import ADDRESS, DELTA, KEYS, NAMELESS, PENALTY, City, Make, address, penalty


def test_every_delivered_row_is_accepted_quarantined_or_a_duplicate(city: Make) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), penalty(1), penalty(2, name=""), "a,b", penalty(3), penalty(3, name="乙公司"))
    entry = one.night()[dt.date(2026, 3, 1)]
    assert (entry.delivered, entry.accepted, entry.quarantined, entry.duplicates) == (6, 2, 2, 2)
    assert sorted(r[0][0] for r in one.table("quarantine", "failed.rule")) == ["line_readable", "name_present"]


def test_a_delivery_that_the_parser_and_the_count_see_differently_is_refused_whole(
    city: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1))
    one.night()
    silver = one.table("silver", "record_id")
    count = rows.count
    monkeypatch.setattr(rows, "count", lambda *of: count(*of) + 1)
    one.deliver(2, penalty(2), penalty(3))
    entry = one.night()[dt.date(2026, 3, 2)]
    assert entry.state == "refused"
    assert entry.reason.startswith("the parser found 2 rows, an independent count 3: nothing of it is used")
    assert one.table("silver", "record_id") == silver
    assert {row[0] for row in one.table("bronze", "_delivery")} == {e.delivery for e in one.entries()} - {
        entry.delivery
    }


def test_a_delivery_that_does_not_add_up_stops_before_anything_is_written(city: Make) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), penalty(1), penalty(2, name=""))
    one.land()
    (entry,) = one.entries()
    Journal(one.lake, PENALTY.source).write(entry.model_copy(update={"delivered": 4}))
    with pytest.raises(RendiError, match=r"4 rows delivered, but 1 accepted \+ 1 quarantined \+ 1 duplicates"):
        one.night()
    assert not any(one.lake.exists(f"{zone}/{PENALTY.source}") for zone in ("quarantine", "superseded", "silver"))
    assert [e.state for e in one.entries()] == ["landed"]


def test_a_header_that_stands_among_the_rows_is_quarantined(city: Make) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), DELTA, penalty(2))
    assert one.night()[dt.date(2026, 3, 1)].quarantined == 1
    ((failed,),) = one.table("quarantine", "failed.rule")
    assert "header_repeated" in failed


def test_the_same_landing_again_changes_nothing(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(1, address(1), address(2))
    one.night()
    before = one.versions()
    for _ in range(2):
        one.night()
    assert one.versions() == before
    assert [e.state for e in one.entries()] == ["accepted"]


def test_shuffled_rows_and_files_leave_the_same_survivors(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"_1": [penalty(1), penalty(1, name="乙公司"), penalty(2)], "_2": [penalty(1, name="丙公司"), penalty(3)]}
    read, silver = rows.read, []
    for seed, parts in enumerate((["_1", "_2"], ["_2", "_1"], ["_2", "_1"])):
        shuffled = partial(lambda seed, *of: read(*of).repartition(3).orderBy(F.rand(seed)), seed)
        monkeypatch.setattr(rows, "read", shuffled if seed else read)
        one = City(spark, tmp_path / str(seed), PENALTY)
        for part in parts:
            one.deliver(1, *files[part], part=part)
        one.night()
        silver.append(one.table("silver", "record_id", "name", "_file", "_row"))
    assert silver[0] == silver[1] == silver[2]
    assert sorted(name for _, name, _, _ in silver[0]) == ["丙公司", "甲公司", "甲公司"]


@pytest.mark.parametrize("keyed", ["", None])
def test_a_full_delivery_is_compared_by_key_whether_bronze_holds_the_keys_of_today_or_not(
    city: Make, monkeypatch: pytest.MonkeyPatch, keyed: str | None
) -> None:
    one = city(ADDRESS)
    old = [address(1), address(2), address(3), address(4, community="44"), NAMELESS]
    one.deliver(1, *old, address(3, longitude="113.33"))
    one.night()
    if keyed is not None:
        (entry,) = one.entries()
        Journal(one.lake, ADDRESS.source).write(entry.model_copy(update={"keyed": keyed}))
    judged: list[int] = []
    monkeypatch.setattr(delivery, "to_do", lambda *of: judged.append((work := changed.to_do(*of)).size) or work)
    # A key in other characters is the same key; one of two rows of a key that changed brings the other along.
    one.deliver(
        2, address(1, "440106001002"), *[a.replace("A2", "Ａ２") for a in old[1:]], address(3, longitude="113.34")
    )
    done = one.night()[dt.date(2026, 3, 2)]
    assert (done.delivered, done.accepted, done.duplicates, done.quarantined) == (6, 4, 1, 1)
    # Of A1 and A2 what was and what is, of A3 the row that stays, too.
    assert judged == [7]
    codes = one.table("silver", "address_code", "community_code", "longitude")
    assert [(code, community) for code, community, _ in codes] == [
        ("A1", "440106001002"),
        ("A2", "440106001001"),
        ("A3", "440106001001"),
        ("A4", None),
    ]


def test_what_waits_in_quarantine_is_the_same_whether_all_rows_are_judged_or_those_that_changed(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bad(number: int) -> str:
        return address(number).replace(f"广东省广州市天河区某路{number}号", "")

    # Of A7 one row is good; the nameless row comes twice.
    rows = [address(1), bad(2), bad(3), bad(4), address(7), bad(7), NAMELESS, NAMELESS]
    left, statuses = [], {}
    for sent in (changed.SENT, 0):
        monkeypatch.setattr(changed, "SENT", sent)
        one = City(spark, tmp_path / str(sent), ADDRESS)
        one.deliver(1, *rows)
        first = one.night()[dt.date(2026, 3, 1)]
        at = {"delivery": first.delivery, "file": first.parts[0].name}
        correction = at | {"row": "3", "field": "address", "value": "广东省广州市天河区某路3号"}
        assert replay(one.lake, one.source, [correction], [at | {"row": row} for row in ("4", "7")]) == 1
        for day in (2, 3):
            one.deliver(day, address(1, f"44010600100{day}"), *rows[1:])
            one.night()
        where = ("_date", "_row", "status")
        left.append([one.table("quarantine", *where), one.table("silver", "address_code", "community_code")])
        statuses = {day: [s for d, _, s in left[-1][0] if d.day == day] for day in (1, 2, 3)}
    assert left[0] == left[1]
    assert [code for code, _ in left[0][1]] == ["A1", "A3", "A7"]
    # A2, A3, A4, the bad row of A7, the nameless row twice. Only a row that waits twice is not decided by one of them.
    assert statuses == {
        1: ["open", "replayed", "dismissed", "superseded", "dismissed", "open"],
        2: ["open", "replayed", "dismissed", "superseded", "open", "open"],
        3: ["open", "replayed", "dismissed", "open", "open", "open"],
    }


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


def test_a_full_delivery_after_a_bronze_that_was_lost_removes_what_it_does_not_name(city: Make) -> None:
    one = city(ADDRESS)
    one.deliver(1, *(address(n) for n in range(1, 10)))
    one.night()
    shutil.rmtree(one.lake.path("bronze/planning_address"))
    one.deliver(2, *(address(n) for n in range(1, 9)))
    entry = one.night()[dt.date(2026, 3, 2)]
    assert entry.accepted == 8
    assert not any(entry.rules.values())
    assert one.table("superseded", "address_code", "why") == [("A9", "removed")]


def test_rules_that_compare_or_count_rows_see_the_whole_delivery_each_time(city: Make) -> None:
    one = city(ADDRESS)
    message = {"message": "一 / one"}
    rules = [
        Rule.model_validate({"type": type_, "kwargs": kwargs, "severity": severity, "meta": {"rule": name, **message}})
        for name, type_, kwargs, severity in (
            ("building_once", "expect_column_values_to_be_unique", {"column": "building_no"}, "warning"),
            ("enough", "expect_table_row_count_to_be_between", {"min_value": 5}, "critical"),
            ("keyed", "expect_column_values_to_not_be_null", {"column": "_key", "mostly": 0.5}, "critical"),
        )
    ]
    suite = one.source.suite
    one.source = replace(one.source, suite=suite.model_copy(update={"expectations": [*suite.expectations, *rules]}))
    first = [address(1), address(2), address(3), address(3), address(4).replace(",B4", ",B1")]
    one.deliver(1, *first)
    assert one.night()[dt.date(2026, 3, 1)].rules["building_once"] == 4
    # The two of one building did not change; without one of them the other is alone.
    one.deliver(2, *first, address(5))
    one.deliver(3, *first[1:], address(5))
    entries = one.night()
    assert [entries[dt.date(2026, 3, day)].rules["building_once"] for day in (2, 3)] == [4, 2]
    assert all(e.state == "accepted" for e in entries.values())


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
    kept = Path(one.lake.root) / "restricted" / "original" / PENALTY.source / entry.delivery / entry.parts[0].name
    assert kept.read_text(encoding="utf-8").splitlines() == [one.header, penalty(1)]


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
