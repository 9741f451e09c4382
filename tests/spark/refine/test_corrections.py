"""Rows that people correct: they leave quarantine once, and come at their place in time."""

import datetime as dt
from dataclasses import replace

import pytest

from pipelines.refine import changed
from pipelines.refine import refine as refining
from pipelines.refine.replay import replay
from quality.suite import Rule
from tests.spark.refine.conftest import ADDRESS, NAMELESS, PENALTY, Make, address, penalty


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


def test_a_row_that_was_delivered_again_and_again_is_no_repetition_of_itself(city: Make) -> None:
    one = city(ADDRESS)
    rule = {
        "type": "expect_column_values_to_be_unique",
        "kwargs": {"column": "building_no"},
        "severity": "critical",
        "meta": {"rule": "building_once", "message": "一 / one"},
    }
    suite = one.source.suite
    once = suite.model_copy(update={"expectations": [*suite.expectations, Rule.model_validate(rule)]})
    one.source = replace(one.source, suite=once)
    bad = address(9).replace("广东省广州市天河区某路9号", "")
    for day in (1, 2):
        one.deliver(day, address(day), bad)
        one.night()
    entry = one.entries()[-1]
    correction = {"delivery": entry.delivery, "file": entry.parts[0].name, "row": "2", "field": "address"}
    assert replay(one.lake, one.source, [correction | {"value": "广东省广州市天河区某路9号"}], []) == 1
    assert one.table("silver", "address_code") == [("A2",), ("A9",)]


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


@pytest.mark.parametrize("sent", [changed.SENT, 0])
def test_a_record_that_people_made_of_a_row_without_a_key_is_there_as_long_as_the_row(
    city: Make, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    monkeypatch.setattr(changed, "SENT", sent)
    one = city(ADDRESS)
    one.deliver(1, address(2), NAMELESS)
    entry = one.night()[dt.date(2026, 3, 1)]
    correction = {"delivery": entry.delivery, "file": entry.parts[0].name, "row": "2", "field": "address_code"}
    assert replay(one.lake, one.source, [correction | {"value": "A1"}], []) == 1
    one.deliver(2, address(2), address(3), NAMELESS)
    one.night()
    assert one.table("silver", "address_code") == [("A1",), ("A2",), ("A3",)]
    one.deliver(3, address(2), address(3), address(4))
    one.night()
    assert one.table("silver", "address_code") == [("A2",), ("A3",), ("A4",)]
    assert one.table("superseded", "address_code", "why") == [("A1", "removed")]
