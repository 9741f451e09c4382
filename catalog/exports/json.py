"""JSON: one array of objects, an object a line."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa


def _value(value: object) -> str:
    if isinstance(value, Decimal):
        # Written digit by digit: a float would round what has more than 15 digits.
        return format(value, "f")
    return json.dumps(value.isoformat() if isinstance(value, date) else value, ensure_ascii=False)


def write(table: pa.Table, path: Path) -> None:
    """Write `table` to `path` in UTF-8; an absent value is null, a decimal number keeps all its digits."""
    keys = [json.dumps(name, ensure_ascii=False) for name in table.column_names]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("[")
        between = "\n"
        for batch in table.to_batches(max_chunksize=20_000):
            columns = [[_value(value) for value in column.to_pylist()] for column in batch.columns]
            for row in zip(*columns, strict=True):
                pairs = ", ".join(f"{key}: {value}" for key, value in zip(keys, row, strict=True))
                file.write(f"{between}{{{pairs}}}")
                between = ",\n"
        file.write("\n]\n")
