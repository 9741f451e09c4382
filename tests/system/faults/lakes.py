"""The small lake that faults are tried on: 200 people, three sources, two dates; how it is run and compared."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

SOURCES = ("police_household", "market_register", "planning_address")
DATES = ("2026-03-02", "2026-03-03")
# `make fault` tries all, `make test` a tenth.
ALL = os.environ.get("RENDI_FAULTS") == "all"
HOUSE = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("rendi.py")
# The two ways of a commit; rows beyond which a run takes the second, by the variable that rendi.py alone reads.
WAYS = ("few rows", "many rows")
SENT = {"RENDI_FAULTS_SENT": "1"}
# A run that goes on where another was killed counts the rows that it wrote itself, and may close a night once more.
OF_RUNS: dict[str, Callable[[dict[str, Any]], object]] = {
    "governed/ops/unit": lambda row: (row["unit"], row["source"], row["state"], row["reason"]),
    "governed/ops/run": lambda row: (row["state"], sorted(table for table, _ in row["versions"])),
}
# What tells of the last try, and what is no part of the lake's state.
BESIDE = (
    "governed/ops/docs",
    "governed/ops/openlineage",
    "locks",
    "restricted/damaged",
    "restricted/log",
    "restricted/validation",
)
# Zones and kinds of open files without which a comparison would say little.
COMPARED = {
    "bronze", "quarantine", "superseded", "silver", "link", "vault", "record", "record_version", "master", "topic",
    "catalog", "ops", "journal", "original", ".csv", ".json", ".parquet", ".ttl",
}  # fmt: skip


@dataclass(frozen=True)
class Clean:
    """What runs that nothing disturbed left, after each date: what is compared -> its hash, and bytes of all files."""

    city: Path
    lake: Path
    contents: tuple[dict[str, str], ...]
    sizes: tuple[int, ...]


def started(city: Path, lake: Path, *dates: str, way: str = WAYS[0], rebuild: bool = False) -> subprocess.Popen[bytes]:
    """`rendi run` in a process group of its own, as a scheduler starts it; what it says goes to `log`."""
    command = [sys.executable, str(PROGRAM), "run", "--landing", str(city / "landing"), "--lake", str(lake)]
    command += [a for d in dates for a in ("--date", d)] + [a for s in SOURCES for a in ("--source", s)]
    command += ["--rebuild"] if rebuild else []
    where = os.environ | {"PYTHONPATH": str(HOUSE)} | (SENT if way == WAYS[1] else {})
    with log(lake).open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, env=where)


def log(lake: Path) -> Path:
    """What the last run on a lake said."""
    return lake.with_suffix(".log")


def said(lake: Path) -> str:
    """The end of what the last run on a lake said, and what it kept of errors whose text may hold values."""
    kept = sorted((lake / "restricted" / "log").glob("*.txt"), key=lambda file: file.stat().st_mtime)
    return "\n".join(file.read_text(encoding="utf-8")[-3000:] for file in (log(lake), *kept[-1:]))


def ran(city: Path, lake: Path, *dates: str, way: str = WAYS[0], rebuild: bool = False) -> None:
    """A run that has to end well."""
    running = started(city, lake, *dates, way=way, rebuild=rebuild)
    assert running.wait() == 0, said(lake)


def contents(lake: Path) -> dict[str, str]:
    """A hash of every table's rows and types, and of every other file, but for what is `BESIDE`.

    Of `OF_RUNS` a night at a time: which units ran and how they ended, and which tables it closed.
    """
    tables = sorted(log.parent for log in lake.glob("*/*/*/_delta_log"))
    found = {name: told for table in tables for name, told in _rows(table, str(table.relative_to(lake)))}
    apart = {*tables, *(lake / name for name in BESIDE)}
    for file in lake.rglob("*"):
        if file.is_file() and apart.isdisjoint(file.parents):
            found[str(file.relative_to(lake))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def _rows(table: Path, name: str) -> Iterator[tuple[str, str]]:
    rows = DeltaTable(str(table)).to_pyarrow_table()
    if name in OF_RUNS:
        for night in sorted(set(rows["night"].to_pylist())):
            lines = {repr(OF_RUNS[name](row)) for row in rows.to_pylist() if row["night"] == night}
            yield f"{name} of {night}", _hash(lines)
    else:
        types = {column: str(rows.schema.field(column).type) for column in sorted(rows.column_names)}
        lines = map(repr, zip(*(rows[column].to_pylist() for column in types), strict=True))
        yield name, _hash([repr(types), *lines])


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def kinds(found: Mapping[str, str]) -> set[str]:
    """The zones of what is compared, and the endings of open files."""
    parts = [Path(name) for name in found if "/" in name]
    return {path.suffix if path.parts[0] == "open" else path.parts[1] for path in parts}


def differences(found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Tables and files that are not as they should be."""
    return [name for name in sorted(found.keys() | wanted.keys()) if found.get(name) != wanted.get(name)]


def commits(lake: Path) -> Counter[tuple[str, str]]:
    """How many commits the lake's tables have, by who made them (Spark, or delta-rs for few rows) and operation."""
    made: Counter[tuple[str, str]] = Counter()
    for file in lake.glob("*/*/*/_delta_log/*.json"):
        told: list[dict[str, Any]] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for info in (one["commitInfo"] for one in told if "commitInfo" in one):
            made["Spark" if "Spark" in info["engineInfo"] else "delta-rs", info["operation"]] += 1
    return made


def without_end(lake: Path, date: str) -> set[str]:
    """Ids of the runs of units that lineage was told of, of one date, and of none of them how it ended."""
    told: dict[str, set[str]] = defaultdict(set)
    lines = (lake / "governed" / "ops" / "openlineage" / f"{date}.jsonl").read_text(encoding="utf-8").splitlines()
    for event in map(json.loads, lines):
        told[event["run"]["runId"]].add(event["eventType"])
    return {run for run, states in told.items() if states == {"START"}}
