"""Deliveries of one date and of earlier dates: replaced, late, and what they may not undo."""

import datetime as dt
import gzip
import shutil

from pipelines.refine import refine as refining
from tests.spark.refine.conftest import ADDRESS, NAMELESS, PENALTY, Make, address, penalty


def test_a_second_part_replaces_the_delivery_of_its_date(city: Make) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), part="_1")
    one.night()
    one.deliver(1, penalty(2), part="_2")
    one.night()
    found = sorted((e.state, e.delivered, e.accepted + e.quarantined + e.duplicates) for e in one.entries())
    assert found == [("accepted", 2, 2), ("replaced", 1, 0)]
    assert len(one.table("silver", "record_id")) == 2


def test_parts_that_are_tidied_away_take_no_rows_back(city: Make) -> None:
    one = city(PENALTY)
    folder = one.landing / PENALTY.source
    one.deliver(1, penalty(1), part="_1")
    one.deliver(1, penalty(2), part="_2")
    one.night()
    (folder / "market_penalty_20260301_1.csv").unlink()
    assert one.land() == []
    one.deliver(1, penalty(3), part="_3")
    one.night()
    (reason,) = [e.reason for e in one.entries() if e.state == "refused"]
    assert reason.startswith("lacks market_penalty_20260301_1.csv of 20260301-")
    assert one.table("silver", "decision_no") == [(f"处罚〔2026〕{n}号",) for n in (1, 2)]


def test_a_part_is_the_same_one_packed_mended_or_under_another_name(city: Make) -> None:
    one = city(PENALTY)
    folder = one.landing / PENALTY.source
    for number in (1, 2, 3):
        one.deliver(1, penalty(number), part=f"_{number}")
    one.night()
    (folder / "market_penalty_20260301_1.csv").rename(folder / "market_penalty_20260301_first.csv")
    packed = folder / "market_penalty_20260301_2.csv"
    packed.with_suffix(".csv.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    one.deliver(1, penalty(4), part="_3")
    one.night()
    assert one.table("silver", "decision_no") == [(f"处罚〔2026〕{n}号",) for n in (1, 2, 4)]


def test_an_engineer_says_that_fewer_parts_are_all_of_a_date(city: Make) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), part="_draft")
    one.night()
    (one.landing / PENALTY.source / "market_penalty_20260301_draft.csv").unlink()
    one.deliver(1, penalty(2))
    (refused,) = one.land()
    assert refused.state == "refused" and f"rendi delivery accept {refused.delivery}" in refused.reason
    one.night({refused.delivery: "accept"})
    assert one.table("silver", "decision_no") == [("处罚〔2026〕2号",)]


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


def test_a_bad_row_that_comes_late_waits_only_where_nothing_later_was_accepted(city: Make) -> None:
    one = city(ADDRESS)
    bad = [address(n).replace(f"广东省广州市天河区某路{n}号", "") for n in (7, 8, 9)]
    one.deliver(1, address(1), bad[0])
    one.deliver(3, address(1), address(9), bad[0])
    one.night()
    one.deliver(2, address(1), *bad, NAMELESS)
    one.night()
    late = [("", "open"), ("A7", "open"), ("A7", "open"), ("A7", "open"), ("A8", "open"), ("A9", "superseded")]

    def statuses() -> list[tuple[str, ...]]:
        return sorted(
            (code or "", status) for code, status in one.table("quarantine", "delivered.address_code", "status")
        )

    assert statuses() == late
    refining.rebuild(one.lake, one.source, one.entries())
    assert statuses() == late
