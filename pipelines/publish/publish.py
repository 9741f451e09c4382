"""Publish: the catalogue's tables, and the datasets that may be opened, as files for the portal.

Commits: catalog/item, then catalog/resource; open datasets are folders that appear whole, by rename,
and go once their entry is no longer published.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from catalog import catalogue, exports
from catalog.dataset import OpenDataset, open_datasets
from catalog.entry import Item
from catalog.exports import dcat
from catalog.resource import Described, Resource, resources
from catalog.rows import item_rows, resource_rows
from pipelines.lake import Lake
from schemas.topic import Topic

VIEWS = ("record", "master", "topic")


def publish(lake: Lake, described: Sequence[Described], night: dt.date, base: str | None = None) -> None:
    """Bring catalogue and open datasets up to the night's tables.

    described: what each topic's file says of itself. base: address under which the portal serves `open/`, ending in a
    slash; by default that of catalog/catalogue.yaml.
    """
    found = resources(described)
    datasets = open_datasets(found)
    facts = catalogue.load(base)
    folder = Path(lake.root) / "open"
    # First of all: whatever fails later, what was withdrawn is gone.
    exports.withdraw(folder, datasets)
    _write_tables(lake, found)
    views = lake.views(*VIEWS)
    published = []
    for dataset in datasets:
        if _reads(dataset) <= views:
            rows = lake.spark.sql(dataset.sql(night)).toArrow()
            published.append((dataset, exports.write(rows, dataset, folder, night, facts)))
    dcat.write(published, folder, night, facts)


def described(one: Topic) -> Described:
    """What a topic's header says, in the catalogue's words."""
    items = tuple(Item.model_validate(item.model_dump()) for item in one.items)
    return Described("topic", one.name, one.title, one.abstract, items)


def _reads(dataset: OpenDataset) -> set[str]:
    return {dataset.entry.table, *dataset.entry.joins}


def _write_tables(lake: Lake, found: Sequence[Resource]) -> None:
    tables = {
        "catalog/item": (item_rows(found), ["resource", "position"]),
        "catalog/resource": (resource_rows(found), ["name"]),
    }
    for table, (rows, key) in tables.items():
        frame = lake.spark.createDataFrame(rows, _ddl(rows))
        lake.replace(table, frame, key)


def _ddl(rows: Sequence[dict[str, object]]) -> str:
    """Spark's types for rows of plain values: a column of nothing but NULL is text."""
    names = {bool: "boolean", int: "bigint", float: "double", list: "array<string>", tuple: "array<string>"}
    types = {}
    for column in rows[0]:
        values = [r[column] for r in rows if r[column] is not None]
        types[column] = names.get(type(values[0]), "string") if values else "string"
    return ", ".join(f"`{column}` {kind}" for column, kind in types.items())
