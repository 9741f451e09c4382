"""CSV: comma-separated, quoted by RFC 4180, header row of labels."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from pipelines.land import batch
from pipelines.land.count_csv import count_rows
from pipelines.land.csv_records import Records, first_record, height, row, split, whole
from pipelines.land.discover import Part
from pipelines.land.encoding import check, codec, first_lines
from pipelines.land.header import Columns, match
from pipelines.land.pieces import Piece, cut
from pipelines.land.unpack import opened, unreadable
from pipelines.land.window import Window
from schemas.contract import Contract


def columns(part: Part, contract: Contract) -> Columns:
    """The part's columns; RendiError for a file that is empty, has no header of ours or another encoding."""
    return _head(part, contract)[0]


def pieces(part: Part, contract: Contract) -> list[Piece]:
    """The stretches that can be read side by side."""
    return cut(part, contract, _head(part, contract)[1], quotes=True)


def count(part: Part, contract: Contract) -> int:
    """Delivered rows, counted without the parser."""
    columns, start = _head(part, contract)
    with opened(part, contract) as stream:
        return count_rows(stream, part.name, start, columns.width, codec(contract))


def parse(piece: Piece, contract: Contract) -> Iterator[pa.RecordBatch]:
    """The rows of a piece as batches of `batch.columns_ddl`; an empty field is NULL, all other text as delivered."""
    columns, _ = _head(piece.part, contract)
    encoding = codec(contract)
    name = piece.part.name
    with opened(piece.part, contract) as stream:
        window = Window(stream, name, piece.start, piece.end)
        number, used = piece.first, 0
        while window.advance(used):
            found = split(window.data, window.lines, window.final, columns.width, encoding, number)
            number, used = number + found.rows, found.used
            yield from _batches(found, columns, contract, name, encoding)


def _head(part: Part, contract: Contract) -> tuple[Columns, int]:
    encoding = codec(contract)
    sample = first_lines(part, contract)
    if not sample.strip():
        raise unreadable(part.name, "it is empty")
    check(sample, encoding, part.name)
    labels, start = first_record(sample, encoding)
    return match(labels, contract, part.name), start


def _batches(
    found: Records, columns: Columns, contract: Contract, name: str, encoding: str
) -> Iterator[pa.RecordBatch]:
    parsed, bad = found.parsed, [(row, whole(line, encoding)) for row, line in found.bad]
    for stretches, quoted in ((found.plain, False), (found.simple, True)):
        if not stretches:
            continue
        rows = np.concatenate([np.arange(first, first + height(lines)) for first, lines in stretches])
        data = b"".join(lines if lines.endswith(b"\n") else lines + b"\n" for _, lines in stretches)
        quick = _quick(data, rows, columns.width, encoding, quoted)
        if quick is not None:
            good, arrays, lines = quick
            bad += lines
            if len(good):
                yield _good(contract, name, good, arrays, columns)
            continue
        for number, line in zip(rows.tolist(), data.split(b"\n"), strict=False):
            fields = row(line, columns.width, encoding)
            if fields is None:
                bad.append((number, whole(line, encoding)))
            else:
                parsed.append((number, fields))
    if parsed:
        by_column = zip(*(fields for _, fields in parsed), strict=True)
        texts = [pa.array([text or None for text in column], pa.string()) for column in by_column]
        yield _good(contract, name, [number for number, _ in parsed], texts, columns)
    if bad:
        yield batch.malformed(contract, name, [number for number, _ in bad], [line for _, line in bad])


def _quick(
    data: bytes, rows: np.ndarray, width: int, encoding: str, quoted: bool
) -> tuple[np.ndarray, list[pa.Array], list[tuple[int, str]]] | None:
    """Lines that are records on their own through Arrow's reader, with what `row` would give; None where it would not.

    Gives the good rows' numbers and columns, and the malformed lines.
    """
    # Arrow takes a lone carriage return for the end of a line.
    if b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    try:
        payload = data.decode(encoding).encode()
    except UnicodeDecodeError:
        return None
    bad: list[tuple[int, str]] = []

    def skip(line: arrow_csv.InvalidRow) -> str:
        bad.append((line.number - 1, line.text))
        return "skip"

    names = [str(position) for position in range(width)]
    quotes = {"quote_char": '"' if quoted else False, "double_quote": quoted, "escape_char": False}
    table = arrow_csv.read_csv(
        pa.BufferReader(payload),
        arrow_csv.ReadOptions(use_threads=False, block_size=len(payload) + 1, column_names=names),
        arrow_csv.ParseOptions(**quotes, invalid_row_handler=skip),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""], check_utf8=False
        ),
    )
    good = np.delete(rows, [position for position, _ in bad])
    return good, [_one(column) for column in table.columns], [(int(rows[position]), line) for position, line in bad]


def _one(column: pa.ChunkedArray) -> pa.Array:
    chunks = column.combine_chunks()
    return pa.concat_arrays(chunks.chunks) if isinstance(chunks, pa.ChunkedArray) else chunks


def _good(
    contract: Contract, name: str, rows: "np.ndarray | list[int]", arrays: list[pa.Array], columns: Columns
) -> pa.RecordBatch:
    fields = {field: arrays[position] for field, position in columns.fields.items()}
    extra = {label: arrays[position] for label, position in columns.extra.items()}
    return batch.good(contract, name, rows, fields, extra)
