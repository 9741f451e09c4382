"""How many rows each unit took in and gave out: by what the tables' logs say since the night that closed before."""

from collections.abc import Iterable, Mapping, Sequence

from pipelines.deliveries import Entry
from pipelines.figures import Figure
from pipelines.lake import Lake
from pipelines.lineage.edge import Edge


def moved(lake: Lake, before: Mapping[str, int], tables: Iterable[str]) -> dict[str, int]:
    """Table -> rows that were written or removed. before: table -> version at the last closing."""
    found = {table: lake.moved(table, before.get(table, -1)) for table in tables}
    return {table: rows for table, rows in found.items() if rows is not None}


def flows(
    units: Sequence[Figure], edges: Iterable[Edge], moved: Mapping[str, int], entries: Iterable[Entry]
) -> list[tuple[int, int]]:
    """Rows in and out of each of the units, in their order.

    In: rows that moved in the tables that it reads, and of `land` the rows that the deliveries of its night hold.
    Out: rows that moved in those that it writes. A unit that runs by source has only its own source's tables. What
    publish writes has names of its own in lineage, so its rows are those that moved in the catalogue.
    """
    edges = list(edges)
    delivered: dict[tuple[str, object], int] = {}
    for entry in entries:
        key = (entry.source, entry.night)
        delivered[key] = delivered.get(key, 0) + entry.delivered
    found = []
    for unit in units:
        made = {e.to_table for e in edges if e.unit == unit.unit}
        read = {e.from_table for e in edges if e.unit == unit.unit} - made
        if unit.unit == "publish":
            made = {table for table in moved if table.startswith("catalog/")}
        rows = [sum(moved.get(t, 0) for t in tables if _of(t, unit.source)) for tables in (read, made)]
        if unit.unit == "land":
            rows[0] = delivered.get((unit.source, unit.night), 0)
        found.append((rows[0], rows[1]))
    return found


def _of(table: str, source: str) -> bool:
    return not source or table.partition("/")[2] == source
