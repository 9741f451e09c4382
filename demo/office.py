"""Deliveries that are no files of lines: the workbook of one office (XLSX) and the database of another (SQLite)."""

import io
import re
import sqlite3
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from openpyxl import Workbook

from demo.deliver import NUMBER, Columns, Layout
from demo.text import Text, digits, join, plain, where

EPOCH = (2026, 1, 1, 0, 0, 0)
DAYS_BEFORE_1970 = 25569
"""The number by which a workbook counts 1970-01-01."""


def write_xlsx(path: Path, columns: Columns, layout: Layout, broken: Text) -> None:
    """A workbook: a title row, the header of labels (two merged rows where labels are grouped), and the rows.

    `numbers` and `dates` of the layout are typed cells where the text is a number or a date, all else is text.
    """
    labels = [layout["fields"][name] for name in columns]
    draft, header = _empty_book(labels, layout)
    with zipfile.ZipFile(draft) as before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name).decode()
            if name == "docProps/core.xml":
                content = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-01-01T00:00:00Z", content)
            if name == "xl/worksheets/sheet1.xml":
                content = _filled(content, columns, layout, header + 1)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(entry, content)


def _empty_book(labels: list[str], layout: Layout) -> tuple[io.BytesIO, int]:
    """Title, header and one row with a date, which names the style of dates; and how many rows stand above it."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append([layout["title"]])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(labels))
    groups = layout.get("groups", [])
    for column, label in enumerate(labels, start=1):
        group = next((group for group in groups if label.startswith(group)), None)
        if group is None:
            sheet.cell(2, column, label)
            if groups:
                sheet.merge_cells(start_row=2, start_column=column, end_row=3, end_column=column)
        else:
            sheet.cell(3, column, label.removeprefix(group))
            if column == 1 or not labels[column - 2].startswith(group):
                across = sum(other.startswith(group) for other in labels)
                sheet.cell(2, column, group)
                sheet.merge_cells(start_row=2, start_column=column, end_row=2, end_column=column + across - 1)
    header = 3 if groups else 2
    sheet.cell(header + 1, 1, date(2026, 1, 1))
    book.properties.created = book.properties.modified = datetime(*EPOCH)
    draft = io.BytesIO()
    book.save(draft)
    return draft, header


def _filled(xml: str, columns: Columns, layout: Layout, first: int) -> str:
    """The sheet with all rows in place of the one with the date; openpyxl takes seven times as long, cell by cell."""
    start, end = xml.index(f'<row r="{first}"'), xml.index("</sheetData>")
    found = re.search(r' s="(\d+)"', xml[start:end])
    style = found.group(1) if found else "0"
    count = len(next(iter(columns.values())))
    row = digits(np.arange(first, first + count))
    cells = []
    for position, (name, column) in enumerate(columns.items()):
        place = join('<c r="', chr(ord("A") + position), row, '"')
        text = plain(column)
        for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = pc.replace_substring(text, sign, written)
        cell = join(place, ' t="inlineStr"><is><t xml:space="preserve">', text, "</t></is></c>")
        if name in layout.get("numbers", []):
            cell = where(_true(pc.match_substring_regex(text, NUMBER)), join(place, "><v>", text, "</v></c>"), cell)
        if name in layout.get("dates", []):
            # A date that does not exist stays text, as in a real workbook.
            day = pc.cast(pc.strptime(text, format="%Y-%m-%d", unit="s", error_is_null=True), pa.date32())
            day = pc.if_else(pc.equal(pc.cast(day, pa.string()), text), day, None)
            serial = pc.cast(pc.add(pc.cast(day, pa.int32()), DAYS_BEFORE_1970), pa.string())
            cell = pc.coalesce(join(place, f' s="{style}"><v>', serial, "</v></c>"), cell)
        cells.append(pc.fill_null(cell, ""))
    rows = join('<row r="', row, '">', *cells, "</row>")
    return xml[:start] + "".join(rows.to_pylist()) + xml[end:]


def _true(mask: Text) -> np.ndarray:
    flags: np.ndarray = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return flags


def append_sqlite(path: Path, columns: Columns, layout: Layout) -> None:
    """Add versions of rows to the table of a department's database; all columns are TEXT."""
    names = ", ".join(columns)
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE IF NOT EXISTS {layout['table']} ({names.replace(',', ' TEXT,')} TEXT)")
        marks = ", ".join("?" for _ in columns)
        rows = zip(*[column.to_pylist() for column in columns.values()], strict=True)
        database.executemany(f"INSERT INTO {layout['table']} ({names}) VALUES ({marks})", rows)
    database.close()
