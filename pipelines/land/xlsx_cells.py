"""What openpyxl leaves out of a workbook's cells (ECMA-376, part 1): escapes in text, and which formulas were saved
without a result.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree import ElementTree

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Text with the characters that XML may not hold or does not keep, written _xHHHH_ (clause 22.4.2.4)."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    # They are units of UTF-16, of which two may make one character, and one alone makes none.
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def unsaved(stream: BinaryIO, sheet: int) -> Iterator[frozenset[int]]:
    """For every row of a sheet, from the first on, the columns (0-based) of formulas that no result was saved of."""
    last = 0
    with zipfile.ZipFile(stream) as archive:
        for number, row in rows(archive, sheets(archive)[sheet]):
            if number > last:
                yield from (frozenset() for _ in range(last + 1, number))
                yield frozenset(at for at, cell in _placed(row) if without_result(cell))
                last = number


def without_result(cell: Any) -> bool:
    """Whether a cell holds a formula, and no result of it: an empty one counts where it is text (t="str").

    Programs that do not compute write an empty <v> without a type, which is no number.
    """
    parts = {local(node): node for node in cell}
    if "f" not in parts or "v" not in parts:
        return "f" in parts
    return not parts["v"].text and cell.get("t") != "str"


def rows(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, Any]]:
    """The rows of a sheet's file, as its number and XML, which is gone once the next is asked for."""
    number = 0
    data: Any = None
    with archive.open(sheet) as xml:
        for event, node in ElementTree.iterparse(xml, events=("start", "end")):
            tag = local(node)
            if event == "start":
                data = node if tag == "sheetData" else data
            elif tag == "row" and data is not None:
                number = int(node.get("r", number + 1))
                yield number, node
                # Rows that were seen are let go, so that memory stays flat.
                data.clear()


def sheets(archive: zipfile.ZipFile) -> list[str]:
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


def local(node: Any) -> str:
    """An element's name without its namespace."""
    return str(node.tag).rsplit("}", 1)[-1]


def column(letters: str) -> int:
    """The place of a column, from 0 on, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _placed(row: Any) -> Iterator[tuple[int, Any]]:
    at = -1
    for cell in row:
        letters = re.match("[A-Za-z]+", cell.get("r", ""))
        at = column(letters[0]) if letters else at + 1
        yield at, cell
