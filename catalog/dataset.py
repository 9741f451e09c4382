"""Open datasets: what each one shows, checked against the catalogue, and the SQL that reads it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from catalog import codelists, openness
from catalog.entry import Item, OpenEntry, OpenItem
from catalog.resource import Resource, code_of
from schemas.errors import RendiError, nearest

ENTITIES = "master_legal_entity"
# Names and codes of sole traders are those of persons, and so may be a short name that no organisation bears. A row
# whose kind is unknown is left out.
ENTITY_ROWS = (
    f"{ENTITIES}.kind IN ('法人', '非法人组织')"
    f" AND ({ENTITIES}.uscc IS NULL OR {ENTITIES}.uscc NOT LIKE '92%')"
    f" AND (CHAR_LENGTH({ENTITIES}.name) > 4 OR {ENTITIES}.name RLIKE '[局委办院校所厂店社会司站队部处园馆行场]$')"
)
_ENTITY_KINDS = {"uscc", "org_name", "registration_no"}


@dataclass(frozen=True)
class OpenColumn:
    """One column of an open dataset; `kind` and `params` as in a contract."""

    name: str
    label: str
    label_en: str
    kind: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class OpenDataset:
    """An open dataset that passed the rules of openness."""

    name: str
    code: str
    title: str
    title_en: str
    abstract: str
    abstract_en: str
    provider: str
    category: str
    keywords: tuple[str, ...]
    every_days: int
    issued: str | None
    columns: tuple[OpenColumn, ...]
    entry: OpenEntry

    @property
    def folder(self) -> str:
        """The resource code as a folder's name: a slash cannot stand in one."""
        return self.code.replace("/", "-")

    def sql(self, day: date) -> str:
        """The query over views named record_<source>, master_<name> and topic_<name>, as of the business date `day`.

        Returns Spark SQL with the dataset's columns in order; `{date}` in the entry stands for `day`. The order of the
        rows is left to the export.
        """
        entry = self.entry
        shown = [f"{item.expression or item.sources[0]} AS {item.name}" for item in entry.items]
        joins = "".join(f"\nJOIN {table} ON {condition}" for table, condition in entry.joins.items())
        filters = [f"({entry.where})"] if entry.where else []
        if ENTITIES in (entry.table, *entry.joins):
            filters.append(ENTITY_ROWS)
        where = f"\nWHERE {' AND '.join(filters)}" if filters else ""
        group = ""
        if entry.count:
            keys = ", ".join(item.expression or item.sources[0] for item in entry.items)
            group = f"\nGROUP BY {keys}\nHAVING COUNT(*) >= {entry.minimum}"
            shown.append(f"COUNT(*) AS {entry.count}")
        query = f"SELECT {', '.join(shown)}\nFROM {entry.table}{joins}{where}{group}"
        return query.replace("{date}", f"DATE '{day.isoformat()}'")


def _origin(column: str, tables: Mapping[str, Resource], where: str) -> tuple[Item, Resource]:
    table, _, name = column.partition(".")
    if table not in tables:
        raise RendiError(f"{where}: '{column}' is of a table that is neither 'table' nor in 'joins'")
    item = tables[table].item(name)
    if item is None:
        known = [i.name for i in tables[table].items]
        raise RendiError(f"{where}: the catalogue knows no item '{column}'{nearest(name, known)}")
    return item, tables[table]


def _check_item(item: OpenItem, tables: Mapping[str, Resource], smallest: int | None, where: str) -> list[Item]:
    """The governed items that one open item shows; RendiError where one may not be shown."""
    here = f"{where}, item '{item.name}'"
    origins = [_origin(column, tables, here) for column in item.sources]
    if item.expression is None and len(origins) != 1:
        raise RendiError(f"{here}: 'from' names {len(origins)} columns, so an 'expression' has to join them")
    for origin, resource in origins:
        how_open = openness.opened(origin, resource.subject, smallest)
        if how_open != "无条件开放":
            raise RendiError(
                f"{here}: {resource.name}.{origin.name} is {how_open} here: an open dataset takes only what is "
                f"无条件开放; remove it, or show counts of at least {openness.SMALLEST_CELL} (count, minimum)"
            )
    if item.expression is not None:
        every = {known.name for resource in tables.values() for known in resource.items}
        read = {word for word in re.findall(r"[A-Za-z_][A-Za-z0-9_]*", item.expression.lower()) if word in every}
        unsaid = sorted(read - {origin.name for origin, _ in origins})
        if unsaid:
            raise RendiError(f"{here}: expression reads {unsaid}, which 'from' does not name")
    return [origin for origin, _ in origins]


def _check_rows(entry: OpenEntry, tables: Mapping[str, Resource], shown: Sequence[Item], where: str) -> None:
    """RendiError where the rows themselves would be persons."""
    if entry.count is None:
        people = [name for name, resource in tables.items() if resource.subject == "person"]
        if people:
            raise RendiError(f"{where}: {people[0]} has a row a person: show counts (count, minimum), not records")
    elif entry.minimum is None or entry.minimum < openness.SMALLEST_CELL:
        raise RendiError(f"{where}: minimum must be at least {openness.SMALLEST_CELL}, so that no cell is a few people")
    of_entities = any(r.subject == "legal_entity" for r in tables.values()) or any(
        item.kind in _ENTITY_KINDS for item in shown
    )
    if of_entities and ENTITIES not in tables:
        raise RendiError(f"{where}: join {ENTITIES}, which tells sole traders (persons) from other entities")


def _dataset(resource: Resource, entry: OpenEntry, by_table: Mapping[str, Resource]) -> OpenDataset:
    where = f"catalog entry '{resource.name}', open.{entry.name}"
    for table in (entry.table, *entry.joins):
        if table not in by_table:
            raise RendiError(f"{where}: no table '{table}'{nearest(table, by_table)}")
    tables = {table: by_table[table] for table in (entry.table, *entry.joins)}
    columns: list[OpenColumn] = []
    shown: list[Item] = []
    for item in entry.items:
        origins = _check_item(item, tables, entry.minimum if entry.count else None, where)
        shown += origins
        kind = item.kind or origins[0].kind
        codelists.entry("kinds", kind, where)
        params = origins[0].params if item.expression is None else {}
        label = item.label or origins[0].label
        columns.append(OpenColumn(item.name, label, item.label_en or item.name.replace("_", " "), kind, params))
    _check_rows(entry, tables, shown, where)
    if entry.count:
        columns.append(OpenColumn(entry.count, "数量", "number", "integer", {}))
    return OpenDataset(
        name=entry.name,
        code=code_of(resource.category, entry.serial),
        title=entry.title,
        title_en=entry.title_en,
        abstract=entry.abstract,
        abstract_en=entry.abstract_en,
        provider=resource.provider,
        category=resource.category,
        keywords=tuple(entry.keywords),
        every_days=resource.every_days,
        issued=resource.published_on,
        columns=tuple(columns),
        entry=entry,
    )


def open_datasets(resources: Sequence[Resource]) -> list[OpenDataset]:
    """The open datasets of all published resources, by code; all of them are checked, also those of drafts.

    RendiError where a dataset would show an item that identifies a person, one that is not 无条件开放, a row a person,
    a cell of few people, or a sole trader.
    """
    by_table = {resource.table: resource for resource in resources}
    found = [(resource, _dataset(resource, entry, by_table)) for resource in resources for entry in resource.datasets]
    return sorted((dataset for resource, dataset in found if resource.state == "published"), key=lambda d: d.code)
