"""CSV for people and spreadsheets: UTF-8 with BOM, RFC 4180."""

import csv
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

# What a spreadsheet would run instead of show, in either width. Only text is looked at: a negative number is a number.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")


def escape(text: str) -> str:
    """Text that a spreadsheet shows as it is: a leading apostrophe where it would be taken for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _cell(value: object) -> object:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, datetime) else value


def write(table: pa.Table, path: Path) -> None:
    """Write `table` to `path`; an absent value is an empty cell."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=20_000):
            columns = [[_cell(value) for value in column.to_pylist()] for column in batch.columns]
            out.writerows(zip(*columns, strict=True))
