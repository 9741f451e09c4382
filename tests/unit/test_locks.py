"""One writer (rule 5): the other's process and command are named, and the dead hold nothing."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipelines.locks import held
from schemas.errors import RendiError

HOLD = """
import sys, time
from pipelines.locks import held
with held(sys.argv[1], "market_register"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    running = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None and running.stdout.readline() == "held\n"
    return running


def test_the_second_is_told_who_writes_and_the_dead_hold_nothing(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    told = f"market_register is being written by process {other.pid}: "
    with pytest.raises(RendiError, match=told), held(str(tmp_path), "market_register"):
        pass
    with held(str(tmp_path), "tax_payer"):
        pass
    other.send_signal(signal.SIGKILL)
    other.wait()
    with held(str(tmp_path), "market_register"):
        pass


def test_a_lock_tells_the_commands_words_and_no_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/bin/rendi", "quarantine", "correct", "tax_payer", "11010519491231002X"])
    with held(str(tmp_path), "decision"):
        told = next(tmp_path.rglob("decision.lock")).read_text("utf-8")
    assert told.endswith(": rendi quarantine correct\n")


def test_one_that_may_wait_waits(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    threading.Timer(0.5, other.kill).start()
    with held(str(tmp_path), "market_register", wait_seconds=20):
        assert other.wait(5) == -signal.SIGKILL


def test_an_object_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RendiError, match="needs a lease"), held("s3://bucket/lake", "x"):
        pass
