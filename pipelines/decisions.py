"""Decisions: what people decided about a lake, append-only under restricted/decision/, each with its reason.

Written without Spark, so that a steward does not wait for a JVM, and under a lock of their own.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa

from pipelines.locks import held
from schemas.errors import RendiError, nearest

LOCK = "decision"
TABLES: dict[str, list[str]] = {
    "override": ["source", "delivery", "verdict", "reason"],
    "correction": ["source", "delivery", "file", "row", "field", "value", "reason"],
    "dismissal": ["source", "delivery", "file", "row", "reason"],
    "pin": ["subject", "id", "item", "source", "reason"],
    "alias": ["number", "same_as", "valid_from", "reason"],
    "judgement": ["subject", "record_a", "role_a", "record_b", "role_b", "verdict", "reason"],
}


VERDICTS = {"override": ("accept", "refuse"), "judgement": ("same", "different", "unsure")}


def decide(root: str, table: str, night: dt.date, **values: str) -> None:
    """Append one decision: its columns of TABLES, when it was decided, and the night from which it applies.

    RendiError for a verdict that nobody would understand later.
    """
    known = VERDICTS.get(table, ())
    if known and values["verdict"] not in known:
        raise RendiError(
            f"no verdict '{values['verdict']}'{nearest(values['verdict'], known)}; use {' or '.join(known)}"
        )
    row: dict[str, Any] = {name: str(values[name]) for name in TABLES[table]}
    row |= {"decided_at": dt.datetime.now(dt.UTC), "night": night}
    schema = pa.schema(
        [
            *((name, pa.string()) for name in TABLES[table]),
            ("decided_at", pa.timestamp("us", "UTC")),
            ("night", pa.date32()),
        ]
    )
    with held(root, LOCK, wait_seconds=30):
        path = Path(root) / "restricted" / "decision" / table
        deltalake.write_deltalake(str(path), pa.Table.from_pylist([row], schema), mode="append")


def decided(root: str, table: str) -> list[dict[str, Any]]:
    """All decisions of one kind, in the order in which they were made."""
    path = Path(root) / "restricted" / "decision" / table
    if not (path / "_delta_log").exists():
        return []
    rows: list[dict[str, Any]] = deltalake.DeltaTable(str(path)).to_pyarrow_table().to_pylist()
    return sorted(rows, key=lambda r: r["decided_at"])


def overrides(root: str, source: str) -> dict[str, str]:
    """The latest verdict of an engineer on each delivery of a source: `accept` or `refuse`."""
    return {r["delivery"]: r["verdict"] for r in decided(root, "override") if r["source"] == source}
