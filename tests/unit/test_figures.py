"""Figures of units that ran in processes of their own."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipelines import figures
from pipelines.figures import Figure

NIGHT = dt.date(2026, 3, 2)


def figure(unit: str, source: str, minute: int, state: str, reason: str = "") -> Figure:
    started = dt.datetime(2026, 3, 3, 0, minute, tzinfo=dt.UTC)
    return Figure(night=NIGHT, unit=unit, source=source, started=started, seconds=1.5, state=state, reason=reason)


def test_all_units_of_a_night_are_told_in_the_order_in_which_they_started(tmp_path: Path) -> None:
    told = [
        figure("link", "", 9, "done"),
        figure("land", "tax_payer", 2, "failed", "no key"),
        figure("land", "a", 1, "done"),
    ]
    for one in told:
        figures.write(str(tmp_path), one)
    figures.write(str(tmp_path), told[0].model_copy(update={"night": NIGHT + dt.timedelta(days=1)}))
    assert figures.of(str(tmp_path), NIGHT) == [told[2], told[1], told[0]]


def test_a_unit_that_ran_again_tells_only_its_last_run(tmp_path: Path) -> None:
    for one in (figure("land", "a", 1, "failed", "the database is away"), figure("land", "a", 5, "done")):
        figures.write(str(tmp_path), one)
    assert figures.of(str(tmp_path), NIGHT) == [figure("land", "a", 5, "done")]


def test_who_has_no_lock_does_not_speak_for_who_has(tmp_path: Path) -> None:
    for one in (figure("land", "a", 1, figures.STARTED), figure("land", "b", 1, "done")):
        figures.write(str(tmp_path), one)
    for source in "abc":
        figures.write(str(tmp_path), figure("land", source, 2, "failed", "is being written by another"), over=False)
    assert [(f.source, f.state) for f in figures.so_far(str(tmp_path), NIGHT)] == [
        ("a", figures.STARTED),
        ("b", "done"),
        ("c", "failed"),
    ]


def test_a_killed_unit_is_told_as_failed(tmp_path: Path) -> None:
    figures.write(str(tmp_path), figure("refine", "a", 1, figures.STARTED))
    (killed,) = figures.of(str(tmp_path), NIGHT)
    assert killed.state == "failed" and "its process ended" in killed.reason


def test_whoever_runs_a_unit_next_learns_that_it_was_killed(tmp_path: Path) -> None:
    root = str(tmp_path)
    assert figures.killed(root, NIGHT, "refine", "a") is None
    began = figure("refine", "a", 1, figures.STARTED)
    figures.write(root, began)
    assert figures.killed(root, NIGHT, "refine", "a") == began
    assert figures.killed(root, NIGHT, "refine", "") is None
    figures.write(root, figure("refine", "a", 1, "done"))
    assert figures.killed(root, NIGHT, "refine", "a") is None


def test_a_night_that_closed_leaves_no_figures(tmp_path: Path) -> None:
    figures.write(str(tmp_path), figure("land", "a", 1, "done"))
    figures.clear(str(tmp_path), NIGHT)
    assert figures.of(str(tmp_path), NIGHT) == []


def test_processes_of_a_night_are_of_one_run_until_it_closes(tmp_path: Path) -> None:
    root, next_night = str(tmp_path), NIGHT + dt.timedelta(days=1)
    assert figures.run(root, NIGHT, "a") == "a"
    assert (figures.run(root, NIGHT, "b"), figures.run(root, next_night, "c")) == ("a", "c")
    assert figures.of(root, NIGHT) == []
    figures.clear(root, NIGHT)
    assert figures.run(root, NIGHT, "d") == "d"


def test_processes_that_begin_a_night_at_once_are_of_one_run(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        named = list(pool.map(lambda n: figures.run(str(tmp_path), NIGHT, f"{n:032}"), range(64)))
    assert len(set(named)) == 1
