"""Two runs at once on one lake: the second leaves and names the first; the dead hold nothing (rule 5)."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.system.faults.conftest import Note
from tests.system.faults.lakes import DATES, Clean, contents, differences, log, started

pytestmark = pytest.mark.timeout(1200)


def test_the_second_run_names_the_first_and_leaves_while_the_dead_hold_nothing(
    clean: Clean, lake: Path, note: Note
) -> None:
    dead = holding(started(clean.city, lake, DATES[0]), lake)
    os.killpg(dead.pid, signal.SIGKILL)
    dead.wait()
    first = holding(started(clean.city, lake, DATES[0]), lake)
    log(lake).rename(lake.with_suffix(".first"))
    second = started(clean.city, lake, DATES[0])
    assert second.wait() == 1
    said = log(lake).read_text(encoding="utf-8")
    (sentence,) = [line for line in said.splitlines() if line.startswith("rendi: ")]
    assert f"is being written by process {first.pid}: rendi.py run: " in sentence
    assert "wait for it to end, then run again" in sentence and "Traceback" not in said
    assert first.poll() is None
    assert first.wait() == 0, lake.with_suffix(".first").read_text(encoding="utf-8")[-3000:]
    assert differences(contents(lake), clean.contents[0]) == []
    note("two runs", "one lake; a dead run's lock before", 1, "the second leaves and names the first; rows exact")


def holding(running: subprocess.Popen[bytes], lake: Path) -> subprocess.Popen[bytes]:
    """The run, once it writes."""
    told = f"process {running.pid}: "
    while not any(told in p.read_text(encoding="utf-8") for p in lake.glob("locks/*.lock")):
        assert running.poll() is None, log(lake).read_text(encoding="utf-8")[-3000:]
        time.sleep(0.02)
    return running
