"""Relations between the masters, and the rules across sources that judge them (`authority/relations.yaml`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, model_validator

from schemas.authorities import FOLDER, Message, Strict, validated
from schemas.contract import Contract
from schemas.errors import RendiError, nearest, text_of
from schemas.expressions import check, columns_of
from schemas.recorded import recorded

FILE = "relations.yaml"
MASTERS = {"person": "person", "other_person": "person", "entity": "legal_entity", "place": "place"}
COLUMNS = ("kind", "detail", "valid_from", "valid_to", "concurrent")


class Relation(Strict):
    """One kind of relation that the records of a source state; `left`, `right` are entity columns of record/<source>.

    group, head: in place of `right`, the left entity of the one record of the group that meets `head`. opens, closes: a
    record that meets `closes` ends the pair's relation that an earlier one opened. until: when the masters know that it
    ended. exclusive: `concurrent` counts the others that stood for either of the two when it began. latest: of several
    records of one entity of `right`, only the one with the greatest such value states it.
    """

    table: str
    kind: str
    source: str
    when: str = "TRUE"
    left: str
    right: str | None = None
    group: str | None = None
    head: str | None = None
    opens: str | None = None
    closes: str | None = None
    valid_from: str = "NULL"
    valid_to: str = "NULL"
    until: str | None = None
    detail: str = "NULL"
    latest: str | None = None
    exclusive: bool = False

    @model_validator(mode="after")
    def _whole(self) -> "Relation":
        if (self.right is None) == (self.group is None) or (self.group is None) != (self.head is None):
            raise ValueError(f"{self.kind} of {self.source}: give 'right', or 'group' with 'head'")
        if (self.opens is None) != (self.closes is None):
            raise ValueError(f"{self.kind} of {self.source}: 'opens' and 'closes' go together")
        if self.latest and self.right is None:
            raise ValueError(f"{self.kind} of {self.source}: 'latest' is of the entity of 'right'")
        return self

    @property
    def chained(self) -> bool:
        """Whether one record's relation depends on other records of the same two."""
        return self.exclusive or self.latest is not None or self.closes is not None


class Rule(Strict):
    """A rule across sources; SQL over the relation and the masters of its two ends."""

    rule: str
    table: str
    kinds: list[str] = Field(min_length=1)
    when: str
    column: str
    message: Message


class Relations(Strict):
    """The whole file."""

    tables: dict[str, list[str]]
    relations: list[Relation]
    rules: list[Rule]


@dataclass(frozen=True)
class RelationTable:
    """One relation table with what is written into it. left, right: its two id columns."""

    name: str
    left: str
    right: str
    relations: tuple[Relation, ...]
    rules: tuple[Rule, ...]

    @property
    def ends(self) -> dict[str, tuple[str, str]]:
        """id column → (name by which rules call that end, master)."""
        return {c: (c.removesuffix("_id"), MASTERS[c.removesuffix("_id")]) for c in (self.left, self.right)}

    def read_of(self, column: str) -> list[str]:
        """The master's columns that rules and `until` read of one end."""
        prefix = f"{column.removesuffix('_id')}."
        texts = [r.when for r in self.rules] + [r.until for r in self.relations if r.until]
        return sorted({c.removeprefix(prefix) for text in texts for c in columns_of(text) if c.startswith(prefix)})


def load(contracts: Iterable[Contract], folder: Path = FOLDER) -> list[RelationTable]:
    """The relation tables, checked against the contracts; RendiError names file, key and the nearest right word."""
    where = f"{folder.name}/{FILE}"
    found: Relations = validated(Relations, text_of(folder / FILE), where)
    known = {c.source: c for c in contracts}
    for relation in found.relations:
        _check(relation, found.tables, known, f"{where}: {relation.kind} of {relation.source}")
    tables = []
    for name, ends in found.tables.items():
        if len(ends) != 2 or any(e.removesuffix("_id") not in MASTERS for e in ends):
            raise RendiError(f"{where}: tables.{name}: two of {', '.join(f'{m}_id' for m in MASTERS)} are needed")
        inside = tuple(r for r in found.relations if r.table == name)
        rules = tuple(r for r in found.rules if r.table == name)
        kinds = {r.kind for r in inside}
        for rule in rules:
            for kind in rule.kinds:
                if kind not in kinds:
                    raise RendiError(f"{where}: rule {rule.rule}: no kind '{kind}' in {name}{nearest(kind, kinds)}")
            _check_ends(rule.when, ends, f"{where}: rule {rule.rule}")
            if rule.column not in (*COLUMNS, *ends):
                hint = nearest(rule.column, (*COLUMNS, *ends))
                raise RendiError(f"{where}: rule {rule.rule}: column: {name} has no column '{rule.column}'{hint}")
        left, right = ends
        tables.append(RelationTable(name, left, right, inside, rules))
    for rule in found.rules:
        if rule.table not in found.tables:
            raise RendiError(f"{where}: rule {rule.rule}: no table '{rule.table}'{nearest(rule.table, found.tables)}")
    return tables


def _check(relation: Relation, tables: Mapping[str, list[str]], contracts: Mapping[str, Contract], where: str) -> None:
    if relation.table not in tables:
        raise RendiError(f"{where}: no table '{relation.table}'{nearest(relation.table, tables)}")
    if relation.source not in contracts:
        raise RendiError(f"{where}: no contract for source '{relation.source}'{nearest(relation.source, contracts)}")
    columns = recorded(contracts[relation.source])
    own = ("when", "left", "right", "group", "head", "opens", "closes", "valid_from", "valid_to", "detail", "latest")
    for key in own:
        text = getattr(relation, key)
        if text is not None:
            check(text, columns, f"{where}: {key}")
    if relation.until:
        _check_ends(relation.until, tables[relation.table], f"{where}: until")


def _check_ends(text: str, ends: list[str], where: str) -> None:
    """Columns of the masters are for Spark to know; here, that the ends are those of the table."""
    prefixes = [e.removesuffix("_id") for e in ends]
    for column in sorted(columns_of(text)):
        end, dot, _ = column.partition(".")
        if (dot and end not in prefixes) or (not dot and column not in (*COLUMNS, *ends)):
            known = [*COLUMNS, *ends, *(f"{p}." for p in prefixes)]
            raise RendiError(f"{where}: no column '{column}'{nearest(column, known)}")
