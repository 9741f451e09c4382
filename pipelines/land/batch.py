"""The shape of delivered rows: every field as text, and where each row stood."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from schemas.contract import Contract

_EXTRA = pa.map_(pa.string(), pa.string())


def columns_ddl(contract: Contract) -> str:
    """Spark's DDL of delivered rows: the contract's fields as string, _file, _row (1-based over the file's data rows,
    malformed ones counted), _malformed (the whole line, NULL for a good row), _extra (columns outside the contract).
    """
    fields = ", ".join(f"`{field.name}` string" for field in contract.fields)
    return f"{fields}, _file string, _row int, _malformed string, _extra map<string,string>"


def good(
    contract: Contract,
    file: str,
    rows: "np.ndarray | Sequence[int]",
    fields: Mapping[str, pa.Array],
    extra: Mapping[str, pa.Array] | pa.Array | None = None,
) -> pa.RecordBatch:
    """A batch of good rows. rows: their numbers; fields: text by field name, absent ones become NULL; extra: text by
    column name, or a ready map array.
    """
    size = len(rows)
    if not isinstance(extra, pa.Array):
        extra = _map(extra, size) if extra else pa.nulls(size, _EXTRA)
    columns = [fields.get(field.name, pa.nulls(size, pa.string())) for field in contract.fields]
    return _batch(contract, file, rows, columns, pa.nulls(size, pa.string()), extra)


def malformed(contract: Contract, file: str, rows: Sequence[int], lines: Sequence[str]) -> pa.RecordBatch:
    """A batch of lines that are no rows, kept whole."""
    size = len(rows)
    nothing = [pa.nulls(size, pa.string()) for _ in contract.fields]
    return _batch(contract, file, rows, nothing, pa.array(lines, pa.string()), pa.nulls(size, _EXTRA))


def maps(rows: Sequence[Mapping[str, str | None] | None]) -> pa.Array:
    """Extra columns that differ from row to row, as a map array; NULL for a row without any."""
    return pa.array([list(row.items()) if row else None for row in rows], _EXTRA)


def _map(extra: Mapping[str, pa.Array], size: int) -> pa.Array:
    width = len(extra)
    by_row = np.arange(width * size).reshape(width, size).T.ravel()
    items = pa.concat_arrays([one.cast(pa.string()) for one in extra.values()]).take(pa.array(by_row))
    keys = pa.array(list(extra) * size, pa.string())
    return pa.MapArray.from_arrays(pa.array(np.arange(size + 1) * width, pa.int32()), keys, items)


def _batch(
    contract: Contract,
    file: str,
    rows: "np.ndarray | Sequence[int]",
    columns: list[pa.Array],
    bad: pa.Array,
    extra: pa.Array,
) -> pa.RecordBatch:
    size = len(rows)
    arrays = [*columns, pa.repeat(pa.scalar(file), size), pa.array(rows, pa.int32()), bad, extra]
    names = [*(field.name for field in contract.fields), "_file", "_row", "_malformed", "_extra"]
    return pa.RecordBatch.from_arrays(arrays, names)
