"""Airflow as `make airflow` starts it, with a home and a lake of the test's own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ports import free_port

HOUSE = Path(__file__).parents[2]
AIRFLOW = HOUSE / ".venv-airflow" / "bin" / "python"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What Airflow gets in place of the defaults of dags/airflow."""
    return os.environ | {
        "PYTHONPATH": str(HOUSE),
        "PYSPARK_PYTHON": sys.executable,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__API__PORT": str(free_port()),
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "2",
        "RENDI_MASTER": "local[2]",
        "RENDI_DRIVER_MEMORY": "2g",
        "RENDI_LAKE": str(folder / "lake"),
        "RENDI_LANDING": str(folder / "city" / "landing"),
        "RENDI_PORTAL": str(folder / "portal"),
        **more,
    }


def airflow(given: dict[str, str], *arguments: str) -> str:
    """One of Airflow's own commands."""
    done = subprocess.run(
        [HOUSE / "dags" / "airflow", *arguments], env=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def until(what: str, seen: Callable[[], Any], seconds: float, step: float = 1.0) -> Any:
    """Wait until `seen` gives something."""
    end = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(step)
    return found


@contextmanager
def running(given: dict[str, str], log: Path) -> Iterator[None]:
    """Airflow as `make airflow` starts it, and ends with Ctrl-C."""
    with log.open("ab") as said:
        # What runs in a shell's background hears no Ctrl-C, nor does what it starts, unless it is told to.
        heard = ["env", "--default-signal=INT", HOUSE / "dags" / "airflow", "up"]
        up = subprocess.Popen(heard, env=given, stdout=said, stderr=said, start_new_session=True)
    try:
        answers = f"http://localhost:{given['AIRFLOW__API__PORT']}"
        until("Airflow starts", lambda: answers in log.read_text(encoding="utf-8"), 120)
        yield
    finally:
        os.killpg(up.pid, signal.SIGINT)
        up.wait(60)
