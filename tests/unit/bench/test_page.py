"""From measurements to the page of figures."""

import re
from dataclasses import replace

import pytest

from bench.figures import Run, Size, Unit, middle
from bench.machine import mebibytes
from bench.page import page, table, verdict
from pipelines.nightly import NAMES, UNITS

HEAP = 1000


def run(seconds: float, rows: float = 1000, jvm: float = 900, **units: Unit) -> Run:
    return Run(seconds, rows, cpu=seconds * 2, jvm=jvm, python=300, others=0.5, units=units)


def size(people: int, first: float, second: float, floor: float, jvm: float = 900, later: float = 900) -> Size:
    """A city with a row for every 20 people, of which one in a hundred changes. later: the changed night's `jvm`."""
    land, rows = {"land": Unit(4, 30, 17), "closing": Unit(0, 3, 5)}, people // 20
    nights = run(first, rows, jvm, **land), run(second, rows, later, **land)
    return Size(people, 3, rows // 100, *nights, run(floor, rows), run(5, rows))


def told(*sizes: Size) -> str:
    return page({"processor": "one, 2 cores"}, sizes, (20_000, 200_000), 9, "make bench", HEAP)


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
    ("measured", "said"), [(4.0, "pass"), (1.0, "pass"), (6.0, "missed: 1.50 times what is wanted")]
)
def test_what_is_wanted_is_passed_or_missed_by_so_much(measured: float, said: str) -> None:
    assert verdict(measured, 4) == said


def test_the_page_tells_both_aims_beside_what_was_measured() -> None:
    rows = [line for line in told(size(20_000, first=40, second=10, floor=5)).splitlines() if "| at most" in line]
    assert rows[0].endswith("| 8.0 times the floor | missed: 2.00 times what is wanted |")
    assert "0.25 of the full load, for 1.00% changed" in rows[1] and "missed: 1.25 times" in rows[1]


def test_an_aim_that_is_missed_is_explained_with_the_largest_size_s_figures() -> None:
    both = told(size(20_000, 40, 10, 5), size(200_000, 120, 30, 20))
    assert "A row of the first night takes 24000 µs of CPU, a row of the floor 4000." in both
    assert "planning its 33 Spark jobs" in both and "units: land 100%." in both
    met = told(size(20_000, 20, 4, 5))
    assert "## Why" not in met


def between(*sizes: Size) -> tuple[list[str], list[str], str]:
    """The cells of the two aims between sizes, memory and changed rows, and the page."""
    said = told(*sizes)
    memory, changed = (line.strip("| ").split(" | ") for line in said.splitlines() if "| 20,000 to 200,000" in line)
    return memory, changed, said


def test_memory_is_flat_where_only_the_heap_fills() -> None:
    memory, _, said = between(size(20_000, 40, 10, 5, jvm=600), size(200_000, 120, 30, 20, jvm=1200, later=1100))
    assert memory[1:] == [
        "memory of both nights is flat in the number of people, beyond Spark's own heap",
        "at most 1.25 times the smallest size's with a full heap",
        "1.15 times in the first night (1,000 MiB of heap)",
        "pass",
    ]
    assert "## Why memory grows" not in said


@pytest.mark.parametrize(
    ("jvm", "later", "night"),
    [(1650, 1000, "first night"), (1000, 1650, "changed night"), (1300, 1650, "changed night")],
)
def test_memory_that_grows_beyond_the_heap_in_either_night_is_missed_and_explained(
    jvm: float, later: float, night: str
) -> None:
    small, large = size(20_000, 40, 10, 5, jvm=600, later=500), size(200_000, 120, 30, 20, jvm=jvm, later=later)
    memory, _, said = between(small, large)
    assert memory[3:] == [f"1.50 times in the {night} (1,000 MiB of heap)", "missed: 1.20 times what is wanted"]
    assert f"the {night} of 200,000 takes 650 MiB: the JVM\n+650 MiB, Python +0 MiB" in said


def test_a_night_that_took_more_than_the_heap_at_the_smallest_size_is_compared_with_itself() -> None:
    small, large = size(20_000, 40, 10, 5, jvm=1300, later=900), size(200_000, 120, 30, 20, jvm=1300, later=1170)
    assert between(small, large)[0][3] == "1.13 times in the changed night (1,000 MiB of heap)"


def test_a_changed_night_that_grows_with_what_changed_passes() -> None:
    # 9,000 rows more take the first night 80 s more; 90 changed rows more take the other 2.4 s more: three times a row.
    _, changed, said = between(size(20_000, 40, 10, 5), size(200_000, 120, 12.4, 20))
    assert changed[1:] == [
        "a changed night grows with what changed, not with what is there",
        "a changed row more costs at most 4 times the CPU of a first night's",
        "3.0 times",
        "pass",
    ]
    assert "## Why the changed night grows" not in said


def test_a_changed_night_that_grows_with_what_is_there_is_missed_and_explained() -> None:
    _, changed, said = between(size(20_000, 40, 10, 5), size(200_000, 120, 30, 20))
    assert changed[3:] == ["25.0 times", "missed: 6.25 times what is wanted"]
    assert "takes 40 CPU seconds more, for 90 changed\nrows more among 9,000" in said
    assert "it should be 6 CPU seconds at most" in said


def test_one_size_says_nothing_about_growth() -> None:
    assert "takes two sizes to say" in told(size(20_000, 40, 10, 5))


@pytest.mark.parametrize(("said", "found"), [("4g", 4096), ("512m", 512), ("2048K", 2), ("900", 900), ("1gb", 1024)])
def test_a_heap_is_read_as_spark_writes_it(said: str, found: float) -> None:
    assert mebibytes(said) == found


def test_a_night_is_told_by_unit_with_rows_a_second() -> None:
    assert "| land | 4.0 | 250 | 30 | 17 | 4.0 | 250 | 30 | 17 |" in told(size(20_000, 40, 10, 5))
    assert "| closing |  |  | 3 | 5 |  |  | 3 | 5 |" in told(size(20_000, 40, 10, 5))


def test_what_was_not_run_is_named_and_has_no_figures() -> None:
    small = told(size(20_000, 40, 10, 5))
    assert "## Not run\n\n200,000 people" in small and "## 200,000 people" not in small
    both = told(size(20_000, 40, 10, 5), size(200_000, 120, 12, 20))
    assert "## Not run" not in both
    assert "(10 times) the first night takes 3.0 times as long, the changed night 1.2 times" in both


def test_growth_is_told_of_the_memory_of_both_nights() -> None:
    both = told(size(20_000, 40, 10, 5), size(200_000, 120, 12, 20, jvm=1500, later=2700))
    assert "memory is 1.5 times as much in the first night, 2.5 times in the changed one." in both


def test_every_zone_has_one_unit_that_writes_it() -> None:
    zones = [zone for unit in UNITS for zone in unit.writes.split(", ")]
    assert len(zones) == len(set(zones)) and all(re.fullmatch("[a-z_]+", zone) for zone in zones)
    assert len(NAMES) == 7
