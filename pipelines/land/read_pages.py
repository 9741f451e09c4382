"""Paged JSON from a department's HTTP interface: all its records, each once, as JSON lines."""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from pipelines.land.encoding import codec
from pipelines.land.json_rows import Rows
from pipelines.land.json_text import as_text
from pipelines.land.web import Answer, Web, variable
from schemas.contract import Contract
from schemas.errors import RendiError
from schemas.pages import Pages, at

# Pages in a row that bring nothing new before an interface is taken to have no more.
_BARREN = 3
# Digits of the largest total that can be one. Python converts no more than 4,300.
_DIGITS = 18


@dataclass(frozen=True)
class Fetched:
    """What an interface gave. lines: a file of JSON lines, one a record, in an order that only their content decides;
    pages: the folder of documents as they came; records: lines; reason: why it is not whole, or empty.
    """

    lines: Path
    pages: Path
    records: int
    reason: str


def dated(contract: Contract) -> bool:
    """Whether the interface is asked for a business date, and does not only show the present."""
    return "{date}" in _url(contract)


def address(contract: Contract, day: date) -> str:
    """Where the interface is: RENDI_HTTP_<SOURCE> over the contract's `url`, with the business date for {date}."""
    url = _url(contract)
    if not _is_web(url):
        raise RendiError(f"{contract.source}: 'url' is no http or https address")
    return url.replace("{date}", day.isoformat())


def fetch(contract: Contract, day: date, folder: Path) -> Fetched:
    """All records of the interface, into an empty folder.

    A page that comes twice adds nothing; that all pages came, in whatever order, is known by the total, which must
    equal the number of different records. Where it does not, or changes from page to page, records were moving below
    the pages: all pages are asked for once again, and what then does not hold has a `reason`. So they are where two
    pages hold different records of one key, which may be one record before and after it changed, in the place of
    another that was on no page; twice in a row, it is taken for what the department holds. RendiError where a page
    cannot be had.
    """
    pages = contract.pages
    assert pages is not None
    web = Web(contract, pages.per_second)
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "pages").mkdir(parents=True)
        with _Records(folder / "records.sqlite", contract) as records:
            reason = _round(web, pages, address(contract, day), folder / "pages", records)
            lines = folder / f"{contract.source}_{day:%Y%m%d}.jsonl"
            found = Fetched(lines, folder / "pages", records.write(lines, codec(contract)), reason)
            moved = records.moved()
        if not reason and not moved:
            break
    return found


def line(record: Any) -> str:
    """A record as one line that is the same whatever the order of its keys; values as text, as they were written."""
    if isinstance(record, dict):
        with suppress(ValueError):  # half a character: what follows says so in ASCII, and is malformed
            text = json.dumps({k: as_text(v) for k, v in record.items()}, ensure_ascii=False, sort_keys=True)
            text.encode()
            return text
    return json.dumps(record, sort_keys=True, default=str)


def _url(contract: Contract) -> str:
    return os.environ.get(variable(contract)) or str(contract.url)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, or a port, that are none
        return False


def _round(web: Web, pages: Pages, url: str, folder: Path, records: "_Records") -> str:
    """Ask for all pages; gives why they are not whole, or nothing."""
    total: int | None = None
    for number, answer in enumerate(_answers(web, pages, url, records), start=1):
        (folder / f"{number:06d}.json").write_bytes(answer.data)
        here, rows = at(answer.document, pages.total), at(answer.document, pages.rows)
        if isinstance(here, bool) or not str(here).isdecimal():
            return (
                f"page {number} has no number at '{pages.total}', where the total should be: is the contract's 'pages' "
                "right, is the page an error message, or has the token run out?"
            )
        if len(str(here)) > _DIGITS:
            return f"page {number} has a number of {len(str(here))} digits at '{pages.total}', which is no total"
        if not isinstance(rows, list):
            return f"page {number} has no list at '{pages.rows}', where the records should be"
        if total is not None and int(here) != total:
            return f"the total changed from {total} to {here} while the pages were fetched, twice in a row"
        total = int(here)
        records.add(number, rows)
        records.wanted = total
    if records.different != total:
        again = records.received - records.different
        return (
            f"the interface says {total} records, and gave {records.different} different ones ({again} came again), "
            "twice in a row"
        )
    return ""


