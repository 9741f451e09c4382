"""The new files of a lake while a night writes them: what is being written, and by which unit."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

UNITS = {
    "format.json": "land", "original": "land", "bronze": "land", "journal": "land",
    "quarantine": "refine", "superseded": "refine", "silver": "refine", "validation": "refine",
    # A rebuild grows in a folder of its own.
    "rebuild": "refine",
    "link": "link", "vault": "protect", "record_version": "protect", "record": "protect", "master": "master",
    "topic": "topics", "catalog": "publish", "open": "publish", "ops": "close",
}  # fmt: skip
# What is no part of the lake's state.
_BESIDE = ("locks", "log", "openlineage", "spark-warehouse")
# A folder's time is no finer than this: what came within it may have been looked at already.
_GRAIN = 50_000_000


class Watch:
    """Finds new files by the folders whose time moved, so that looking costs next to nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._times: dict[str, int] = {}
        self._known: set[str] = set()
        list(self.new())

    def new(self) -> Iterator[Path]:
        """Files that were not there when this was asked last."""
        now = time.time_ns()
        folders = [str(self.root), *self._times]
        for folder in dict.fromkeys(folders):
            yield from self._in(folder, now)

    def _in(self, folder: str, now: int) -> Iterator[Path]:
        try:
            moved = os.stat(folder).st_mtime_ns  # noqa: PTH116  (a Path each would cost more than the look)
        except FileNotFoundError:
            self._times.pop(folder, None)
            return
        if self._times.get(folder) == moved and now - moved > _GRAIN:
            return
        self._times[folder] = moved
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.path not in self._times and entry.name not in _BESIDE:
                    yield from self._in(entry.path, now)
            elif entry.path not in self._known:
                self._known.add(entry.path)
                yield Path(entry.path)


def kind(path: Path) -> str:
    """What is being written: data file, commit, checkpoint, journal, or another file of the lake; "" for no state."""
    if path.name.endswith(".crc"):
        return ""
    if path.parent.name == "_delta_log":
        return "checkpoint" if "checkpoint" in path.name else "commit"
    if ".parquet" in path.name:
        return "data file"
    return "journal" if "journal" in path.parts else "other file"


def unit(path: Path, root: Path) -> str:
    """The unit that writes the file; "" where any may have."""
    parts = path.relative_to(root).parts
    zone = parts[0] if parts[0] not in ("restricted", "governed") or len(parts) < 2 else parts[1]
    return UNITS.get(zone, "")
