"""Authority: which department is the source of which item (数源部门), one file a master in `authority/`."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from schemas.contract import Contract, Subject
from schemas.errors import RendiError, nearest, text_of
from schemas.expressions import check, columns_of
from schemas.recorded import ENTITY_ID, id_column, recorded
from schemas.values.number import is_decimal

FOLDER = Path(__file__).parent / "authority"
# Spark's types for the columns of a master, besides decimal(p,s).
TYPES = ("string", "boolean", "date", "timestamp", "int", "bigint", "double")
# What a place tells of whom it holds.
LOCATED = ("community_code", "grid_code", "region_code")


class Strict(BaseModel):
    """A part of a file in `authority/`: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Statement(Strict):
    """What a source says of an item: `values` are SQL over the columns of record/<source>, with `{role}` for the role.

    certificate: the 数源部门 issued it to prove the value, so that it is stronger than what its registers say.
    overtakes: SQL over the item's columns for values that no certificate tells and that end what one told: such a
    statement ranks with the item's certificates, and the later of them stands.
    until: the column with the last day for which the source says it; after it the source says nothing of the item.
    """

    source: str
    roles: list[str] = ["self"]
    certificate: bool = False
    overtakes: str | None = None
    when: str | None = None
    until: str | None = Field(None, pattern=r"^[a-z][a-z0-9_]*$")
    values: dict[str, str] = {}

    def reads(self, column: str, role: str, defaults: Mapping[str, str]) -> str:
        """The SQL of one master column."""
        return self.values.get(column, defaults.get(column, column)).replace("{role}", role)

    def made_by(self, source: str, role: str) -> bool:
        """Whether the records of a source make it in a role."""
        return source == self.source and role in self.roles

    def holds(self, role: str) -> str:
        """The SQL of the condition under which the source says anything of the item."""
        return (self.when or "TRUE").replace("{role}", role)


class Segment(Strict):
    """A part of the population with a 数源部门 of its own: `order` names the sources that come first there."""

    when: str
    order: list[str] = Field(min_length=1)


def _spelled(node: Any) -> Any:
    return [{"source": one} if isinstance(one, str) else one for one in node] if isinstance(node, list) else node


class Item(Strict):
    """One item (信息项) of a master: one or more columns that move together.

    columns: name and Spark type; the first must be there for a source to have said anything, and is what is shown.
    compare: SQL over the columns, in which statements are compared where that is not the first one; a statement without
    it loses to any that has it. sources: in order, the first is the 数源部门.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    basis: str
    columns: dict[str, str] = Field(min_length=1)
    compare: str | None = None
    values: dict[str, str] = {}
    sources: list[Statement] = Field(min_length=1)
    segments: list[Segment] = []

    _short = field_validator("sources", mode="before")(_spelled)

    @property
    def shown(self) -> str:
        """The column that tells of the item in conflicts and history."""
        return next(iter(self.columns))

    @property
    def compared(self) -> str:
        """The SQL in which statements differ."""
        return self.compare or self.shown

    def ordered(self, segment: Segment | None = None) -> list[Statement]:
        """The statements, the strongest first; in a segment the sources that it names come before the others."""
        first = segment.order if segment else []
        return sorted(self.sources, key=lambda s: first.index(s.source) if s.source in first else len(first))


class Gathered(Strict):
    """An item that keeps what every source says, the latest of each, in place of one winner."""

    name: str
    label: str
    basis: str
    columns: dict[str, str] = Field(min_length=1)
    values: dict[str, str] = {}
    sources: list[Statement] = Field(min_length=1)

    _short = field_validator("sources", mode="before")(_spelled)


class Flag(Strict):
    """What segments and warnings may ask of an entity: whether any record of the source meets the condition."""

    source: str
    roles: list[str] = ["self"]
    when: str = "TRUE"


class Message(Strict):
    """What is wrong, for the department that has to correct it."""

    zh: str
    en: str


class Warning(Strict):
    """A rule across sources: SQL over the master's columns and flags. column: the one that should be looked at."""

    rule: str
    when: str
    column: str
    message: Message


class Area(Strict):
    """Areas that tell a point where it lies: `columns` are master column → column of record/<source>."""

    source: str
    boundary: str
    columns: dict[str, str] = Field(min_length=1)


