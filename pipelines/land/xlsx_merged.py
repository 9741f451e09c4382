"""Cells of a workbook that are merged over several rows: their value stands for each of them."""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from pipelines.land.xlsx_cells import column, sheets

# ECMA-376, part 1, clause 18.3.1.54; the first cell holds the value, and the others none.
_MERGED = re.compile(rb"""[<:]mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3})([0-9]+):[A-Z]+([0-9]+)["']""")
_BLOCK = 1 << 20

Row = tuple[str | None, ...]
# By the number of their first row (from 1 on): the column (from 0 on) and the last row.
Merged = Mapping[int, list[tuple[int, int]]]


def merged(stream: BinaryIO, sheet: int) -> Merged:
    """The cells of a sheet that are merged over several rows.

    They are written behind all rows. What stands before is let through as bytes, for XML takes many times as long.
    """
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    with zipfile.ZipFile(stream) as archive, archive.open(sheets(archive)[sheet]) as xml:
        rest = b""
        while data := xml.read(_BLOCK):
            rest += data
            for letters, first, last in _MERGED.findall(rest):
                if int(last) > int(first):
                    found[int(first)].append((column(letters.decode()), int(last)))
            rest = rest[rest.rfind(b">") + 1 :]
    return found


def spread(rows: Iterator[Row], first: int, cells: Merged) -> Iterator[Row]:
    """The rows, with the value of a merged cell in each row that it covers and that has a value of its own.

    first: the number of the first of them. A row that merged cells alone reach into stays blank: it is the lower half
    of a tall record, or of a note below the table.
    """
    held: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(rows, start=first):
        held = {at: one for at, one in held.items() if one[0] >= number}
        yield _completed(row, held) if held and filled(row) else row
        for at, last in cells.get(number, ()):
            if at < len(row) and (value := row[at]):
                held[at] = (last, value)


def filled(cells: Row) -> bool:
    """Whether a row holds a value."""
    return any(cell is not None and cell.strip() for cell in cells)


def _completed(row: Row, held: Mapping[int, tuple[int, str]]) -> Row:
    cells = (*row, *[None] * (max(held) + 1 - len(row)))
    return tuple(held[at][1] if at in held and not (cell or "").strip() else cell for at, cell in enumerate(cells))
