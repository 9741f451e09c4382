"""Addresses as keys: how a written address finds the standard address (GB/T 23705) that it means."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import address

AREAS = ("province", "city", "district", "town", "community")


def standard(parts: Column) -> list[Column]:
    """The keys under which a standard address is found: as it is, and without its unit, which writers leave out.

    parts: struct of `address.parse`. Returns string columns, NULL where there is no such key.
    """
    unitless = F.when(_known(parts, "unit", "room") & ~_known(parts, "rest"), _upto(parts, "room", without="unit"))
    return [address.standard_key(parts), unitless]


def sought(parts: Column) -> list[Column]:
    """The keys that a written address is looked up by, the most exact first: door, unit, building, number.

    parts: struct of `address.parse`. Returns string columns, NULL where the level adds nothing to the next.
    """
    # What no part took may stand before any part but the number.
    sure = ~_known(parts, "rest")
    inside = _known(parts, "unit") | _known(parts, "room")
    return [
        address.standard_key(parts),
        F.when(sure & _known(parts, "unit", "room"), _upto(parts, "unit")),
        F.when(sure & inside & _known(parts, "building"), _upto(parts, "building")),
        F.when((~sure | _known(parts, "building")) & _known(parts, "number"), _upto(parts, "number")),
    ]


def area(parts: Column, code: Column | None = None) -> Column:
    """The areas around a door as one string, `province|city|district|town|community`, empty where not known.

    code: the community's (12 digits), which stands behind the names.
    """
    return F.concat_ws("|", *(F.coalesce(parts[a], F.lit("")) for a in AREAS), *([] if code is None else [code]))


def community(areas: Column) -> Column:
    """The community's code in a result of `area`, NULL where it has none."""
    return F.get(F.split(areas, r"\|"), F.lit(len(AREAS)))


def agree(one: Column, other: Column) -> Column:
    """Whether two results of `area` can be one area: no level on which both are known and differ (boolean)."""
    a, b = F.split(one, r"\|"), F.split(other, r"\|")
    levels = [
        # 蜀山 and 蜀山区 are one: a suffix may be left out.
        F.coalesce(F.get(a, F.lit(i)).startswith(F.get(b, F.lit(i))), F.lit(True))
        | F.coalesce(F.get(b, F.lit(i)).startswith(F.get(a, F.lit(i))), F.lit(True))
        for i in range(len(AREAS))
    ]
    agreed = levels[0]
    for level in levels[1:]:
        agreed &= level
    return agreed


def _known(parts: Column, *names: str) -> Column:
    known = F.lit(True)
    for name in names:
        known &= parts[name].isNotNull()
    return known


def _upto(parts: Column, last: str, without: str = "") -> Column:
    """The standard key with the parts behind `last` (and `without`) left empty."""
    doors = ("number", "building", "unit", "room")
    kept = doors[: doors.index(last) + 1]
    key = F.split(address.standard_key(parts), r"\|")
    pieces = [F.get(key, F.lit(0))]
    pieces += [F.get(key, F.lit(i + 1)) if d in kept and d != without else F.lit("") for i, d in enumerate(doors)]
    return F.concat(pieces[0], *(c for p in pieces[1:] for c in (F.lit("|"), p)))