class Authority(Strict):
    """One master: its items with their sources, and what else is worked out for it.

    as_of: SQL of a value's own date in a source (otherwise `updated_at`, otherwise the business date). location: the
    column with the place that gives community, grid and region. region: the item that states the region, which stands
    where the place is unknown or another source's.
    """

    subject: Subject
    as_of: dict[str, str] = {}
    flags: dict[str, Flag] = {}
    items: list[Item]
    lists: list[Gathered] = []
    warnings: list[Warning] = []
    areas: Area | None = None
    location: str | None = None
    region: str | None = None

    @property
    def id(self) -> str:
        """The master's identifier column."""
        return ENTITY_ID[self.subject]

    @cached_property
    def columns(self) -> dict[str, str]:
        """Every column that an item fills, with its Spark type."""
        return {name: kind for item in self.items for name, kind in item.columns.items()}

    @property
    def master(self) -> list[str]:
        """Every column of the master that a warning may name."""
        located = self.areas.columns if self.areas else LOCATED if self.location else ()
        return [self.id, *self.columns, *(one.name for one in self.lists), *located]

    @property
    def said(self) -> list[tuple[str, Item | Gathered, Statement]]:
        """Every statement, with its item and where it stands in the file."""
        groups: list[tuple[str, list[Item] | list[Gathered]]] = [("items", self.items), ("lists", self.lists)]
        return [(f"{g}.{i.name}: {s.source}", i, s) for g, items in groups for i in items for s in i.sources]

    @model_validator(mode="after")
    def _one_meaning(self) -> "Authority":
        names = [c for item in self.items for c in item.columns] + [one.name for one in self.lists] + [*self.flags]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"{twice[0]} stands twice among columns, lists and flags")
        for item in self.items:
            _check_item(item)
        for group, items in (("items", self.items), ("lists", self.lists)):
            for one in items:
                _check_types(f"{group}.{one.name}", one.columns)
        return self

    def check(self, contracts: Mapping[str, Contract], where: str) -> None:
        """RendiError where a source, role, column or flag does not exist, or a certificate is not the 数源部门's."""
        for place, item, said in self.said:
            here = f"{where}: {place}"
            known = self._columns(said.source, contracts, here)
            for role in said.roles:
                _check_role(role, self.subject, contracts[said.source], here)
                for column in item.columns:
                    check(said.reads(column, role, item.values), known, here)
                check(said.holds(role), known, here)
            check(said.until or "", known, f"{here}: until")
        for name, flag in self.flags.items():
            here = f"{where}: flags.{name}"
            check(flag.when, self._columns(flag.source, contracts, here), here)
            for role in flag.roles:
                _check_role(role, self.subject, contracts[flag.source], here)
        for source, expression in self.as_of.items():
            check(expression, self._columns(source, contracts, f"{where}: as_of"), f"{where}: as_of.{source}")
        for item in self.items:
            for segment in item.segments:
                check(segment.when, self.flags, f"{where}: items.{item.name}: segments")
            self._check_certificates(item, contracts, f"{where}: items.{item.name}")
        if self.areas:
            known = self._columns(self.areas.source, contracts, f"{where}: areas")
            for column in (self.areas.boundary, *self.areas.columns.values()):
                check(column, known, f"{where}: areas")
        self._check_master(where)

    def _check_master(self, where: str) -> None:
        """RendiError where the file names a column or an item of the master that is none."""
        own = [*self.master, *self.flags, "sources", *(f"attributes.{item.name}" for item in self.items)]
        for warning in self.warnings:
            check(warning.when, own, f"{where}: warnings.{warning.rule}: when")
            _check_word(warning.column, self.master, f"{where}: warnings.{warning.rule}: column: no column")
        if self.location:
            _check_word(self.location, self.columns, f"{where}: location: no column")
            _check_word(self.region or "", [item.name for item in self.items], f"{where}: region: no item")

    def _columns(self, source: str, contracts: Mapping[str, Contract], where: str) -> dict[str, frozenset[str]]:
        if source not in contracts:
            raise RendiError(f"{where}: no contract for source '{source}'{nearest(source, contracts)}")
        return recorded(contracts[source])

    def _check_certificates(self, item: Item, contracts: Mapping[str, Contract], where: str) -> None:
        for segment in (None, *item.segments):
            order = item.ordered(segment)
            own = contracts[order[0].source].department
            flags = [s.certificate for s in order if contracts[s.source].department == own]
            if flags != sorted(flags, reverse=True):
                raise RendiError(f"{where}: a certificate of {own} has to stand before what its registers say")


