"""How many rows a CSV file delivers, counted without the parser that reads them."""

import re
from typing import Any

from pipelines.land.csv_records import MOST_BYTES, MOST_LINES
from pipelines.land.window import Window

_BLANK_NEXT = re.compile(rb"\n(?=[ \t\r]*\n)")
_BLANK_FIRST = re.compile(rb"[ \t\r]*\n")
_BLANK_LAST = re.compile(rb"[ \t\r]*\Z")
_QUOTED = rb'"(?:[^"]|"")*+"'
_FIELD = rb"(?:" + _QUOTED + rb'|[^",\r\n][^,\r\n]*+)?+'
_QUOTED_FIELD = re.compile(rb"(?:\A|(?<=,))" + _QUOTED)


def count_rows(stream: Any, name: str, start: int, columns: int, encoding: str) -> int:
    """Rows from byte `start` on: physical lines that are not blank, less those that continue a record.

    Every such line is a row, malformed or not, unless it continues the quoted field of a line before it, so that
    lines are all there is to count. Lines are counted as line feeds. A line continues a record only if one regular
    expression of RFC 4180's grammar matches the record over several lines, with exactly `columns` fields; Python's
    csv module, which reads the rows, has no part in it.
    """
    record = re.compile(_FIELD + rb"(?:," + _FIELD + rb"){%d}\r*(?:\n|\Z)" % (columns - 1))
    window = Window(stream, name, start)
    rows = used = 0
    while window.advance(used):
        data, used = window.data, 0
        while used < window.lines:
            quote = data.find(b'"', used, window.lines)
            line = window.lines if quote < 0 else max(used, data.rfind(b"\n", used, quote) + 1)
            rows += filled(data[used:line])
            used = line
            if quote < 0 or (not window.final and line + MOST_BYTES > len(data)):
                break
            used = _continued(record, data, line, window.lines, columns, encoding)
            rows += 1
    return rows


def filled(lines: bytes) -> int:
    """How many of some whole lines are not blank."""
    blank = bool(_BLANK_FIRST.match(lines)) + sum(1 for _ in _BLANK_NEXT.finditer(lines))
    unended = not _BLANK_LAST.match(lines, lines.rfind(b"\n") + 1)
    return lines.count(b"\n") - blank + unended


def _continued(record: re.Pattern[bytes], data: bytes, line: int, end: int, columns: int, encoding: str) -> int:
    """Where the record that begins at `line` ends: behind its first line, or its last if it has several."""
    first = data.find(b"\n", line, end) + 1 or end
    match = record.match(data, line, end)
    if match is None or match.end() <= first or match.end() - line > MOST_BYTES:
        return first
    text = match.group()
    if text.count(b"\n") + (not text.endswith(b"\n")) > MOST_LINES or b"\0" in text:
        return first
    if any(b"\n" in one and one.count(b",") >= max(1, columns - 1) for one in _QUOTED_FIELD.findall(text)):
        return first
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return first
    return match.end()
