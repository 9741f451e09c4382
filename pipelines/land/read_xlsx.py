"""XLSX: every sheet that has the contract's header, typed cells as text."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice, zip_longest
from typing import Any, BinaryIO, NamedTuple

import openpyxl
import pyarrow as pa

from pipelines.land import batch
from pipelines.land.count_xlsx import count_rows
from pipelines.land.discover import Part
from pipelines.land.header import Columns, match
from pipelines.land.pieces import Piece
from pipelines.land.read_parquet import number
from pipelines.land.unpack import BROKEN, allowance, bomb, seekable, unreadable
from pipelines.land.xlsx_cells import unescaped, unsaved
from pipelines.land.xlsx_header import SheetHeader, find
from pipelines.land.xlsx_merged import Row, filled, merged, spread
from schemas.contract import Contract
from schemas.errors import RendiError

_BATCH = 5_000
_TOP = 40
# From here on a number has more digits than Excel keeps.
_CUT = 10**15


class _Sheet(NamedTuple):
    title: str
    hidden: bool


def columns(part: Part, contract: Contract) -> Columns:
    """The columns that all sheets with data have, all extra ones, and the sheets that are not read.

    RendiError for what is no workbook, is cut short or expands too far, has no sheet with a header of ours, or one
    without a header whose rows look like those of the others.
    """
    with _workbook(part, contract) as (stream, formulas):
        found = _headers(stream, formulas, contract)
        unread = _unread(stream, formulas, found, part.name)
    own = [match(header.labels, contract, part.name) for _, header in found if header]
    common = set.intersection(*(set(one.fields) for one in own))
    others = {label for one in own for label in one.extra}
    fields = {name: own[0].fields[name] for name in common}
    return Columns(fields, dict.fromkeys(sorted(others), 0), own[0].width, unread)


def pieces(part: Part, contract: Contract) -> list[Piece]:
    """A workbook is read as one."""
    return [Piece(part)]


def count(part: Part, contract: Contract) -> int:
    """Delivered rows: rows with a value below the header in the XML of the sheets, which openpyxl has no part in."""
    with _workbook(part, contract) as (stream, formulas):
        headers = [header.last if header else None for _, header in _headers(stream, formulas, contract)]
        stream.seek(0)
        return count_rows(stream, headers, part.name)


def parse(piece: Piece, contract: Contract) -> Iterator[pa.RecordBatch]:
    """The rows of all sheets with a header as batches of `batch.columns_ddl`; rows without any value are none."""
    name = piece.part.name
    row = piece.first
    with _workbook(piece.part, contract) as (stream, formulas):
        headers = _headers(stream, formulas, contract)
        for sheet, (_, header) in enumerate(headers):
            if header is None:
                continue
            columns = match(header.labels, contract, name)
            below = islice(_rows(stream, formulas, sheet), header.last, None)
            data = filter(filled, spread(below, header.last + 1, merged(stream, sheet)))
            while rows := list(islice(data, _BATCH)):
                yield _batch(rows, row, columns, contract, name)
                row += len(rows)


def text(value: Any) -> str | None:
    """A cell's value as text: dates in ISO form, a day without its midnight, numbers as `_number`."""
    if value is None or isinstance(value, str):
        return unescaped(value or "") or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time() else value.isoformat(" "))
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value)
    # An array formula is an object with its text inside.
    return str(getattr(value, "text", value))


def _number(value: float) -> str:
    """Whole numbers without a fraction; one that Excel cut to its 15 digits as Excel shows it (4.40106199001011E+17).

    The zeros that stand for the others would make of many identity numbers one, and one in eleven of these valid.
    """
    shown = f"{value:.14E}"
    if abs(value) >= _CUT and Decimal(shown) == Decimal(str(value)):
        return shown
    return str(value) if isinstance(value, int) else number(value)


@contextmanager
def _workbook(part: Part, contract: Contract) -> Iterator[tuple[BinaryIO, bool]]:
    """The file, and whether it holds formulas; what is wrong with it as a whole becomes a RendiError."""
    with seekable(part, contract) as stream:
        try:
            archive = zipfile.ZipFile(stream)
            if sum(member.file_size for member in archive.infolist()) > allowance(part.size, contract):
                raise bomb(part.name)
            yield stream, _has_formulas(archive)
        except RendiError:
            raise
        except (*BROKEN, LookupError, TypeError, AttributeError, ArithmeticError, SyntaxError):
            # openpyxl reads what is damaged as if it were sound, and may stumble anywhere. SyntaxError is the base of
            # XML's ParseError.
            raise unreadable(part.name, "it is no XLSX workbook, or cut short") from None


