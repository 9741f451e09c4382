"""Edges of column lineage, and the words that say how one column comes out of another."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, order=True)
class Edge:
    """One row of governed/ops/lineage. to_column is `*` where from_column decides which rows there are."""

    unit: str
    from_table: str
    from_column: str
    to_table: str
    to_column: str
    how: str


@dataclass(frozen=True)
class Way:
    """How a column comes out of another: in OpenLineage's words (type, subtype, masking), and in a reader's.

    clear: whether what stood in the one can be read in the other.
    """

    type: Literal["DIRECT", "INDIRECT"]
    subtype: str
    meaning: str
    masking: bool = False
    clear: bool = True


ROWS = "*"
WAYS = {
    "same": Way("DIRECT", "IDENTITY", "the value as it is"),
    "cleaned": Way("DIRECT", "TRANSFORMATION", "in one clean, typed form"),
    "raw": Way("DIRECT", "IDENTITY", "as delivered, where that is not the clean form"),
    "part": Way("DIRECT", "TRANSFORMATION", "read out of it", clear=False),
    "expression": Way("DIRECT", "TRANSFORMATION", "an expression of it"),
    "stands": Way("DIRECT", "TRANSFORMATION", "of all sources' values the one that stands"),
    "gathered": Way("DIRECT", "TRANSFORMATION", "kept beside what the other sources say"),
    "key": Way("DIRECT", "TRANSFORMATION", "a record's key, a token where it holds an ID number"),
    "guarded": Way("DIRECT", "TRANSFORMATION", "free text without what looks like a person's number"),
    "named": Way("DIRECT", "TRANSFORMATION", "a name, masked where it may be a person's"),
    "aggregated": Way("DIRECT", "AGGREGATION", "an aggregate of many rows"),
    "counted": Way("DIRECT", "AGGREGATION", "a count of many rows", clear=False),
    "token": Way("DIRECT", "TRANSFORMATION", "its token", masking=True, clear=False),
    "mask": Way("DIRECT", "TRANSFORMATION", "its mask", masking=True, clear=False),
    "month": Way("DIRECT", "TRANSFORMATION", "the month of the date", masking=True, clear=False),
    "hashed": Way("DIRECT", "TRANSFORMATION", "a hash", masking=True, clear=False),
    "sealed": Way("DIRECT", "TRANSFORMATION", "within the record's cipher", masking=True, clear=False),
    "resolved": Way("INDIRECT", "JOIN", "records are linked by it", clear=False),
    "described": Way("DIRECT", "IDENTITY", "the catalogue's item for it, without its values", clear=False),
    "judged": Way("INDIRECT", "CONDITIONAL", "a rule reads it", clear=False),
    "decides": Way("INDIRECT", "CONDITIONAL", "decides which value stands", clear=False),
    "rows": Way("INDIRECT", "FILTER", "decides which rows there are", clear=False),
}

# Rendi's own columns: when and whence a row came, and words of its own. They are made of no delivered column, but for
# the two dates of validity, which are a record's own where it has `updated_at`.
_ROW = frozenset({"_date", "_night", "_delivery", "_file", "_row"})
_VERSION = frozenset({"valid_from", "valid_to", "learned_on"})
OWN = {
    "bronze": _ROW | {"_hash", "_extra", "_malformed"},
    "quarantine": _ROW | {"facts", "status"},
    "silver": _ROW,
    "superseded": _ROW | _VERSION | {"why", "_by"},
    "link": frozenset({"source", "role", "version", "mints", "first_date", "left_on", "event", "night", "round"}),
    "vault": frozenset({"key_id"}),
    "record": _ROW,
    "record_version": _ROW | _VERSION | {"why"},
    "master": _VERSION | {"source", "role", "item", "kind"},
}


def edges(
    unit: str, origin: str, columns: Iterable[str], target: str, made: str | Iterable[str], how: str
) -> list[Edge]:
    """An edge from each of `columns` to each of the columns `made`."""
    names = [made] if isinstance(made, str) else list(made)
    return [Edge(unit, origin, column, target, name, how) for column in sorted(set(columns)) for name in names]


def zone(table: str) -> str:
    """The zone of a table: `record` of `record/tax_payer`."""
    return table.split("/", 1)[0]
