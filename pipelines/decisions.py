"""Decisions: what people decided about a lake, append-only under restricted/decision/, each with its reason.

Written without Spark, so that a steward does not wait for a JVM, and under a lock of their own.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
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
    """Append one decision, as `decide_all`."""
    decide_all(root, table, night, [values])


def decide_all(root: str, table: str, night: dt.date, decisions: Iterable[Mapping[str, str]]) -> None:
    """Append decisions in one commit: columns of TABLES, when they were decided, the night from which they apply.

    RendiError for a verdict that nobody would understand later.
    """
    now, known = dt.datetime.now(dt.UTC), VERDICTS.get(table, ())
    rows: list[dict[str, Any]] = []
    for values in decisions:
        if known and values["verdict"] not in known:
            raise RendiError(
                f"no verdict '{values['verdict']}'{nearest(values['verdict'], known)}; use {' or '.join(known)}"
            )
        rows.append({name: str(values[name]) for name in TABLES[table]} | {"decided_at": now, "night": night})
    schema = pa.schema(
        [
            *((name, pa.string()) for name in TABLES[table]),
            ("decided_at", pa.timestamp("us", "UTC")),
            ("night", pa.date32()),
        ]
    )
    with held(root, LOCK, wait_seconds=30):
        path = Path(root) / "restricted" / "decision" / table
        deltalake.write_deltalake(str(path), pa.Table.from_pylist(rows, schema), mode="append")


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
