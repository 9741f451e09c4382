"""Which deliveries lie in a landing folder, and which files there are none."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from fsspec.core import url_to_fs

from pipelines.land.folder import is_folder, is_local, opened
from schemas.contract import Contract

_READ = 1 << 20
# A delivery is written for a night that is near.
FAR = timedelta(days=366)


@dataclass(frozen=True)
class Part:
    """One delivered file. path: local path or fsspec URL; size: bytes; sha256: of the file as it lies there."""

    path: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Delivery:
    """All parts of one source and business date, sorted by name."""

    source: str
    date: date
    parts: tuple[Part, ...]

    @property
    def id(self) -> str:
        """16 hex digits over source, date and the sorted hashes of the parts: names and order do not count."""
        return identity(self.source, self.date, *sorted(part.sha256 for part in self.parts))


class Stray(NamedTuple):
    """A file under a source's landing folder that is no delivery, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Candidate:
    """A file that is a part of a delivery by its name: where it lies, its name and size, and its business date."""

    path: str
    name: str
    size: int
    date: date


def identity(source: str, day: date, *contents: str) -> str:
    """A delivery's name: the first 16 hex digits of SHA-256 over source, business date and content hashes."""
    return hashlib.sha256("\n".join([source, day.isoformat(), *contents]).encode()).hexdigest()[:16]


def deliveries(landing: str, contract: Contract, up_to: date) -> list[Delivery]:
    """The deliveries of a source dated up to a day, oldest first.

    landing: local path or fsspec URL; files are <landing>/<source>/<source>_<YYYYMMDD>[_<part>].<extension>, with
    .gz or .zip behind it if compressed. Reads every such file once, for its hash. What does not fit is in `strays`.
    """
    fs, _ = opened(landing)
    found: dict[date, list[Part]] = defaultdict(list)
    for one in candidates(landing, contract, up_to):
        found[one.date].append(Part(address(fs, one.path), one.name, one.size, _sha256(fs, one.path)))
    return [
        Delivery(contract.source, day, tuple(sorted(parts, key=lambda part: part.name)))
        for day, parts in sorted(found.items())
    ]


def candidates(landing: str, contract: Contract, up_to: date) -> list[Candidate]:
    """The files of a source that are parts of deliveries dated up to a day, by name."""
    return [one for one in _judged(landing, contract) if isinstance(one, Candidate) and one.date <= up_to]


def single(path: str, contract: Contract, day: date) -> Delivery:
    """One file by itself as a delivery of the source, whatever its name."""
    fs, inside = url_to_fs(path)
    part = Part(address(fs, inside), inside.rsplit("/", 1)[-1], fs.size(inside), _sha256(fs, inside))
    return Delivery(contract.source, day, (part,))


def strays(landing: str, contract: Contract) -> list[Stray]:
    """What lies in the source's landing folder and is no delivery, with the reason, sorted by path.

    A file dated more than a year ahead of today is one: it waits for that night, and hardly anybody meant it to.
    """
    fs, _ = opened(landing)
    ahead = datetime.now(UTC).date() + FAR
    reason = "is dated more than a year ahead, and waits for that night: is the year in its name right?"
    return [
        one if isinstance(one, Stray) else Stray(address(fs, one.path), reason)
        for one in _judged(landing, contract)
        if isinstance(one, Stray) or one.date > ahead
    ]


def _judged(landing: str, contract: Contract) -> Iterator[Candidate | Stray]:
    fs, root = opened(landing)
    folder = f"{root.rstrip('/')}/{contract.source}"
    if not is_folder(fs, folder):
        return
    seen: dict[str, str] = {}
    for entry in sorted(fs.ls(folder, detail=True), key=lambda entry: str(entry["name"])):
        path = str(entry["name"])
        name = path.rstrip("/").rsplit("/", 1)[-1]
        day, misnamed = _dated(name, contract)
        reason = _outside(fs, path, root) or (
            "is not a file" if entry["type"] != "file" else misnamed or _unreadable(fs, path)
        )
        # Case does not count in a name.
        stem = name.split(".", 1)[0].lower()
        if not reason and stem in seen:
            # A file and its compressed twin would count every row twice.
            reason = f"is the same part as {seen[stem]}: leave one of the two"
        if reason:
            yield Stray(address(fs, path), reason)
            continue
        seen[stem] = name
        yield Candidate(path, name, int(fs.size(path)), day)


def _dated(name: str, contract: Contract) -> tuple[date, str]:
    """The business date in a file's name and "", or any date and why the name has none."""
    pattern = rf"{contract.source}_([0-9]{{8}})(?:_[A-Za-z0-9-]+)?(?:\.{contract.format}(?:\.gz|\.zip)?|\.zip)"
    match = re.fullmatch(pattern, name, re.IGNORECASE)
    if not match:
        return date.max, f"is not named {contract.source}_<YYYYMMDD>[_<part>].{contract.format}[.gz|.zip]"
    day = _day(match[1])
    return (day, "") if day else (date.max, "has no day of the calendar in its name")


def _outside(fs: Any, path: str, root: str) -> str:
    if not is_local(fs) or not Path(path).is_symlink():
        return ""
    inside = Path(path).resolve().is_relative_to(Path(root).resolve())
    return "" if inside else "is a link that leads out of the landing folder"


def _unreadable(fs: Any, path: str) -> str:
    try:
        with fs.open(path, "rb") as file:
            file.read(1)
    except OSError as error:
        return f"cannot be opened ({type(error).__name__})"
    return ""


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def address(fs: Any, path: str) -> str:
    """A path of a file system as people and fsspec write it: local ones as they are, others with their protocol."""
    return path if is_local(fs) else str(fs.unstrip_protocol(path))


def _sha256(fs: Any, path: str) -> str:
    digest = hashlib.sha256()
    with fs.open(path, "rb") as file:
        while chunk := file.read(_READ):
            digest.update(chunk)
    return digest.hexdigest()
