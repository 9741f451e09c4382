"""How much of the catalogue can be shared and opened."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def figures(resources: Sequence[Row], items: Sequence[Row]) -> list[dict[str, Any]]:
    """A row a kind of resource and one of all; none of an empty catalogue.

    resources, items: rows of governed/catalog/resource and item. Returns kind (source, master, topic, all); resources;
    shared: how many of them may be shared (not 不予共享); open: how many are open as a whole or in part, by an open
    dataset; shared_share and open_share (0 to 1); items; open_items: those that are open (not 不予开放).
    """
    kinds = sorted({row["kind"] for row in resources})
    rows = [_row(kind, [row for row in resources if row["kind"] == kind], items) for kind in kinds]
    return [*rows, _row("all", resources, items)] if rows else []


def _row(kind: str, resources: Sequence[Row], items: Iterable[Row]) -> dict[str, Any]:
    names = {row["name"] for row in resources}
    own = [item for item in items if item["resource"] in names]
    shared = sum(row["sharing"] != "不予共享" for row in resources)
    opened = sum(row["openness"] != "不予开放" or bool(row["open_datasets"]) for row in resources)
    return {
        "kind": kind,
        "resources": len(resources),
        "shared": shared,
        "shared_share": round(shared / len(resources), 4),
        "open": opened,
        "open_share": round(opened / len(resources), 4),
        "items": len(own),
        "open_items": sum(item["openness"] != "不予开放" for item in own),
    }
