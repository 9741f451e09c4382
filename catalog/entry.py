"""Entries: what the catalogue says of a resource beyond its contract (catalog/entries/*.yaml, one file a resource)."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.contract import Openness, Sharing
from schemas.errors import RendiError, nearest, text_of

FOLDER = Path(__file__).parent / "entries"

Kind = Literal["source", "master", "topic"]
Subject = Literal["person", "legal_entity", "place"]
State = Literal["draft", "reviewed", "published"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Item(_Strict):
    """One item of a resource (信息项). What nobody classified is neither shared without condition nor opened."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    kind: str = "text"
    params: dict[str, str] = {}
    pii: Literal["direct", "quasi"] | None = None
    sensitive: bool = False
    classification: str = "一般4级"
    sharing: Sharing = "有条件共享"
    openness: Openness = "不予开放"


class SharingTerms(_Strict):
    """共享条件 and 共享方式; `basis` is the law that a 不予共享 rests on."""

    condition: str = ""
    manner: str = "共享平台"
    basis: str = ""


class Register(_Strict):
    """The public register in which a statute publishes an item that identifies a person, and that statute."""

    register_name: str = Field(alias="register")
    statute: str


class OpenItem(_Strict):
    """An item of an open dataset: `from` names the governed column, or the columns that `expression` reads."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    source: str | list[str] = Field(alias="from")
    expression: str | None = None
    kind: str | None = None
    label: str | None = None
    label_en: str | None = None

    @property
    def sources(self) -> list[str]:
        """The governed columns, each as table.column."""
        return [self.source] if isinstance(self.source, str) else self.source


class OpenEntry(_Strict):
    """An open dataset: a projection of governed tables, or counts over them."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    serial: int = Field(gt=0, lt=10**6)
    title: str
    title_en: str
    abstract: str
    abstract_en: str
    table: str
    joins: dict[str, str] = {}
    items: list[OpenItem] = Field(min_length=1)
    where: str = ""
    count: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")
    minimum: int | None = Field(default=None, ge=1)
    keywords: list[str] = []


class Entry(_Strict):
    """One resource (信息资源) as 政务信息资源目录编制指南 describes it; a source's items stand in its contract."""

    name: str
    kind: Kind
    category: str = Field(pattern=r"^[1-3][0-9]{6,}$")
    serial: int = Field(gt=0, lt=10**6)
    title: str | None = None
    title_en: str
    abstract: str
    abstract_en: str
    provider: str | None = None
    subject: Subject | None = None
    sharing: SharingTerms = SharingTerms()
    opening_condition: str = ""
    every_days: int = Field(default=1, ge=1)
    published_on: date | None = None
    related: list[str] = []
    registers: dict[str, Register] = {}
    state: State = "draft"
    items: list[Item] = []
    open: list[OpenEntry] = []


def _model_at(location: tuple[Any, ...]) -> type[BaseModel]:
    """The model that holds the key at `location` of a pydantic error, to know which words were possible there."""
    inner: dict[str, type[BaseModel]] = {"items": Item, "sharing": SharingTerms, "registers": Register}
    words = [part for part in location[:-1] if isinstance(part, str)]
    if words[:1] == ["open"]:
        return OpenItem if "items" in words else OpenEntry
    return inner.get(words[0], Entry) if words else Entry


def parse(text: str, name: str) -> Entry:
    """Read one entry. `name` is the file's stem; RendiError says file, key and the nearest right word."""
    where = f"catalog/entries/{name}.yaml"
    try:
        node = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise RendiError(f"{where}: not readable as YAML ({str(error).splitlines()[0]})") from None
    if not isinstance(node, dict):
        raise RendiError(f"{where}: an entry is a mapping of keys to values")
    try:
        entry = Entry.model_validate({"name": name, **node})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        fields = _model_at(first["loc"]).model_fields
        known = [field.alias or word for word, field in fields.items()]
        hint = nearest(str(first["loc"][-1]), known) if first["type"] == "extra_forbidden" else ""
        raise RendiError(f"{where}: {key}: {first['msg']}{hint}") from None
    if entry.kind == "source" and entry.items:
        raise RendiError(f"{where}: items: a source's items stand in its contract; remove them here")
    if entry.kind != "source" and not (entry.title and entry.provider):
        raise RendiError(
            f"{where}: a {entry.kind} needs 'title' and 'provider': there is no contract to take them from"
        )
    twice = {i.name for i in entry.items if [j.name for j in entry.items].count(i.name) > 1}
    if twice:
        raise RendiError(f"{where}: items: {sorted(twice)} stands twice")
    return entry


def load(folder: Path = FOLDER) -> dict[str, Entry]:
    """All entries by name, in alphabetical order."""
    return {p.stem: parse(text_of(p), p.stem) for p in sorted(folder.glob("*.yaml"))}
