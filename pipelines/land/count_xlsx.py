"""How many rows a workbook delivers, counted in the XML of its sheets (ECMA-376, part 1, clause 18.3)."""

import zipfile
from collections.abc import Sequence
from typing import Any, BinaryIO
from xml.etree import ElementTree

from pipelines.land.unpack import unreadable
from pipelines.land.xlsx_cells import local, rows, sheets, unescaped, without_result


def count_rows(stream: BinaryIO, headers: Sequence[int | None], name: str) -> int:
    """Rows with a value below the header, over all sheets.

    headers: number of the header's last row by sheet, None for a sheet without data; name: the file's, for messages.
    """
    with zipfile.ZipFile(stream) as archive:
        files = sheets(archive)
        if len(files) != len(headers):
            raise unreadable(name, "its list of sheets does not agree with its sheets")
        blank = _blank_strings(archive)
        return sum(
            sum(1 for number, row in rows(archive, sheet) if number > last and any(_filled(c, blank) for c in row))
            for sheet, last in zip(files, headers, strict=True)
            if last is not None
        )


def _filled(cell: Any, blank: set[int]) -> bool:
    for node in cell:
        tag = local(node)
        if tag == "v" and (node.text or "").strip():
            return int(node.text) not in blank if cell.get("t") == "s" else bool(unescaped(node.text).strip())
        if tag == "is" and _string(node).strip():
            return True
    # A formula without a result stands for itself.
    return without_result(cell)


def _blank_strings(archive: zipfile.ZipFile) -> set[int]:
    """Positions of shared strings that are empty or blanks."""
    blank: set[int] = set()
    if "xl/sharedStrings.xml" not in archive.namelist():
        return blank
    position = 0
    with archive.open("xl/sharedStrings.xml") as xml:
        for _, node in ElementTree.iterparse(xml):
            if local(node) == "si":
                if not _string(node).strip():
                    blank.add(position)
                position += 1
                node.clear()
    return blank


def _string(node: Any) -> str:
    return unescaped("".join(text.text or "" for path in ("{*}t", "{*}r/{*}t") for text in node.findall(path)))
