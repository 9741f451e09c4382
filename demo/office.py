"""Deliveries that are no files of lines: the workbook of one office (XLSX) and the database of another (SQLite)."""

import re
import sqlite3
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from demo.deliver import Columns, Layout
from demo.text import Text

EPOCH = (2026, 1, 1, 0, 0, 0)


def write_xlsx(path: Path, columns: Columns, layout: Layout, broken: Text) -> None:
    """A workbook: a title row, the header of labels (two merged rows where labels are grouped), and the rows.

    `numbers` and `dates` of the layout are typed cells where the text is a number or a date, all else is text.
    """
    labels = [layout["fields"][name] for name in columns]
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = datetime(*EPOCH)
    sheet = book.create_sheet("Sheet1")
    sheet.append([layout["title"]])
    merges = [(1, 1, 1, len(labels))]
    upper, lower, grouped = _header(labels, layout.get("groups", []))
    sheet.append(upper)
    if grouped:
        sheet.append(lower)
        merges += grouped
    for row1, column1, row2, column2 in merges:
        sheet.merged_cells.add(f"{_letter(column1)}{row1}:{_letter(column2)}{row2}")
    typed = [_converter(name, layout) for name in columns]
    for row in zip(*[column.to_pylist() for column in columns.values()], strict=True):
        sheet.append([_cell(sheet, convert(value)) for convert, value in zip(typed, row, strict=True)])
    draft = path.with_suffix(".draft")
    book.save(draft)
    _same_bytes(draft, path)


def _header(labels: list[str], groups: list[str]) -> tuple[list[Any], list[Any], list[tuple[int, int, int, int]]]:
    """Upper and lower header row and the cells to merge: groups across, plain labels down."""
    upper: list[Any] = []
    lower: list[Any] = []
    merges = []
    for position, label in enumerate(labels, start=1):
        group = next((group for group in groups if label.startswith(group)), None)
        if group is None:
            upper.append(label)
            lower.append(None)
            merges.append((2, position, 3, position))
        else:
            if group not in upper:
                across = sum(other.startswith(group) for other in labels)
                merges.append((2, position, 2, position + across - 1))
            upper.append(None if group in upper else group)
            lower.append(label.removeprefix(group))
    return upper, lower, merges if groups else []


def _letter(column: int) -> str:
    return chr(ord("A") + column - 1)


def _converter(name: str, layout: Layout) -> Any:
    if name in layout.get("numbers", []):
        return lambda text: float(text) if text and re.fullmatch(r"[0-9]+\.[0-9]+", text) else text
    if name in layout.get("dates", []):
        return lambda text: date.fromisoformat(text) if text and _is_date(text) else text
    return lambda text: text


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _cell(sheet: Any, value: Any) -> Any:
    """A cell; text that looks like a formula stays text."""
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _same_bytes(draft: Path, path: Path) -> None:
    """The workbook without the hour at which it was written."""
    with zipfile.ZipFile(draft) as before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(entry, content)
    draft.unlink()


def append_sqlite(path: Path, columns: Columns, layout: Layout) -> None:
    """Add versions of rows to the table of a department's database; all columns are TEXT."""
    names = ", ".join(columns)
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE IF NOT EXISTS {layout['table']} ({names.replace(',', ' TEXT,')} TEXT)")
        marks = ", ".join("?" for _ in columns)
        rows = zip(*[column.to_pylist() for column in columns.values()], strict=True)
        database.executemany(f"INSERT INTO {layout['table']} ({names}) VALUES ({marks})", rows)
    database.close()
