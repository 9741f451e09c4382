"""The rows of an open dataset in the one form that every format is written from."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from catalog import codelists
from catalog.dataset import OpenColumn, OpenDataset
from schemas.errors import RendiError

ZONE = "Asia/Shanghai"
_DECIMAL = {"longitude": "decimal(10,7)", "latitude": "decimal(10,7)"}


def arrow_type(column: OpenColumn) -> pa.DataType:
    """The Arrow type of a column, by its kind and the contract's `type`."""
    name = codelists.entry("kinds", column.kind, f"open column '{column.name}'")["arrow"]
    if name == "decimal":
        text = column.params.get("type", _DECIMAL.get(column.kind, "decimal(38,4)"))
        precision, scale = text.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    types = {
        "string": pa.string(),
        "date32": pa.date32(),
        "timestamp": pa.timestamp("us", tz=ZONE),
        "int64": pa.int64(),
        "bool": pa.bool_(),
    }
    if name not in types:
        raise RendiError(f"open column '{column.name}': a {column.kind} cannot be exported; list its parts instead")
    return types[name]


def _cast(column: pa.ChunkedArray, target: pa.DataType, name: str) -> pa.ChunkedArray:
    if pa.types.is_timestamp(target) and pa.types.is_timestamp(column.type) and column.type.tz is None:
        column = pc.assume_timezone(column, ZONE)
    try:
        return column.cast(target)
    except pa.ArrowException:
        # Arrow's own message would show the value.
        raise RendiError(
            f"open column '{name}': {column.type} does not fit {target}; mend the catalogue's kind"
        ) from None


def arrange(rows: pa.Table | Iterable[pa.RecordBatch], dataset: OpenDataset) -> pa.Table:
    """Rows with exactly the dataset's columns, typed, sorted by all of them: the same rows give the same table.

    rows: an Arrow table or batches, in any order. RendiError where a column is missing, or one is there that the
    dataset does not list.
    """
    names = [column.name for column in dataset.columns]
    if not isinstance(rows, pa.Table):
        batches = list(rows)
        empty = pa.schema([pa.field(column.name, arrow_type(column)) for column in dataset.columns])
        rows = pa.Table.from_batches(batches, None if batches else empty)
    for wrong, what in ((set(names) - set(rows.column_names), "lack"), (set(rows.column_names) - set(names), "hold")):
        if wrong:
            raise RendiError(f"open dataset '{dataset.name}': the rows {what} {sorted(wrong)}; nothing was written")
    columns = [_cast(rows[column.name], arrow_type(column), column.name) for column in dataset.columns]
    table = pa.table(columns, names=names)
    return table.sort_by([(name, "ascending") for name in names]).combine_chunks()
