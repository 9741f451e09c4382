"""Parquet: typed columns to text in one stable form."""

import json
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.land import batch
from pipelines.land.discover import Part
from pipelines.land.header import Columns, match
from pipelines.land.pieces import LARGE, Piece
from pipelines.land.unpack import allowance, bomb, seekable, unreadable
from schemas.contract import Contract

_BATCH = 20_000
_ZONE = "Asia/Shanghai"
_BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)


def columns(part: Part, contract: Contract) -> Columns:
    """The part's columns, from its footer; RendiError for a file that is cut short or expands too far."""
    with seekable(part, contract) as stream:
        return _columns(_open(stream, part, contract), part, contract)


def pieces(part: Part, contract: Contract) -> list[Piece]:
    """The row groups of a large file, one by one; a small file as a whole."""
    if part.size <= LARGE or not part.name.lower().endswith(".parquet"):
        return [Piece(part)]
    with seekable(part, contract) as stream:
        footer = _open(stream, part, contract).metadata
    heights = [footer.row_group(group).num_rows for group in range(footer.num_row_groups)]
    firsts = np.cumsum([1, *heights]).tolist()
    return [Piece(part, group, group + 1, firsts[group]) for group in range(len(heights))] or [Piece(part)]


def count(part: Part, contract: Contract) -> int:
    """Delivered rows, as the file's footer says."""
    with seekable(part, contract) as stream:
        return int(_open(stream, part, contract).metadata.num_rows)


def parse(piece: Piece, contract: Contract) -> Iterator[pa.RecordBatch]:
    """The rows of a piece as batches of `batch.columns_ddl`."""
    part = piece.part
    left = allowance(part.size, contract)
    with seekable(part, contract) as stream:
        file = _open(stream, part, contract)
        columns = _columns(file, part, contract)
        utc = _utc(file)
        end = file.metadata.num_row_groups if piece.end is None else piece.end
        row = piece.first
        try:
            for one in file.iter_batches(_BATCH, row_groups=range(piece.start, end)):
                # Dictionary pages expand only here.
                left -= one.nbytes
                if left < 0:
                    raise bomb(part.name)
                fields = {field: text(_zoned(one.column(at), at in utc)) for field, at in columns.fields.items()}
                extra = {label: text(_zoned(one.column(at), at in utc)) for label, at in columns.extra.items()}
                yield batch.good(contract, part.name, np.arange(row, row + one.num_rows), fields, extra)
                row += one.num_rows
        except (pa.ArrowException, OSError):
            raise unreadable(part.name, "a page of it is damaged") from None
        except OverflowError:
            raise unreadable(part.name, "it holds a date or time that no calendar has") from None


def text(column: pa.Array) -> pa.Array:
    """A column of any type as strings: dates and times in ISO form (in China's time where they carry a zone), numbers
    in plain digits without an exponent, binary as UTF-8, nested values as JSON.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return text(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        local = pc.local_timestamp(column.cast(pa.timestamp(kind.unit, _ZONE))) if kind.tz else column
        return pc.replace_substring_regex(local.cast(pa.string()), r"(\.[0-9]*[1-9])0+$|\.0+$", r"\1")
    write = str if isinstance(kind, pa.BaseExtensionType) else _writer(column)
    if write is None:
        return column.cast(pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        column = column.cast(pa.binary())
    return pa.array([None if value is None else write(value) for value in column.to_pylist()], pa.string())


def _utc(file: pq.ParquetFile) -> set[int]:
    """The columns of INT96, which names no zone: Spark and Hive write instants in UTC."""
    leaves = (file.schema.column(at) for at in range(len(file.schema)))
    names = {leaf.path for leaf in leaves if leaf.physical_type == "INT96"}
    return {at for at, name in enumerate(file.schema_arrow.names) if name in names}


def _zoned(column: pa.Array, utc: bool) -> pa.Array:
    return pc.assume_timezone(column, "UTC") if utc else column


def number(value: float | Decimal) -> str:
    """A number in plain digits: 13800138000.0 is 13800138000, 1e-7 is 0.0000001; a decimal keeps its scale."""
    if isinstance(value, Decimal):
        return format(value, "f")
    digits = format(Decimal(repr(value)), "f")
    return digits.removesuffix(".0")


def _writer(column: pa.Array) -> Callable[[Any], str | None] | None:
    """How one value becomes text where Arrow's own cast does not do it; None of a value that is none."""
    kind = column.type
    if pa.types.is_decimal(kind):
        return number
    if pa.types.is_floating(kind):
        # The shortest digits of its own width: 0.1 in 32 bits is 0.10000000149011612 in 64.
        own = kind.to_pandas_dtype()
        return lambda value: None if math.isnan(value) else number(float(str(own(value))))
    if pa.types.is_nested(kind):
        return lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if any(of(kind) for of in _BINARY):
        return _decoded
    try:
        # Text in Parquet may turn out not to be UTF-8.
        column.validate(full=True)
    except pa.ArrowInvalid:
        return _decoded
    return None


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def _open(stream: Any, part: Part, contract: Contract) -> pq.ParquetFile:
    try:
        # In nanoseconds, as they are read else, years before 1678 and after 2261 overflow into others.
        file = pq.ParquetFile(stream, coerce_int96_timestamp_unit="us")
    except (pa.ArrowException, OSError):
        raise unreadable(part.name, "it is not Parquet, or cut short") from None
    footer = file.metadata
    if sum(footer.row_group(g).total_byte_size for g in range(footer.num_row_groups)) > allowance(part.size, contract):
        raise bomb(part.name)
    return file


def _columns(file: pq.ParquetFile, part: Part, contract: Contract) -> Columns:
    return match(file.schema_arrow.names, contract, part.name)
