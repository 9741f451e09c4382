"""JSON objects to rows: keys that are fields, and the others."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipelines.land import batch
from pipelines.land.header import known
from pipelines.land.json_text import as_text
from schemas.contract import Contract, fold


class Rows:
    """Collects rows of one file until they make a batch."""

    def __init__(self, contract: Contract, file: str) -> None:
        self._contract = contract
        self._file = file
        self._known = known(contract)
        self._fields: dict[str, str | None] = {}
        self._good: list[tuple[int, dict[str, str | None], dict[str, str | None]]] = []
        self._bad: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._good) + len(self._bad)

    def field(self, key: str) -> str | None:
        """The contract's field that a key stands for, None for a key outside the contract."""
        if key not in self._fields:
            self._fields[key] = self._known.get(fold(key))
        return self._fields[key]

    def add(self, row: int, record: Mapping[str, Any]) -> None:
        """One object; ValueError where a text is none, or two keys stand for one field."""
        fields: dict[str, str | None] = {}
        extra: dict[str, str | None] = {}
        for key, value in record.items():
            field = self.field(key)
            if field is None:
                extra[str(as_text(key))] = as_text(value)
            elif field in fields:
                raise ValueError("two keys stand for one field")
            else:
                fields[field] = as_text(value)
        self._good.append((row, fields, extra))

    def add_malformed(self, row: int, line: str) -> None:
        """One line, or feature, that is no object of this kind."""
        self._bad.append((row, line))

    def take(self) -> list[pa.RecordBatch]:
        """What was collected, as batches; nothing stays behind."""
        batches = []
        if self._good:
            names = [field.name for field in self._contract.fields]
            texts = {name: pa.array([fields.get(name) for _, fields, _ in self._good], pa.string()) for name in names}
            extra = batch.maps([extra for _, _, extra in self._good])
            batches.append(batch.good(self._contract, self._file, [row for row, _, _ in self._good], texts, extra))
        if self._bad:
            rows, lines = [row for row, _ in self._bad], [line for _, line in self._bad]
            batches.append(batch.malformed(self._contract, self._file, rows, lines))
        self._good, self._bad = [], []
        return batches


def absent_by_chance(contract: Contract, present: set[str], extra: set[str], records: int) -> set[str]:
    """Fields that no record holds and that are not missing all the same.

    Writers drop keys whose value is null, so that a short delivery may do without an optional key by chance; in fifty
    records, or beside a key that nobody knows, it is taken for missing.
    """
    if extra or records >= 50:
        return set()
    return {field.name for field in contract.fields if field.name not in present and not field.required}
