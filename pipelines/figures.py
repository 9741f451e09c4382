"""Figures of the units: one JSON file a unit and source, by rename, until the night's closing folds them (rule 5).

A scheduler runs each unit in a process of its own; the last one tells of all. A unit that runs again writes over what
it said before, and one that was killed has said that it started. All of them are of one run, until it closes.
"""

import datetime as dt
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipelines.files import write_whole

RUN = "run"
STARTED = "started"
KILLED = "its process ended before it could say why: see the scheduler's log"


class Figure(BaseModel):
    """How a unit went, of one source or of all (source is empty). run: by which id lineage knows this run of it."""

    model_config = ConfigDict(frozen=True)
    night: dt.date
    unit: str
    source: str
    started: dt.datetime
    seconds: float
    state: str
    reason: str = ""
    run: str = ""


def run(root: str, night: dt.date, new: str) -> str:
    """The id of the run that a night is in: `new` where none has begun since the last closing."""
    folder = _folder(root, night)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder) as file:
        file.write(new)
        file.flush()
        # Of processes that begin at once the first one names the run, and no one reads half a name.
        with suppress(FileExistsError):
            os.link(file.name, folder / RUN)
    return (folder / RUN).read_text(encoding="utf-8")


def write(root: str, figure: Figure, over: bool = True) -> None:
    """Keep what is known of a unit of a night. over: also where something is known of it already."""
    file = _file(root, figure.night, figure.unit, figure.source)
    if over or not file.exists():
        write_whole(str(file), figure.model_dump_json(indent=1))


def killed(root: str, night: dt.date, unit: str, source: str) -> Figure | None:
    """The last run of a unit whose lock is held here, where it started and never said how it ended."""
    file = _file(root, night, unit, source)
    last = Figure.model_validate_json(file.read_text(encoding="utf-8")) if file.exists() else None
    return last if last is not None and last.state == STARTED else None


def of(root: str, night: dt.date) -> list[Figure]:
    """The figures of a night that has not closed, in the order in which the units started."""
    return [
        f.model_copy(update={"state": "failed", "reason": KILLED}) if f.state == STARTED else f
        for f in so_far(root, night)
    ]


def so_far(root: str, night: dt.date) -> list[Figure]:
    """As `of`, where the night may be at work still: what has started and not ended is so."""
    found = [Figure.model_validate_json(p.read_text(encoding="utf-8")) for p in _folder(root, night).glob("*.json")]
    return sorted(found, key=lambda f: (f.started, f.unit, f.source))


def nights(root: str) -> list[dt.date]:
    """The nights that ran and did not close, oldest first."""
    return sorted(dt.date.fromisoformat(p.name) for p in Path(root, "restricted", "figures").glob("*-*-*"))


def clear(root: str, night: dt.date) -> None:
    """Forget a night's figures: they stand in ops now."""
    shutil.rmtree(_folder(root, night), ignore_errors=True)


def _file(root: str, night: dt.date, unit: str, source: str) -> Path:
    return _folder(root, night) / (f"{unit}-{source}.json" if source else f"{unit}.json")


def _folder(root: str, night: dt.date) -> Path:
    return Path(root, "restricted", "figures", str(night))
