"""kill -9 at seeded points of two nights, each followed by the same command: it ends as a clean run's (rule 3)."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.system.faults.conftest import Note
from tests.system.faults.lakes import ALL, DATES, Clean, commits, contents, differences, log, ran, started
from tests.system.faults.watching import Watch, is_commit, kind, unit

pytestmark = pytest.mark.timeout(7000)

POINTS, LEAST = (54, 50) if ALL else (6, 5)
SEED = 8
# New files that may come behind a point's commit until the blow falls.
BEHIND = 6


def test_a_lake_that_is_killed_again_and_again_ends_as_one_that_ran_through(
    clean: Clean, lake: Path, note: Note
) -> None:
    draw = random.Random(SEED)
    struck: list[tuple[str, str]] = []
    for date, (before, after) in zip(DATES, pairwise((0, *clean.commits)), strict=True):
        done = commits(lake)
        # The last few close the night: a rerun may need fewer of them.
        for point in sorted(draw.sample(range(done + 1, done + after - before - 4), POINTS // len(DATES))):
            where = killed(started(clean.city, lake, date), lake, point, draw.randrange(1, BEHIND))
            if where is None:
                break
            struck.append(where)
        ran(clean.city, lake, date)
    assert differences(contents(lake), clean.contents[-1]) == []
    assert len(struck) >= LEAST
    units, kinds = (Counter(column) for column in zip(*struck, strict=True))
    if ALL:
        assert {"data file", "commit", "checkpoint"} <= kinds.keys()
        assert {"land", "refine", "link", "protect", "master", "topics", "publish"} <= units.keys()
    told = "; ".join(", ".join(f"{name} {n}" for name, n in sorted(c.items())) for c in (units, kinds))
    note("kill -9", f"seed {SEED}; while this was written: {told}", len(struck), "rows of all tables as a clean run's")


def killed(running: subprocess.Popen[bytes], lake: Path, point: int, behind: int) -> tuple[str, str] | None:
    """Kill a night at the `behind`-th new file after the lake's commit number `point`; None where it ended before.

    Gives the unit and the kind of the file that was being written.
    """
    count, watch = commits(lake), Watch(lake)
    while running.poll() is None:
        for path in watch.new():
            if not kind(path):
                continue
            count += is_commit(path)
            behind -= count >= point
            if behind <= 0:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
                return unit(path, lake), kind(path)
        time.sleep(0.003)
    assert running.returncode == 0, log(lake).read_text(encoding="utf-8")[-3000:]
    return None
