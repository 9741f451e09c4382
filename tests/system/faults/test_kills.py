"""kill -9 at seeded points of two nights, each followed by the same command: it ends as a clean run's (rule 3).

A lake is struck again and again; in `make fault` a copy of it ends after each blow, in `make test` the lake after the
last of a night. Every other run takes the way of many rows, so that either way goes on from what the other left.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from itertools import cycle, product, zip_longest
from pathlib import Path

import pytest

from tests.system.faults.conftest import Note
from tests.system.faults.lakes import (
    ALL,
    DATES,
    WAYS,
    Clean,
    commits,
    contents,
    differences,
    ran,
    said,
    started,
    without_end,
)
from tests.system.faults.watching import Watch, kind, unit

pytestmark = pytest.mark.timeout(7000)

# How often a night is struck in each unit, in their order.
POINTS = {"land": 3, "refine": 6, "link": 4, "protect": 5, "master": 5, "topics": 2, "publish": 2}
# Of these, as many a night in `make test`: a tenth in all.
TENTH = (3, 2)
SEED = 8
# A unit is struck at one of the first files that it writes then: what a struck run wrote, its rerun need not write.
FILES = 3
ORDER = (*POINTS, "close")


def test_a_lake_that_is_killed_again_and_again_ends_as_one_that_ran_through(
    clean: Clean, lake: Path, note: Note
) -> None:
    draw = random.Random(SEED)
    struck: list[tuple[str, str, str]] = []
    ways, ends = cycle(WAYS), cycle(WAYS)
    for date, as_clean, count in zip(DATES, clean.contents, TENTH, strict=True):
        points = [name for name, times in POINTS.items() for _ in range(times)]
        chosen = points if ALL else sorted(draw.sample(points, count), key=ORDER.index)
        for name, after in zip_longest(chosen, chosen[1:]):
            # Checkpoints are seldom: a unit's last blow waits for one, unless that would take another's first.
            wanted, nth = ("checkpoint", 1) if after != name != "land" else ("", draw.randint(1, FILES))
            way = next(ways)
            where = killed(started(clean.city, lake, date, way=way), lake, name, nth, wanted)
            assert where is not None, f"the night ended before it was struck in {name}"
            struck.append((*where, way))
            if ALL and after is not None:
                copy = copied(lake)
                ends_as_clean(clean, copy, date, as_clean, next(ends))
                shutil.rmtree(copy)
        ends_as_clean(clean, lake, date, as_clean, next(ways))
    assert {("Spark", "MERGE"), ("Spark", "WRITE"), ("delta-rs", "WRITE")} <= commits(lake).keys()
    counts = [Counter(column) for column in zip(*struck, strict=True)]
    if ALL:
        files = ("data file", "commit", "checkpoint")
        assert set(product(files, WAYS)) <= {(what, way) for _, what, way in struck}
        assert set(POINTS) <= counts[0].keys()
    told = "; ".join(", ".join(f"{name} {n}" for name, n in sorted(c.items())) for c in counts)
    note("kill -9", f"seed {SEED}; while this was written: {told}", len(struck), "rows of all tables as a clean run's")


def ends_as_clean(clean: Clean, lake: Path, date: str, as_clean: dict[str, str], way: str) -> None:
    """The same night again, to its end."""
    ran(clean.city, lake, date, way=way)
    assert differences(contents(lake), as_clean) == []
    assert without_end(lake, date) == set()


def copied(lake: Path) -> Path:
    """A copy of a lake, beside the same keys."""
    copy = lake.with_name("copy")
    shutil.copytree(lake, copy)
    shutil.copy(f"{lake}.keys.json", f"{copy}.keys.json")
    return copy


def killed(running: subprocess.Popen[bytes], lake: Path, name: str, nth: int, wanted: str) -> tuple[str, str] | None:
    """Kill a night at the `nth` new file of a unit, or at the first of a later one; None where it ended before.

    wanted: the kind of file, "" for any. Gives the unit and the kind of the file that was being written.
    """
    watch, goal = Watch(lake), ORDER.index(name)
    # Sources are landed and refined side by side.
    last = max(goal, ORDER.index("refine"))
    while running.poll() is None:
        for path in watch.new():
            what, where = kind(path), unit(path, lake)
            if not what or not where:
                continue
            nth -= where == name and what == (wanted or what)
            if nth <= 0 or ORDER.index(where) > last:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
                return where, what
        time.sleep(0.003)
    assert running.returncode == 0, said(lake)
    return None
