"""JSON lines: one object a line, keys are field names."""

from collections.abc import Iterator

import pyarrow as pa

from pipelines.land.csv_records import whole
from pipelines.land.discover import Part
from pipelines.land.encoding import BOM, check, check_not_utf8, codec, first_lines
from pipelines.land.header import Columns
from pipelines.land.json_rows import Rows, absent_by_chance
from pipelines.land.json_text import loads
from pipelines.land.pieces import Piece, cut
from pipelines.land.unpack import opened, unreadable
from pipelines.land.window import Window
from schemas.contract import Contract

_BATCH = 20_000
_BLANKS = b" \t\r\n"


def columns(part: Part, contract: Contract) -> Columns:
    """The keys that occur; reads on only until every field was seen. RendiError for an empty file, or one without a
    single object or known key.
    """
    rows = Rows(contract, part.name)
    present: set[str] = set()
    extra: set[str] = set()
    needed = {field.name for field in contract.fields if not field.may_be_absent}
    records = lines = 0
    with opened(part, contract) as stream:
        for _, line in _lines(stream, Piece(part)):
            lines += 1
            record = _object(line, codec(contract))
            for key in record or ():
                field = rows.field(key)
                present.add(field) if field else extra.add(key)
            records += record is not None
            if needed <= present and records >= 1000:
                break
    sample = first_lines(part, contract)
    check_not_utf8(sample, codec(contract), part.name)
    if not present:
        check(sample, codec(contract), part.name)
        raise unreadable(part.name, "no line holds an object with a field of the contract" if lines else "it is empty")
    here = sorted(present | absent_by_chance(contract, present, extra, records))
    return Columns(dict.fromkeys(here, 0), dict.fromkeys(sorted(extra), 0), len(here) + len(extra))


def pieces(part: Part, contract: Contract) -> list[Piece]:
    """The stretches that can be read side by side."""
    return cut(part, contract, 0, quotes=False)


def count(part: Part, contract: Contract) -> int:
    """Delivered rows: lines that are not blank, counted in bytes."""
    total, open_line = 0, False
    with opened(part, contract) as stream:
        while data := stream.read(1 << 20):
            first, *others = data.split(b"\n")
            open_line = open_line or bool(first.strip(_BLANKS))
            for line in others:
                total += open_line
                open_line = bool(line.strip(_BLANKS))
    return total + open_line


def parse(piece: Piece, contract: Contract) -> Iterator[pa.RecordBatch]:
    """The rows of a piece as batches of `batch.columns_ddl`; a line that is no object is malformed."""
    encoding = codec(contract)
    rows = Rows(contract, piece.part.name)
    with opened(piece.part, contract) as stream:
        for row, line in _lines(stream, piece):
            record = _object(line, encoding)
            try:
                if record is None:
                    raise ValueError("no object")
                rows.add(row, record)
            except ValueError:
                rows.add_malformed(row, whole(line, encoding))
            if len(rows) == _BATCH:
                yield from rows.take()
    yield from rows.take()


def _lines(stream: object, piece: Piece) -> Iterator[tuple[int, bytes]]:
    window = Window(stream, piece.part.name, piece.start, piece.end)
    row, used = piece.first, 0
    while window.advance(used):
        used = window.lines
        for line in window.data[:used].split(b"\n"):
            if line.strip(_BLANKS):
                yield row, line
                row += 1


def _object(line: bytes, encoding: str) -> dict[str, object] | None:
    try:
        record = loads(line.decode(encoding).removeprefix(BOM).strip())
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
