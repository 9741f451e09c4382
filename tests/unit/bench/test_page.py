"""From measurements to the page of figures."""

import re
from dataclasses import replace

import pytest

from bench.figures import Run, Size, Unit, middle
from bench.page import page, table, verdict
from pipelines.nightly import NAMES, UNITS


def run(seconds: float, rows: float = 1000, **units: Unit) -> Run:
    return Run(seconds, rows, cpu=seconds * 2, jvm=900, python=300, others=0.5, units=units)


def size(people: int, first: float, second: float, floor: float) -> Size:
    land = {"land": Unit(4, 30, 17), "closing": Unit(0, 3, 5)}
    return Size(people, 3, 10, run(first, **land), run(second, **land), run(floor), run(5))


def told(*sizes: Size) -> str:
    return page({"processor": "one, 2 cores"}, sizes, (20_000, 200_000), 9, "make bench")


def test_every_figure_is_the_median_of_its_own() -> None:
    runs = [
        run(3, land=Unit(1, 9, 5)),
        run(1, land=Unit(3, 7, 5)),
        replace(run(2, land=Unit(2, 8, 5)), jvm=100, others=9),
    ]
    found = middle(runs)
    assert (found.seconds, found.jvm, found.others) == (2, 900, 0.5)
    assert found.units == {"land": Unit(2, 8, 5)}


def test_figures_stand_to_the_right_and_words_to_the_left() -> None:
    assert table(("what", "n", "why"), [("a", "1,200.5", "x"), ("b", "", "2")]).splitlines() == [
        "| what | n | why |",
        "| --- | ---: | --- |",
        "| a | 1,200.5 | x |",
        "| b |  | 2 |",
    ]


@pytest.mark.parametrize(
    ("measured", "said"), [(4.0, "pass"), (1.0, "pass"), (6.0, "missed: 1.5 times what is wanted")]
)
def test_what_is_wanted_is_passed_or_missed_by_so_much(measured: float, said: str) -> None:
    assert verdict(measured, 4) == said


def test_the_page_tells_both_aims_beside_what_was_measured() -> None:
    rows = [line for line in told(size(20_000, first=40, second=10, floor=5)).splitlines() if "| at most" in line]
    assert rows[0].endswith("| 8.0 times the floor | missed: 2.0 times what is wanted |")
    assert "0.25 of the full load, for 1.00% changed" in rows[1] and "missed: 1.2 times" in rows[1]


def test_an_aim_that_is_missed_is_explained_with_the_largest_size_s_figures() -> None:
    both = told(size(20_000, 40, 10, 5), size(200_000, 120, 30, 20))
    assert "A row of the first night takes 240000 µs of CPU, a row of the floor 40000." in both
    assert "planning its 33 Spark jobs" in both and "units: land 100%." in both
    met = told(size(20_000, 20, 4, 5))
    assert "## Why" not in met


def test_a_night_is_told_by_unit_with_rows_a_second() -> None:
    assert "| land | 4.0 | 250 | 30 | 17 | 4.0 | 250 | 30 | 17 |" in told(size(20_000, 40, 10, 5))
    assert "| closing |  |  | 3 | 5 |  |  | 3 | 5 |" in told(size(20_000, 40, 10, 5))


def test_what_was_not_run_is_named_and_has_no_figures() -> None:
    small = told(size(20_000, 40, 10, 5))
    assert "## Not run\n\n200,000 people" in small and "## 200,000 people" not in small
    both = told(size(20_000, 40, 10, 5), size(200_000, 120, 12, 20))
    assert "## Not run" not in both
    assert "(10 times) the first night takes 3.0 times as long, the changed night 1.2 times" in both


def test_every_zone_has_one_unit_that_writes_it() -> None:
    zones = [zone for unit in UNITS for zone in unit.writes.split(", ")]
    assert len(zones) == len(set(zones)) and all(re.fullmatch("[a-z_]+", zone) for zone in zones)
    assert len(NAMES) == 7
