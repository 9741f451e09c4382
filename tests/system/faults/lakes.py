"""The small lake that faults are tried on: 200 people, three sources, two dates; how it is run and compared."""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deltalake import DeltaTable

from pipelines.deliveries import Entry

SOURCES = ("police_household", "market_register", "planning_address")
DATES = ("2026-03-02", "2026-03-03")
# `make fault` tries all, `make test` a tenth.
ALL = os.environ.get("RENDI_FAULTS") == "all"
HOUSE = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("rendi.py")
# Which run wrote a row and when: all that may differ.
OF_THE_RUN = {"run", "started", "ended", "seconds", "versions"}
OPS = ("governed/ops/unit", "governed/ops/run")


@dataclass(frozen=True)
class Clean:
    """What runs that nothing disturbed left, after each date: table -> hash of its rows."""

    city: Path
    lake: Path
    contents: tuple[dict[str, str], ...]
    size: int


def started(city: Path, lake: Path, *dates: str) -> subprocess.Popen[bytes]:
    """`rendi run` in a process group of its own, as a scheduler starts it; what it says goes to `log`."""
    command = [sys.executable, str(PROGRAM), "run", "--landing", str(city / "landing"), "--lake", str(lake)]
    command += [a for d in dates for a in ("--date", d)] + [a for s in SOURCES for a in ("--source", s)]
    where = os.environ | {"PYTHONPATH": str(HOUSE)}
    with log(lake).open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, env=where)


def log(lake: Path) -> Path:
    """What the last run on a lake said."""
    return lake.with_suffix(".log")


def ran(city: Path, lake: Path, *dates: str) -> None:
    """A run that has to end well."""
    assert started(city, lake, *dates).wait() == 0, log(lake).read_text(encoding="utf-8")[-3000:]


def contents(lake: Path) -> dict[str, str]:
    """A hash of every table's rows, without what is of the run alone; of every delivery's entry and every open file."""
    found = {}
    for folder in sorted(lake.glob("*/*/*/_delta_log")):
        name = str(folder.parent.relative_to(lake))
        if name not in OPS:
            rows = DeltaTable(str(folder.parent)).to_pyarrow_table()
            columns = [c for c in sorted(rows.column_names) if c not in OF_THE_RUN]
            lines = sorted(map(repr, zip(*(rows[c].to_pylist() for c in columns), strict=True)))
            found[name] = hashlib.sha256("\n".join([repr(columns), *lines]).encode()).hexdigest()
    for file in lake.glob("restricted/journal/*/*.json"):
        entry = Entry.model_validate_json(file.read_text(encoding="utf-8"))
        found[str(file.relative_to(lake))] = hashlib.sha256(repr(entry).encode()).hexdigest()
    for file in (*lake.glob("open/*/*/*.csv"), *lake.glob("restricted/original/*/*/*")):
        found[str(file.relative_to(lake))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def differences(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    """Tables and files that are not as they should be."""
    return [name for name in sorted(found.keys() | wanted.keys()) if found.get(name) != wanted.get(name)]
