"""Refining that was killed, and what comes instead of going on: nothing of it stays where it does not belong."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.refine import refine as refining
from pipelines.refine.replay import replay
from tests.spark.refine.conftest import ADDRESS, PENALTY, City, Make, address, penalty

SECOND = dt.date(2026, 3, 2)


class KilledError(BaseException):
    """The process is gone."""


def killed(monkeypatch: pytest.MonkeyPatch, run: Callable[[], object]) -> None:
    """Run until a delivery is accepted: all its tables are committed, and the journal does not say so."""
    write = Journal.write

    def dies(journal: Journal, entry: Entry) -> None:
        if entry.state == "accepted":
            raise KilledError
        write(journal, entry)

    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr(Journal, "write", dies)
        run()


def state(one: City) -> list[Any]:
    name = "name" if one.contract is PENALTY else "address_code"
    tables = [one.table("silver", name), one.table("superseded", name, "why"), one.table("quarantine", "status")]
    return [*tables, [e.begun for e in one.entries() if e.begun]]


def without_address(number: int) -> str:
    return address(number).replace(f"广东省广州市天河区某路{number}号", "")


@pytest.fixture
def torn(city: Make, monkeypatch: pytest.MonkeyPatch) -> City:
    """A source with a delivery in force, and one that was killed: a good row and a bad one of it are in the tables."""
    one = city(PENALTY)
    one.deliver(1, penalty(1))
    one.night()
    one.deliver(2, penalty(2, "乙公司"), penalty(3, name=""))
    killed(monkeypatch, one.night)
    return one


def test_a_killed_delivery_that_goes_on_is_accepted(torn: City) -> None:
    assert [e.begun != "" for e in torn.entries()] == [False, True]
    assert torn.night()[SECOND].state == "accepted"
    assert state(torn) == [[("乙公司",), ("甲公司",)], [], [("open",)], []]


def test_a_killed_delivery_that_is_refused_leaves_nothing(torn: City) -> None:
    entry = torn.entries()[-1]
    assert torn.night({entry.delivery: "refuse"})[SECOND].state == "refused"
    assert state(torn) == [[("甲公司",)], [], [], []]


def test_the_only_delivery_that_was_killed_and_refused_leaves_nothing(
    city: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), penalty(3, name=""))
    killed(monkeypatch, one.night)
    (entry,) = one.entries()
    one.night({entry.delivery: "refuse"})
    assert state(one) == [[], [], [], []]
    one.deliver(2, penalty(2, "乙公司"))
    one.night({entry.delivery: "refuse"})
    assert state(one) == [[("乙公司",)], [], [], []]


def test_a_killed_delivery_that_is_replaced_leaves_nothing(city: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = city(ADDRESS)
    one.deliver(1, address(1), address(2))
    one.night()
    one.deliver(2, address(1, "440106001002"), address(2), address(3), without_address(4))
    killed(monkeypatch, one.night)
    one.deliver(2, address(1), address(2), address(5), address(6))
    one.night()
    assert state(one) == [[("A1",), ("A2",), ("A5",), ("A6",)], [], [], []]
    assert {row[0] for row in one.table("silver", "community_code")} == {"440106001001"}


def test_a_late_part_that_was_killed_while_it_replaced_another_takes_its_place(
    city: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = city(ADDRESS)
    for day in (1, 2, 3):
        one.deliver(day, address(day), address(9))
        one.night()
    one.deliver(2, address(2, "440106001002"), address(9), address(7), part="_2")
    killed(monkeypatch, one.night)
    one.night()
    found = state(one)
    refining.rebuild(one.lake, one.source, [e for e in one.entries() if e.state == "accepted"])
    assert state(one) == found
    assert found[:2] == [[("A3",), ("A9",)], [("A1", "removed"), ("A2", "removed"), ("A7", "removed")]]


def test_the_first_delivery_that_was_killed_goes_on_by_the_facts_of_today(
    city: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1), penalty(2, name=""))
    killed(monkeypatch, one.night)
    suite = one.source.suite
    fewer = [rule for rule in suite.expectations if rule.name != "name_present"]
    one.source = replace(one.source, suite=suite.model_copy(update={"expectations": fewer}), facts="other")
    done = one.night()[dt.date(2026, 3, 1)]
    assert (done.accepted, done.quarantined) == (2, 0)
    assert len(one.table("silver", "record_id")) == 2
    assert state(one)[1:] == [[], [], []]


@pytest.mark.parametrize("struck", [False, True])
def test_a_replay_that_was_killed_forgets_no_version(city: Make, monkeypatch: pytest.MonkeyPatch, struck: bool) -> None:
    one = city(PENALTY)
    one.deliver(1, penalty(1))
    one.night()
    one.deliver(2, penalty(1, name=""))
    entry = one.night()[SECOND]
    at = {"delivery": entry.delivery, "file": entry.parts[0].name, "row": "1"}
    correction = at | {"field": "name", "value": "丙公司", "night": SECOND}

    def dies(*_: object, **__: object) -> None:
        raise KilledError

    if struck:
        # Silver has the row, and quarantine does not say so yet.
        with monkeypatch.context() as patched, pytest.raises(KilledError):
            patched.setattr(Lake, "upsert", dies)
            replay(one.lake, one.source, [correction], [])
    assert replay(one.lake, one.source, [correction], []) == 1
    assert state(one) == [[("丙公司",)], [("甲公司", "replaced")], [("replayed",)], []]


@pytest.mark.parametrize("facts", ["", "other"])
def test_a_correction_stands_where_the_next_delivery_says_the_same_row_again(city: Make, facts: str) -> None:
    one = city(ADDRESS)
    first = dt.date(2026, 3, 1)
    one.deliver(1, address(1), without_address(9))
    (entry,) = one.land(first)
    refining.refine(one.lake, one.source, first)
    at = {"delivery": entry.delivery, "file": entry.parts[0].name, "row": "2"}
    correction = at | {"field": "address", "value": "广东省广州市天河区某路9号", "night": first}
    one.source = replace(one.source, corrections=[correction])
    # Without facts the night died before it replayed; with others the next one makes the source anew.
    if facts:
        replay(one.lake, one.source, [correction], [])
        one.source = replace(one.source, facts=facts)
    one.deliver(2, address(1), address(2), without_address(9))
    one.land(SECOND)
    refining.refine(one.lake, one.source, SECOND)
    assert state(one) == [[("A1",), ("A2",), ("A9",)], [], [("replayed",), ("replayed",)], []]
