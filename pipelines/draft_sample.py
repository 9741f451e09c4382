"""Read a sample of what a department delivers: its format, and its first rows as they stand."""

import json
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq

from pipelines import draft_pages
from schemas.errors import RendiError

ROWS = 2000
ENCODINGS = ("utf-8-sig", "gb18030")


def sample(file: Path) -> tuple[str, str | None, pd.DataFrame]:
    """Format, encoding (None but for csv) and the first rows; RendiError for what is no sample."""
    try:
        kind, encoding, frame = _read(file)
    # What the readers of the formats say of a file that is cut, empty or something else.
    except (OSError, ValueError, KeyError, StopIteration, zipfile.BadZipFile):
        raise RendiError(
            f"{file.name}: cannot be read as {file.suffix}: it is empty, damaged or in another encoding"
        ) from None
    if frame.columns.empty:
        raise RendiError(f"{file.name}: it is empty: a sample has headings and some rows, or records with fields")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise RendiError(
            f"{file.name}: the heading '{twice[0]}' stands twice, and nobody can tell which is which: "
            "rename one of them, in what the department delivers too"
        )
    return kind, encoding, frame


def page(document: dict[str, Any]) -> pd.DataFrame:
    """The records of a saved page of an interface."""
    found = draft_pages.records(document)
    return pd.DataFrame(found[1][:ROWS] if found else [], dtype=object)


def _read(file: Path) -> tuple[str, str | None, pd.DataFrame]:
    ending = file.suffix.lower()
    if ending == ".csv":
        return _csv(file)
    if ending == ".xlsx":
        sheet = openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets[0]
        cells = [list(r) for r in islice(sheet.iter_rows(values_only=True), ROWS)]
        head = max(range(min(5, len(cells))), key=lambda i: sum(c is not None for c in cells[i]))
        return "xlsx", None, pd.DataFrame(cells[head + 1 :], columns=_names(cells[head]))
    if ending in (".jsonl", ".json"):
        return "jsonl", None, _lines(file)
    if ending == ".parquet":
        return "parquet", None, next(pq.ParquetFile(file).iter_batches(ROWS)).to_pandas()
    raise RendiError(
        f"{file.name}: a sample is a .csv, .xlsx, .jsonl or .parquet file, or a page of an interface as .json"
    )


def _csv(file: Path) -> tuple[str, str, pd.DataFrame]:
    for encoding in ENCODINGS:
        try:
            # Given the header, pandas would number headings that stand twice.
            rows = pd.read_csv(
                file,
                encoding=encoding,
                dtype=str,
                header=None,
                nrows=ROWS,
                on_bad_lines="skip",
                keep_default_na=False,
            )
        except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
            continue
        frame = rows.iloc[1:].set_axis(_names([v or None for v in rows.iloc[0]]), axis="columns")
        return "csv", encoding if encoding == "gb18030" else "utf-8", frame
    raise RendiError(f"{file.name}: neither UTF-8 nor GB18030 text with a header row")


def _names(header: list[Any]) -> list[str]:
    return [str(cell) if cell is not None else f"column {i + 1}" for i, cell in enumerate(header)]


def _lines(file: Path) -> pd.DataFrame:
    with file.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in islice(lines, ROWS) if line.strip()]
    if not all(isinstance(one, dict) for one in records):
        raise RendiError(f'{file.name}: every line has to be one record as a JSON object: {{"field": value, …}}')
    # As objects: beside a missing value pandas would make a number of 18 digits a rounded one.
    return pd.DataFrame(records, dtype=object)
