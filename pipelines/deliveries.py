"""The journal of deliveries: what came, and what became of it. One JSON file a delivery, written by rename (rule 5)."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import fsspec
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.files import write_whole
from pipelines.lake import Lake
from schemas.errors import RendiError

State = Literal["landed", "accepted", "refused", "skipped", "replaced"]

IN_FORCE: tuple[State, ...] = ("landed", "accepted")
BY_HAND = "refused by an engineer"


class PartOf(BaseModel):
    """One delivered file: its name, SHA-256 and size in bytes."""

    model_config = ConfigDict(frozen=True)
    name: str
    sha256: str
    size: int


class Entry(BaseModel):
    """One delivery of one source: figures as of the night that judged it (rule 1).

    facts: by which it was judged. begun: by which it is being judged, or `rebuilt`, while its rows may stand in some of
    the tables: it is at work, or was killed. keyed: by which definition bronze holds its rows' keys.
    """

    model_config = ConfigDict(frozen=True)
    source: str
    delivery: str
    date: dt.date
    night: dt.date
    state: State
    reason: str = ""
    parts: tuple[PartOf, ...] = ()
    content: str = ""
    delivered: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    facts: str = ""
    begun: str = ""
    keyed: str = ""
    rules: dict[str, int] = {}


@dataclass(frozen=True)
class Journal:
    """The deliveries of one source."""

    lake: Lake
    source: str

    def entries(self) -> list[Entry]:
        """All deliveries, by business date and then by delivery."""
        files, folder = fsspec.core.url_to_fs(self._folder)
        if not files.exists(folder):
            return []
        found = [p for p in files.ls(folder, detail=False) if p.endswith(".json")]
        entries = [entry(files.cat_file(p), p) for p in found]
        return sorted(entries, key=lambda e: (e.date, e.delivery))

    def accepted(self) -> list[Entry]:
        """The deliveries in force, oldest first."""
        return [e for e in self.entries() if e.state == "accepted"]

    def in_force(self) -> list[Entry]:
        """The deliveries in force and those that are about to be, oldest first."""
        return [e for e in self.entries() if e.state in IN_FORCE]

    def write(self, entry: Entry) -> None:
        """Write one delivery's entry whole: readers see the old one or the new one."""
        write_whole(f"{self._folder}/{entry.delivery}.json", entry.model_dump_json(indent=1))

    @property
    def _folder(self) -> str:
        return f"{self.lake.root}/restricted/journal/{self.source}"


def entry(text: bytes, path: str) -> Entry:
    """The entry that a file of the journal holds; RendiError names the file where it is none."""
    try:
        return Entry.model_validate_json(text)
    except ValidationError:
        raise RendiError(f"{path} is no entry of the journal: put it back from a backup") from None


def delivery_name(date: dt.date, identity: str) -> str:
    """The name of a delivery: its business date, then its hash, so that names sort by date."""
    return f"{date:%Y%m%d}-{identity}"
