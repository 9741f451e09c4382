"""What lies in the landing folder and no contract claims: said aloud, so that no delivery is passed over in silence."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.files import write_whole
from pipelines.land import discover, jdbc
from pipelines.land.discover import Stray
from pipelines.land.folder import found, host, lost
from schemas.contract import Contract
from schemas.errors import RendiError, nearest

_KEPT = "restricted/not_taken.json"
_BESIDE = ("", "-journal", "-wal", "-shm")  # SQLite keeps such files beside a database that is being written


def strays(landing: str, contracts: Iterable[Contract]) -> list[Stray]:
    """Files and folders of a landing folder that no night will take, whatever its date: path and reason, by path.

    landing: local path or fsspec URL; [] where there is none. contracts: those of all sources, not of one run's alone.
    A folder that no source has is one stray, however many files it holds. A README.md, what is hidden, and the database
    file of a JDBC source are none.
    """
    try:
        there = found(landing)
    except RendiError as error:
        # The sources have failed by it already; a night that closed does not fail by it again.
        return [Stray(host(landing), str(error))]
    if there is None:
        return []
    fs, root = there
    known = {contract.source: contract for contract in contracts}
    files = [file for contract in known.values() if (file := jdbc.database(contract, landing))]
    return sorted(
        _Landing(fs, landing, root.rstrip("/"), known, {_real(f) + end for f in files for end in _BESIDE}).all()
    )


def keep(root: str, found: Iterable[Stray]) -> None:
    """Remember what a night left lying, for `rendi status`. root: the lake's."""
    write_whole(f"{root}/{_KEPT}", json.dumps([one._asdict() for one in found], indent=1))


def remembered(root: str) -> list[dict[str, str]]:
    """What the last closed night left lying: path and reason, in characters that can be printed."""
    file = Path(root, _KEPT)
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    # A file may be named by bytes that are no text.
    return [{key: os.fsencode(text).decode("utf-8", "backslashreplace") for key, text in one.items()} for one in found]


@dataclass(frozen=True)
class _Landing:
    fs: Any
    landing: str
    root: str
    known: dict[str, Contract]
    databases: set[str]

    def all(self) -> Iterator[Stray]:
        """The strays of the folder, without those that need no word."""
        try:
            paths = [str(path).rstrip("/") for path in self.fs.ls(self.root, detail=False)]
        except lost() as error:
            yield self._closed(self.root, error)
            return
        for path in paths:
            try:
                found = list(self._of(path))
            except lost() as error:
                found = [self._closed(path, error)]
            yield from (one for one in found if self._counts(one.path))

    def _of(self, path: str) -> Iterator[Stray]:
        name = path.rsplit("/", 1)[-1]
        if not self.fs.isdir(path):
            yield self._stray(path, self._loose(name))
        elif name not in self.known:
            self.fs.ls(path)  # says whether it can be opened, which `find` does not
            files = [file for file in self.fs.find(path) if self._counts(discover.address(self.fs, str(file)))]
            if files:
                held = "its only file is" if len(files) == 1 else f"its {len(files)} files are"
                yield self._stray(path, f"is no source's folder, and {held} not taken{nearest(name, self.known)}")
        elif self.known[name].asked:
            place = "database" if self.known[name].format == "jdbc" else "interface"
            for file in self.fs.find(path):
                yield self._stray(str(file), f"is a file, and {name} is read from its {place}")
        else:
            yield from discover.strays(self.landing, self.known[name])

    def _loose(self, name: str) -> str:
        owners = [s for s, c in self.known.items() if name.lower().startswith(f"{s}_") and not c.asked]
        if owners:
            return f"lies in no source's folder: move it into {max(owners, key=len)}/"
        return "lies in no source's folder: deliveries are <source>/<source>_<YYYYMMDD>[_<part>].<extension>"

    def _stray(self, path: str, reason: str) -> Stray:
        return Stray(discover.address(self.fs, path), reason)

    def _closed(self, path: str, error: Exception) -> Stray:
        return self._stray(path, f"cannot be opened ({type(error).__name__})")

    def _counts(self, address: str) -> bool:
        below = address[len(discover.address(self.fs, self.root)) :].split("/")
        hidden = any(name.startswith(".") and not name.startswith("..") for name in below)
        return not hidden and below[-1].lower() != "readme.md" and _real(address) not in self.databases


def _real(address: str) -> str:
    return address if "://" in address else str(Path(address).resolve())
