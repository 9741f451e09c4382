"""kill -9 at eight seeded points of two nights, each followed by a rerun: the lake ends as a clean run's (rule 3)."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from deltalake import DeltaTable

from demo import write

pytestmark = pytest.mark.timeout(3000)

SOURCES = ("police_household", "market_register", "planning_address")
DATES = ("2026-03-02", "2026-03-03")
POINTS = 8
# Which run wrote a row and when: all that may differ.
OF_THE_RUN = {"run", "started", "ended", "seconds", "versions"}


def night(city: Path, lake: Path) -> subprocess.Popen[bytes]:
    """`rendi run` in a process group of its own, as a scheduler starts it."""
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "run"]
    command += ["--landing", str(city / "landing"), "--lake", str(lake)]
    command += [a for d in DATES for a in ("--date", d)] + [a for s in SOURCES for a in ("--source", s)]
    with lake.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def commits(lake: Path) -> int:
    return sum(1 for _ in lake.glob("*/*/*/_delta_log/*.json"))


def contents(lake: Path) -> dict[str, list[str]]:
    """Every table's rows, without what is of the run alone."""
    tables = {}
    for log in sorted(lake.glob("*/*/*/_delta_log")):
        name = str(log.parent.relative_to(lake))
        if name in ("governed/ops/unit", "governed/ops/run"):
            continue
        rows = DeltaTable(str(log.parent)).to_pyarrow_table()
        columns = [c for c in sorted(rows.column_names) if c not in OF_THE_RUN]
        tables[name] = sorted(map(repr, zip(*(rows[c].to_pylist() for c in columns), strict=True)))
    return tables


def test_a_lake_killed_eight_times_equals_one_that_ran_through(tmp_path: Path) -> None:
    city, clean, killed = tmp_path / "city", tmp_path / "clean", tmp_path / "killed"
    write(city, people=200, seed=5, days=len(DATES))
    assert night(city, clean).wait() == 0, clean.with_suffix(".log").read_text(encoding="utf-8")[-2000:]
    # The same keys, or every identifier would differ.
    shutil.copy(tmp_path / "clean.keys.json", tmp_path / "killed.keys.json")
    last = commits(clean)
    # The last few commits close the night: a rerun may need fewer of them.
    for point in sorted(random.Random(8).sample(range(1, last - 10), POINTS)):
        running = night(city, killed)
        while commits(killed) < point and running.poll() is None:
            time.sleep(0.01)
        assert running.poll() is None, f"the night ended before commit {point} of {last}"
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert night(city, killed).wait() == 0, killed.with_suffix(".log").read_text(encoding="utf-8")[-2000:]
    found, wanted = contents(killed), contents(clean)
    assert found.keys() == wanted.keys()
    assert [name for name in wanted if found[name] != wanted[name]] == []