def _check_item(item: Item) -> None:
    compared = (item.compare, *(s.overtakes for s in item.sources))
    read = (c for text in compared for c in columns_of(text or ""))
    for column in (*read, *item.values, *(c for s in item.sources for c in s.values)):
        if column not in item.columns:
            raise ValueError(f"items.{item.name}: no column '{column}'{nearest(column, item.columns)}")
    if any(s.overtakes for s in item.sources) and not any(s.certificate for s in item.sources):
        raise ValueError(f"items.{item.name}: 'overtakes' is there for certificates, and the item has none")
    named = [(s.source, role) for s in item.sources for role in s.roles]
    twice = sorted({n for n in named if named.count(n) > 1})
    if twice:
        raise ValueError(f"items.{item.name}: {twice[0][0]} ({twice[0][1]}) stands twice")
    for segment in item.segments:
        for source in segment.order:
            if source not in (known := [s.source for s in item.sources]):
                raise ValueError(f"items.{item.name}: segments: no source '{source}'{nearest(source, known)}")


def _check_types(where: str, columns: Mapping[str, str]) -> None:
    for column, kind in columns.items():
        if kind not in TYPES and not is_decimal(kind):
            raise ValueError(
                f"{where}: columns.{column}: no type '{kind}'{nearest(kind, TYPES)} "
                f"(types are {', '.join(TYPES)} and decimal(p,s))"
            )


def _check_word(word: str, known: Iterable[str], what: str) -> None:
    if word not in known:
        raise RendiError(f"{what} '{word}'{nearest(word, known)}")


def _check_role(role: str, subject: Subject, contract: Contract, where: str) -> None:
    known = [m.role for m in contract.mentions if m.subject == subject]
    if role not in known:
        raise RendiError(f"{where}: {contract.source} names no {subject} as '{role}'{nearest(role, known)}")


def validated(model: type[Strict], text: str, where: str) -> Any:
    """One YAML document as its model; RendiError names file, key and the nearest right word."""
    try:
        return model.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise RendiError(f"{where}: not readable as YAML ({str(error).splitlines()[0]})") from None
    except ValidationError as error:
        # A misspelt key shows as one that is missing too.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"])
        hint = nearest(str(first["loc"][-1]), _known(model)) if first["type"] == "extra_forbidden" else ""
        raise RendiError(f"{where}: {key or 'file'}: {first['msg']}{hint}") from None


def _known(model: type[BaseModel]) -> set[str]:
    """Every key that a document of this model may hold, at any depth."""
    parts = [model, *(part for part in Strict.__subclasses__() if part.__name__ in str(model.__annotations__))]
    inner = [p for part in parts for p in Strict.__subclasses__() if p.__name__ in str(part.__annotations__)]
    return {key for part in (*parts, *inner) for key in part.model_fields}


def mentioned(contracts: Iterable[Contract], authority: Authority) -> list[tuple[Contract, str]]:
    """The (source, role) pairs whose records tell of a master's entities: those that mint, and those it names."""
    named = {(s.source, role) for _, _, s in authority.said for role in s.roles}
    return [
        (contract, mention.role)
        for contract in sorted(contracts, key=lambda c: c.source)
        for mention in contract.mentions
        if mention.subject == authority.subject and (mention.mints or (contract.source, mention.role) in named)
    ]


def load(subject: Subject, contracts: Iterable[Contract], folder: Path = FOLDER) -> Authority:
    """The authority of one master, checked against the contracts of all sources."""
    path = folder / f"{subject}.yaml"
    authority: Authority = validated(Authority, text_of(path), f"{folder.name}/{path.name}")
    authority.check({c.source: c for c in contracts}, f"{folder.name}/{path.name}")
    return authority


__all__ = ["Authority", "Gathered", "Item", "Segment", "Statement", "Strict", "id_column", "load", "mentioned"]
