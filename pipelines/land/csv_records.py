"""Which lines of a CSV file make which record (RFC 4180, section 2).

A quote that is never closed must not swallow the rows behind it: a record over several lines is believed only if it
has the right number of fields, and no field with line ends in it holds as many separators as a whole row does.
Otherwise its first line alone is malformed, and reading goes on at the next.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines.land.encoding import BOM

# What one record may take: an unclosed quote costs no more than this to find out.
MOST_LINES = 1000
MOST_BYTES = 1 << 20

csv.field_size_limit(1 << 30)
_BLANK = re.compile(rb"(?m)^[ \t\r]*\n|^[ \t\r]+\Z")
_BLANK_INSIDE = re.compile(rb"\n[ \t\r]*\n")
# A run of lines that each hold a quote and are well-formed on their own, and so are records on their own.
_FIELD = rb'(?:"(?:[^"\r\n]|"")*+"|[^",\r\n]++)?+'
_SIMPLE = re.compile(rb'(?:(?=[^"\n]*+")' + _FIELD + rb"(?:," + _FIELD + rb")*+\r?\n)++")


@dataclass
class Records:
    """What a stretch of lines holds, by row number.

    plain: (first row number, bytes of lines without any quote, none of them blank); simple: the same of lines with
    quotes that are records on their own; both may still have a wrong number of fields. parsed: rows that need the whole
    of RFC 4180; bad: lines that are no rows; used: bytes read; rows: rows found.
    """

    plain: list[tuple[int, bytes]] = field(default_factory=list)
    simple: list[tuple[int, bytes]] = field(default_factory=list)
    parsed: list[tuple[int, list[str]]] = field(default_factory=list)
    bad: list[tuple[int, bytes]] = field(default_factory=list)
    used: int = 0
    rows: int = 0


def split(data: bytes, lines: int, final: bool, columns: int, encoding: str, first: int) -> Records:
    """Split bytes into records.

    data: begins at a line's start; lines: where its last whole line ends; final: the file ends there; columns: fields a
    row must have; first: number of the first row. Stops early where a record might go on behind `data`.
    """
    found = Records()
    position = 0
    while position < lines:
        quote = data.find(b'"', position, lines)
        start = lines if quote < 0 else max(position, data.rfind(b"\n", position, quote) + 1)
        if start > position:
            plain = _without_blanks(data[position:start])
            if plain:
                found.plain.append((first + found.rows, plain))
                found.rows += height(plain)
            position = start
        if quote < 0:
            break
        if not final and start + MOST_BYTES > len(data):
            break
        if simple := _SIMPLE.match(data, start, lines):
            found.simple.append((first + found.rows, simple.group()))
            found.rows += height(simple.group())
            position = simple.end()
            continue
        fields, position = _record(data, start, lines, columns, encoding)
        if fields is None:
            found.bad.append((first + found.rows, data[start:position]))
        else:
            found.parsed.append((first + found.rows, fields))
        found.rows += 1
    found.used = position
    return found


def height(lines: bytes) -> int:
    """How many lines there are, none of them blank."""
    return lines.count(b"\n") + (not lines.endswith(b"\n"))


def row(line: bytes, columns: int, encoding: str) -> list[str] | None:
    """The fields of a line that is a record on its own, or None where it is malformed."""
    if b'"' in line:
        return _record(line, 0, len(line), columns, encoding)[0]
    if b"\0" in line:
        return None
    try:
        fields = line.decode(encoding).rstrip("\r\n").split(",")
    except UnicodeDecodeError:
        return None
    return fields if len(fields) == columns else None


def whole(line: bytes, encoding: str) -> str:
    """A malformed line as text: what cannot be decoded is shown as backslash escapes."""
    return line.rstrip(b"\r\n").decode(encoding, "backslashreplace").replace("\0", "\\x00")


def first_record(data: bytes, encoding: str) -> tuple[list[str], int]:
    """The header's fields, and where the line behind it begins; ([], length) where there is no line at all."""
    # A byte order mark before a quote would make a part of the text of the quote.
    mark = BOM.encode(encoding)
    position = len(mark) if data.startswith(mark) else 0
    while position < len(data):
        stop = data.find(b"\n", position) + 1 or len(data)
        if data[position:stop].strip():
            fields, stop = _record(data, position, len(data), None, encoding)
            return fields or [], stop
        position = stop
    return [], len(data)


def _without_blanks(lines: bytes) -> bytes:
    # Looking for a blank line costs a fifth of removing them, and most files have none.
    if lines[:1] in b" \t\r\n" or not lines.endswith(b"\n") or _BLANK_INSIDE.search(lines):
        return _BLANK.sub(b"", lines)
    return lines


def _record(data: bytes, start: int, end: int, columns: int | None, encoding: str) -> tuple[list[str] | None, int]:
    stops: list[int] = []

    def lines() -> Iterator[str]:
        position = start
        while position < end:
            stop = data.find(b"\n", position, end) + 1 or end
            if stops and (len(stops) == MOST_LINES or stop - start > MOST_BYTES):
                return
            stops.append(stop)
            line = data[position:stop]
            if b"\0" in line:
                raise csv.Error("NUL")
            yield line.decode(encoding)
            position = stop

    reader = csv.reader(lines(), strict=True)
    try:
        fields = next(reader)
    except (csv.Error, UnicodeDecodeError):
        return None, stops[0]
    if columns is not None and len(fields) != columns:
        return None, stops[0]
    if reader.line_num > 1 and columns is not None:
        separators = max(1, columns - 1)
        if any("\n" in one and one.count(",") >= separators for one in fields):
            return None, stops[0]
    return fields, stops[reader.line_num - 1]
