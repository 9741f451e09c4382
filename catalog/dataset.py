"""Open datasets: what each one shows, checked against the catalogue, and the SQL that reads it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from catalog import codelists, expression, openness
from catalog.entry import Item, OpenEntry, OpenItem
from catalog.resource import Resource, code_of
from schemas.errors import RendiError, nearest

ENTITIES = "master_legal_entity"
PERSON, PERSONS = "person_id", "master_person"
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
    """An open dataset that passed the rules of openness.

    people: the tables whose persons are counted, where a row is not a person.
    """

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
    people: tuple[str, ...]
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
            # Where two tables are about persons, a cell has enough people of either.
            counts = [f"COUNT(DISTINCT {table}.{PERSON})" for table in self.people] or ["COUNT(*)"]
            group = f"\nGROUP BY {keys}\nHAVING {' AND '.join(f'{count} >= {entry.minimum}' for count in counts)}"
            shown.append(f"{counts[0]} AS {entry.count}")
        query = f"SELECT {', '.join(shown)}\nFROM {entry.table}{joins}{where}{group}"
        return query.replace(expression.DATE, f"DATE '{day.isoformat()}'")


def _origin(column: str, tables: Mapping[str, Resource], where: str) -> tuple[Item, Resource]:
    resource, name = _table(column, tables, where)
    item = resource.item(name)
    if item is None:
        known = [i.name for i in resource.items]
        raise RendiError(f"{where}: the catalogue knows no item '{column}'{nearest(name, known)}")
    return item, resource


def _table(column: str, tables: Mapping[str, Resource], where: str) -> tuple[Resource, str]:
    table, _, name = column.partition(".")
    if table not in tables:
        raise RendiError(f"{where}: '{column}' is of a table that is neither 'table' nor in 'joins'")
    return tables[table], name


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
        unsaid = sorted(expression.reads(expression.parse(item.expression, here)) - set(item.sources))
        if unsaid:
            raise RendiError(f"{here}: expression reads {unsaid}, which 'from' does not name")
    return [origin for origin, _ in origins]


def _check_choice(entry: OpenEntry, tables: Mapping[str, Resource], where: str) -> None:
    """RendiError where `where` or a join chooses rows by what may not be known of them."""
    if entry.where:
        here = f"{where}, where"
        _check_read(expression.reads(expression.parse(entry.where, here)), entry, tables, here)
    for table, text in entry.joins.items():
        here = f"{where}, joins.{table}"
        for condition in expression.conditions(expression.parse(text, here)):
            read = expression.reads(condition)
            if expression.is_key(condition):
                _check_key(read, tables, here)
            else:
                _check_read(read, entry, tables, here)


def _check_read(columns: Iterable[str], entry: OpenEntry, tables: Mapping[str, Resource], where: str) -> None:
    for column in sorted(columns):
        item, resource = _origin(column, tables, where)
        if not openness.may_choose(item, resource.subject, entry.count is not None):
            raise RendiError(
                f"{where}: '{column}' may not be opened, and the rows that it chooses would tell it: remove it (an "
                "identifier may stand in a join as table.x_id = other.x_id)"
            )


def _check_key(columns: Iterable[str], tables: Mapping[str, Resource], where: str) -> None:
    for column in sorted(columns):
        resource, name = _table(column, tables, where)
        if name not in resource.columns:
            raise RendiError(f"{where}: no column '{column}'{nearest(name, resource.columns)}")


def _about_persons(tables: Mapping[str, Resource]) -> tuple[str, ...]:
    return tuple(name for name, resource in tables.items() if resource.subject == "person")


def _check_rows(entry: OpenEntry, tables: Mapping[str, Resource], shown: Sequence[Item], where: str) -> None:
    """RendiError where the rows would be persons or tell who stands in a closed table, or no persons are counted."""
    people = _about_persons(tables)
    if entry.count is None:
        if people:
            raise RendiError(f"{where}: {people[0]} has a row a person: show counts (count, minimum), not records")
        for name, resource in tables.items():
            if not any(openness.may_choose(item, resource.subject, counted=False) for item in resource.items):
                raise RendiError(
                    f"{where}: nothing of {name} may be opened, and rows that are joined with it would tell what "
                    "stands there: leave it out"
                )
    elif entry.minimum is None or entry.minimum < openness.SMALLEST_CELL:
        raise RendiError(f"{where}: minimum must be at least {openness.SMALLEST_CELL}, so that no cell is a few people")
    for name in people:
        if PERSON not in tables[name].columns:
            raise RendiError(f"{where}: {name} has no {PERSON}, so that people cannot be counted: leave it out")
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
    _check_choice(entry, tables, where)
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
        # Alone, master_person has a row a person.
        people=() if list(tables) == [PERSONS] else _about_persons(tables),
        entry=entry,
    )


def open_datasets(resources: Sequence[Resource]) -> list[OpenDataset]:
    """The open datasets of all published resources, by code; all of them are checked, also those of drafts.

    RendiError where a dataset would show an item that identifies a person, one that is not 无条件开放, a row a person,
    a cell of few people, or a sole trader, or would choose its rows by an item or a table that may not be opened.
    """
    by_table = {resource.table: resource for resource in resources}
    found = [(resource, _dataset(resource, entry, by_table)) for resource in resources for entry in resource.datasets]
    return sorted((dataset for resource, dataset in found if resource.state == "published"), key=lambda d: d.code)