def _answers(web: Web, pages: Pages, url: str, records: "_Records") -> Iterator[Answer]:
    """The pages one after the other; whoever takes them adds to `records`, by which the end is seen."""
    size = {pages.size_parameter: str(pages.size)} if pages.size_parameter else {}
    start = _with(url, {**size, **({pages.number: str(pages.first)} if pages.number else {})})
    following: str | None = start
    asked: set[str] = set()
    barren, number = 0, pages.first
    while following and following not in asked and barren < _BARREN:
        asked.add(following)
        before = records.different
        answer = web.ask(following)
        yield answer
        barren = 0 if records.different > before else barren + 1
        if pages.number:
            number += 1
            more = records.wanted is not None and records.different < records.wanted
            following = _with(start, {pages.number: str(number)}) if more else None
        elif pages.cursor:
            cursor = _cursor(at(answer.document, str(pages.cursor_at)), str(pages.cursor_at))
            following = _with(start, {pages.cursor: cursor}) if cursor else None
        else:
            following = _next(following, at(answer.document, str(pages.next)))


def _cursor(said: Any, place: str) -> str | None:
    try:
        return as_text(said)
    except ValueError:
        raise RendiError(f"the cursor at '{place}' holds half a character: ask the department") from None


def _next(here: str, said: Any) -> str | None:
    if not isinstance(said, str) or not said:
        return None
    try:
        url = urljoin(here, said)
        url.encode()  # half a character is none
        elsewhere = urlsplit(url)[:2] != urlsplit(here)[:2]
    except ValueError:
        host = urlsplit(here).hostname
        raise RendiError(f"the page after one of {host} has an address that is none: ask the department") from None
    if elsewhere:
        # It would be given the token.
        raise RendiError(f"the page after one of {urlsplit(here).hostname} lies on another server: it is not asked for")
    return url


def _with(url: str, parameters: dict[str, str]) -> str:
    parts = urlsplit(url)
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key not in parameters]
    return parts._replace(query=urlencode([*kept, *parameters.items()])).geturl()


class _Records:
    """Different records on disk, in the order of their hashes: as many as there may be, and memory for none."""

    def __init__(self, file: Path, contract: Contract) -> None:
        self._file = file
        self._field = Rows(contract, file.name).field
        self._keys = [field.name for field in contract.keys]
        self.received = self.different = 0
        self.wanted: int | None = None

    def __enter__(self) -> "_Records":
        self._database = sqlite3.connect(self._file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE record (hash BLOB PRIMARY KEY, line TEXT, key TEXT, page INT) WITHOUT ROWID"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._file.unlink()

    def add(self, page: int, rows: list[Any]) -> None:
        """Add a page's records."""
        lines = [(line(row), self._key(row)) for row in rows]
        found = [(hashlib.sha256(text.encode()).digest(), text, key, page) for text, key in lines]
        before = self._database.total_changes
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?)", found)
        self._database.execute("COMMIT")
        self.received += len(found)
        self.different += self._database.total_changes - before

    def moved(self) -> bool:
        """Whether two pages hold different records of one key."""
        pages = "SELECT 1 FROM record WHERE key IS NOT NULL GROUP BY key HAVING MIN(page) < MAX(page) LIMIT 1"
        return self._database.execute(pages).fetchone() is not None

    def _key(self, record: Any) -> str | None:
        if not isinstance(record, dict):
            return None
        fields = {self._field(name): value for name, value in record.items()}
        # In ASCII, for half a character is no text.
        return next((json.dumps([key, fields[key]]) for key in self._keys if fields.get(key) not in (None, "")), None)

    def write(self, file: Path, encoding: str) -> int:
        """Write them as lines; gives how many."""
        with file.open("w", encoding=encoding, newline="\n") as lines:
            for (text,) in self._database.execute("SELECT line FROM record ORDER BY hash"):
                lines.write(text + "\n")
        return self.different
