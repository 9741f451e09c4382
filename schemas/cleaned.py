"""The columns of silver that standardising makes of delivered fields: clean values, raw forms, and what is read out.

`cleaned` is the one description of it: suites may name these columns, lineage tells where each comes from.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.contract import Contract

AXES = ("longitude", "latitude", "crs")
How = Literal["cleaned", "raw", "part"]


@dataclass(frozen=True)
class Cleaned:
    """A column of silver/<source>, the delivered fields that it comes from, and how."""

    column: str
    fields: tuple[str, ...]
    how: How


def cleaned(contract: Contract) -> tuple[Cleaned, ...]:
    """A source's clean fields, their `<field>_raw`, and its derived fields."""
    point = tuple(axes(contract).values())
    # The three of a point become CGCS2000 together.
    origin = {f.name: point if f.name in point else (f.name,) for f in contract.fields}
    for derived in contract.derived:
        origin[derived.name] = tuple(dict.fromkeys(f for column in derived.reads for f in origin[column]))
    return (
        *(Cleaned(f.name, origin[f.name], "cleaned") for f in contract.fields),
        *(Cleaned(f"{f.name}_raw", origin[f.name], "raw") for f in contract.fields),
        *(Cleaned(d.name, origin[d.name], "part") for d in contract.derived),
    )


def axes(contract: Contract) -> dict[str, str]:
    """Kind → field of a source's point, where it has longitude, latitude and their reference system; else nothing."""
    found = {f.kind: f.name for f in contract.fields if f.kind in AXES}
    return {axis: found[axis] for axis in AXES} if len(found) == len(AXES) else {}