def _has_formulas(archive: zipfile.ZipFile) -> bool:
    for member in archive.namelist():
        if member.startswith("xl/worksheets/") and member.endswith(".xml"):
            with archive.open(member) as sheet:
                tail = b""
                while data := sheet.read(1 << 20):
                    if b"<f>" in tail + data or b"<f " in tail + data:
                        return True
                    tail = data[-3:]
    return False


def _headers(stream: BinaryIO, formulas: bool, contract: Contract) -> list[tuple[_Sheet, SheetHeader | None]]:
    """Every sheet and its header; None where it is not for data."""
    sheets = _sheets(stream)
    found = [find(list(islice(_rows(stream, formulas, at), _TOP)), contract) for at in range(len(sheets))]
    most = max((header.known for header in found if header), default=0)
    # A list of codes, or a guide how to fill in the form, holds a label or two.
    full = [header if header and 2 * header.known >= most else None for header in found]
    shown = [None if sheet.hidden else header for sheet, header in zip(sheets, full, strict=True)]
    # Departments hide earlier months and drafts, but also the sheet behind a form, which is then all there is.
    return list(zip(sheets, shown if any(shown) else full, strict=True))


def _unread(
    stream: BinaryIO, formulas: bool, found: list[tuple[_Sheet, SheetHeader | None]], name: str
) -> tuple[str, ...]:
    """What to say of the sheets that are not read, nothing of blank ones; RendiError where the data may go on there."""
    headers = [(sheet, header) for sheet, header in found if header]
    if not headers:
        raise unreadable(name, "no sheet has a header with a column of the contract")
    main, header = max(headers, key=lambda one: one[1].known)
    told = []
    for at, (sheet, own) in enumerate(found):
        size, alike = (0, False) if own else _looked_over(_rows(stream, formulas, at), header)
        if alike and (not sheet.hidden or main.hidden):
            raise RendiError(
                f"{name}: refused: sheet '{sheet.title}' has no header, and rows as wide as the one of sheet "
                f"'{main.title}': if they belong to it, ask the department for that header above them; if not, for a "
                "file without the sheet"
            )
        if size:
            told.append(f"{'hidden ' if sheet.hidden else ''}sheet {sheet.title} is not read: {size} rows")
    return tuple(told)


def _looked_over(rows: Iterator[Row], header: SheetHeader) -> tuple[int, bool]:
    """How many rows of a sheet hold a value, and whether one of them fills about the columns of the header."""
    labels = sum(1 for label in header.labels if label.strip())
    size, alike = 0, False
    for cells in rows:
        filled = [at for at, cell in enumerate(cells) if cell is not None and cell.strip()]
        size += bool(filled)
        # A row that reaches further is one of another table.
        alike = alike or (4 * len(filled) > 3 * labels and filled[-1] < len(header.labels))
    return size, alike


def _sheets(stream: BinaryIO) -> list[_Sheet]:
    book = _load(stream, values=True)
    return [_Sheet(sheet.title, sheet.sheet_state != "visible") for sheet in book.worksheets]


def _load(stream: BinaryIO, values: bool) -> Any:
    with warnings.catch_warnings():
        # Styles and extensions that openpyxl does not know are none of ours.
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(stream, read_only=True, data_only=values, keep_links=False)


def _rows(stream: BinaryIO, formulas: bool, sheet: int) -> Iterator[Row]:
    """The rows of a sheet from its first on. A formula stands for itself where no result of it was saved."""
    values = _cells(stream, sheet, values=True)
    if not formulas:
        yield from values
        return
    written = _cells(stream, sheet, values=False)
    for shown, texts, lacking in zip_longest(values, written, unsaved(stream, sheet), fillvalue=()):
        pairs = enumerate(zip_longest(shown, texts))
        yield tuple(text if value is None and at in lacking else value for at, (value, text) in pairs)


def _cells(stream: BinaryIO, sheet: int, values: bool) -> Iterator[Row]:
    worksheet = _load(stream, values).worksheets[sheet]
    # Some writers state a wrong extent, and cells outside it would be lost.
    worksheet.reset_dimensions()
    for row in worksheet.iter_rows(values_only=True):
        yield tuple(text(value) for value in row)


def _batch(rows: list[Row], first: int, columns: Columns, contract: Contract, name: str) -> pa.RecordBatch:
    width = max(columns.width, *(len(row) for row in rows))
    texts = [pa.array([row[at] if at < len(row) else None for row in rows], pa.string()) for at in range(width)]
    fields = {field: texts[at] for field, at in columns.fields.items()}
    extra = {label: texts[at] for label, at in columns.extra.items()}
    for at in range(columns.width, width):
        if texts[at].null_count < len(rows):
            extra[f"column_{at + 1}"] = texts[at]
    return batch.good(contract, name, range(first, first + len(rows)), fields, extra)
