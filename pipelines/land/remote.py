"""Files of a landing folder on another machine, fetched whole before they are read."""

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

from pipelines.land import discover
from pipelines.land.discover import Candidate
from pipelines.land.folder import closed, is_local, lost, opened
from schemas.contract import Contract

# Seconds between two looks at files that are new: what changed is still being written.
SETTLE = 3.0


def fetched(landing: str, contract: Contract, night: dt.date, folder: Path) -> str:
    """The landing folder to read: itself where it is local, else `folder`, with the source's files in it.

    folder: where fetched files lie, with size and time as over there, so that they are not fetched again. A file whose
    size or time changes while it is looked at is left for the next run, with all parts of its business date. RendiError
    where the connection is lost: what was fetched by then is whole, and the next run goes on from there.
    """
    files, _ = opened(landing)
    if is_local(files):
        return landing
    here = folder / contract.source
    here.mkdir(parents=True, exist_ok=True)
    try:
        _mirror(files, landing, contract, night, here)
    except lost() as error:
        # The connection is shared by what comes after.
        type(files).clear_instance_cache()
        raise closed(landing, error) from None
    return str(folder)


def _mirror(files: Any, landing: str, contract: Contract, night: dt.date, here: Path) -> None:
    found = _states(files, discover.candidates(landing, contract, night))
    new = {one: state for one, state in found.items() if _state(here / one.name) != state}
    if new:
        time.sleep(SETTLE)
    unsettled = set()
    for one, state in new.items():
        if not _fetch(files, one, state, here / one.name):
            unsettled.add(one.date)
    kept = {one.name for one in found if one.date not in unsettled}
    for file in here.iterdir():
        if file.name not in kept:
            file.unlink()


def _fetch(files: Any, one: Candidate, state: tuple[int, int], target: Path) -> bool:
    """Whether the file was there as it had been seen, from before it was fetched until after."""
    if _now(files, one) != state:
        return False
    part = target.with_name(f"{target.name}.part")
    with files.open(one.path, "rb") as source, part.open("wb") as copy:
        while block := source.read(1 << 20):
            copy.write(block)
    size, changed = state
    if part.stat().st_size != size or _now(files, one) != state:
        part.unlink()
        return False
    os.utime(part, (changed, changed))
    part.rename(target)
    return True


def _states(files: Any, candidates: list[Candidate]) -> dict[Candidate, tuple[int, int]]:
    return {one: _now(files, one) for one in candidates}


def _now(files: Any, one: Candidate) -> tuple[int, int]:
    """Size in bytes, and time of change in whole seconds, as over there."""
    files.invalidate_cache()
    return int(files.size(one.path)), int(files.modified(one.path).timestamp())


def _state(file: Path) -> tuple[int, int] | None:
    return (file.stat().st_size, int(file.stat().st_mtime)) if file.exists() else None
