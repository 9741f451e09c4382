"""What topics and publish make of masters and records: topics' SQL, the catalogue's resources, the open datasets."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from catalog.dataset import OpenDataset
from catalog.resource import Resource
from pipelines.lineage.edge import Edge, edges
from pipelines.lineage.queries import origins
from schemas.contract import Contract
from schemas.errors import RendiError, nearest
from schemas.recorded import made
from schemas.topic import Topic

# A query's literals say nothing of where its columns come from.
ANY_DAY = dt.date(1970, 1, 1)


def topical(topics: Iterable[Topic], views: Mapping[str, Sequence[str]]) -> list[Edge]:
    """From master and record to the topics. views: the columns of each `<zone>_<table>`."""
    told: list[Edge] = []
    for one in topics:
        told += _asked("topics", one.sql, one.reads, views, f"topic/{one.name}", f"{one.name}.sql")
    return told


def described(resources: Iterable[Resource], contracts: Mapping[str, Contract]) -> list[Edge]:
    """From governed tables to the catalogue's items, as `catalog/<resource>`."""
    told: list[Edge] = []
    for resource in resources:
        table, target = resource.table.replace("_", "/", 1), f"catalog/{resource.name}"
        fields = [(one.of, one.column) for one in made(contracts[resource.name])] if resource.kind == "source" else []
        for item in resource.items:
            columns = [column for of, column in fields if of == item.name] or [item.name]
            told += edges("publish", table, columns, target, item.name, "described")
    return told


def opened(datasets: Iterable[OpenDataset], views: Mapping[str, Sequence[str]]) -> list[Edge]:
    """From governed tables to the items of the open datasets, as `open/<resource code>`."""
    told: list[Edge] = []
    for one in datasets:
        read = (one.entry.table, *one.entry.joins)
        told += _asked("publish", one.sql(ANY_DAY), read, views, f"open/{one.folder}", f"open dataset {one.name}")
    return told


def _asked(
    unit: str, sql: str, reads: Iterable[str], views: Mapping[str, Sequence[str]], target: str, where: str
) -> list[Edge]:
    for view in reads:
        if view not in views:
            raise RendiError(f"{where}: no view '{view}'{nearest(view, views)}")
    found = origins(sql, {view: views[view] for view in reads}, where)
    return [Edge(unit, o.view.replace("_", "/", 1), o.column, target, o.made, o.how) for o in found]
