"""How many rows a workbook delivers, counted in the XML of its sheets (ECMA-376, part 1, clause 18.3)."""

import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO
from xml.etree import ElementTree

from pipelines.land.unpack import unreadable


def count_rows(stream: BinaryIO, headers: Sequence[int | None], name: str) -> int:
    """Rows with a value below the header, over all sheets.

    headers: number of the header's last row by sheet, None for a sheet without data; name: the file's, for messages.
    """
    with zipfile.ZipFile(stream) as archive:
        sheets = _sheets(archive)
        if len(sheets) != len(headers):
            raise unreadable(name, "its list of sheets does not agree with its sheets")
        blank = _blank_strings(archive)
        return sum(
            sum(1 for number, filled in _rows(archive, sheet, blank) if filled and number > last)
            for sheet, last in zip(sheets, headers, strict=True)
            if last is not None
        )


def _rows(archive: zipfile.ZipFile, sheet: str, blank: set[int]) -> Iterator[tuple[int, bool]]:
    number = 0
    data: Any = None
    with archive.open(sheet) as xml:
        for event, node in ElementTree.iterparse(xml, events=("start", "end")):
            tag = _local(node)
            if event == "start":
                data = node if tag == "sheetData" else data
            elif tag == "row" and data is not None:
                number = int(node.get("r", number + 1))
                yield number, any(_filled(cell, blank) for cell in node)
                # Rows that were seen are let go, so that memory stays flat.
                data.clear()


def _filled(cell: Any, blank: set[int]) -> bool:
    for node in cell:
        tag = _local(node)
        if tag == "f":
            return True
        if tag == "v" and (node.text or "").strip():
            return cell.get("t") != "s" or int(node.text) not in blank
        if tag == "is" and _string(node).strip():
            return True
    return False


def _blank_strings(archive: zipfile.ZipFile) -> set[int]:
    """Positions of shared strings that are empty or blanks."""
    blank: set[int] = set()
    if "xl/sharedStrings.xml" not in archive.namelist():
        return blank
    position = 0
    with archive.open("xl/sharedStrings.xml") as xml:
        for _, node in ElementTree.iterparse(xml):
            if _local(node) == "si":
                if not _string(node).strip():
                    blank.add(position)
                position += 1
                node.clear()
    return blank


def _string(node: Any) -> str:
    return "".join(text.text or "" for path in ("{*}t", "{*}r/{*}t") for text in node.findall(path))


def _sheets(archive: zipfile.ZipFile) -> list[str]:
    """The worksheets' files, in the workbook's order."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {
        node.get("Id"): str(node.get("Target")) for node in relations if str(node.get("Type")).endswith("/worksheet")
    }
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    found = []
    for sheet in book.findall("{*}sheets/{*}sheet"):
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
        if key in targets:
            found.append(posixpath.normpath(posixpath.join("xl", targets[key])).lstrip("/"))
    return found


def _local(node: Any) -> str:
    return str(node.tag).rsplit("}", 1)[-1]
