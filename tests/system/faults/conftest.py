"""The lake that nothing disturbed, and where results are written down."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo import write
from tests.system.faults.lakes import COMPARED, DATES, SOURCES, Clean, contents, differences, kinds, ran

Note = Callable[..., None]


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """Two nights, a command each."""
    folder = tmp_path_factory.mktemp("faults")
    city, lake = folder / "city", folder / "clean"
    write(city, people=200, seed=5, days=len(DATES))
    found, sizes = [], []
    for date in DATES:
        ran(city, lake, date)
        found.append(contents(lake))
        sizes.append(sum(p.stat().st_size for p in lake.rglob("*") if p.is_file()))
    # Two lakes without rows would be equal as well.
    assert kinds(found[-1]) >= COMPARED, COMPARED - kinds(found[-1])
    assert len(differences(*found)) > len(SOURCES)
    return Clean(city, lake, tuple(found), tuple(sizes))


@pytest.fixture
def lake(clean: Clean, tmp_path: Path) -> Path:
    """Where a lake may be made, beside the same keys: or every identifier would differ."""
    shutil.copy(f"{clean.lake}.keys.json", tmp_path / "lake.keys.json")
    return tmp_path / "lake"


@pytest.fixture
def note() -> Note:
    """Write down what a fault came to: kind, what exactly, points, outcome; docs/reliability.md is made of it."""
    begun = time.monotonic()

    def written(kind: str, what: str, points: int, outcome: str, seconds: float | None = None) -> None:
        nonlocal begun
        taken = time.monotonic() - begun if seconds is None else seconds
        said = {"kind": kind, "what": what, "points": points, "seconds": round(taken), "outcome": outcome}
        begun = time.monotonic()
        if "RENDI_FAULTS_RESULTS" in os.environ:
            with Path(os.environ["RENDI_FAULTS_RESULTS"]).open("a", encoding="utf-8") as file:
                file.write(json.dumps(said, ensure_ascii=False) + "\n")

    return written
