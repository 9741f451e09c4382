"""Contracts: what each department's extract looks like (Open Data Contract Standard v3.1, one YAML file a source)."""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import RendiError, nearest, text_of
from schemas.expressions import check, columns_of
from schemas.pages import Pages

FOLDER = Path(__file__).parent / "contracts"

Subject = Literal["person", "legal_entity", "place"]
Sharing = Literal["无条件共享", "有条件共享", "不予共享"]
Openness = Literal["无条件开放", "有条件开放", "不予开放"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def fold(label: str) -> str:
    """A label's comparison form: width, case, blanks and a byte order mark do not count."""
    return "".join(unicodedata.normalize("NFKC", label).replace("\ufeff", "").split()).casefold()


class ContractField(_Strict):
    """One field (信息项) of a source."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    kind: str
    params: dict[str, str] = {}
    description: str = ""
    required: bool = False
    key: int | None = None
    pii: Literal["direct", "quasi"] | None = None
    sensitive: bool = False
    classification: str
    sharing: Sharing
    openness: Openness
    may_be_absent: bool = False


class Derived(_Strict):
    """A field that is read out of another field's clean value (`part` of that field's kind).

    when: SQL over the clean fields, keywords in capitals; where it does not hold, the field is NULL.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    source: str = Field(alias="from")
    part: str
    when: str | None = None
    pii: Literal["direct", "quasi"] | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields that its value comes from."""
        return (self.source, *sorted(columns_of(self.when or "") - {self.source}))


class Mention(_Strict):
    """Whom or what a record names, and by which fields; the first key that is present and valid decides.

    community: the field with the code of the community in which a standard address lies (GB/T 23705): who names the
    address is told it.
    """

    role: str
    subject: Subject
    mints: bool = True
    keys: dict[str, list[str]] = {}
    name: str | None = None
    former_name: str | None = None
    community: str | None = None


class Contract(_Strict):
    """What one source delivers, and what of it is shared and opened."""

    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    description: str = ""
    department: str
    subject: Subject
    mode: Literal["full", "delta"]
    format: Literal["csv", "xlsx", "jsonl", "parquet", "geojson", "jdbc", "http"]
    encoding: str = "utf-8"
    url: str | None = None
    table: str | None = None
    overlap_days: int | None = Field(default=None, ge=1)
    pages: Pages | None = None
    minimum_share: float = Field(default=0.0, ge=0, le=1)
    maximum_expansion: float = Field(default=200.0, gt=1)
    every_days: int = Field(default=1, ge=1)
    due: str = Field(default="02:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    retention_years: int = 10
    fields: list[ContractField]
    derived: list[Derived] = []
    mentions: list[Mention] = []

    def field(self, name: str) -> ContractField:
        """The delivered field of that name; RendiError names the nearest where there is none."""
        for one in self.fields:
            if one.name == name:
                return one
        known = [f.name for f in self.fields]
        raise RendiError(f"{self.source}: no field '{name}' in its contract{nearest(name, known)}")

    @property
    def keys(self) -> list[ContractField]:
        """The record key's fields, in the order in which they are tried."""
        return sorted((f for f in self.fields if f.key is not None), key=lambda f: f.key or 0)

    @property
    def has_updated_at(self) -> bool:
        """Whether records carry their own time of change."""
        return any(f.name == "updated_at" for f in self.fields)

    @property
    def asked(self) -> bool:
        """Whether the night asks a system for the delivery, and dates it, instead of finding files with a date."""
        return self.format in ("jdbc", "http")

    @property
    def repeats(self) -> bool:
        """Whether a delivery holds what the one before held: a full one, or all that a system shows."""
        return self.mode == "full" or (self.asked and self.overlap_days is None)

    @model_validator(mode="after")
    def _names_hold(self) -> "Contract":
        names = [f.name for f in self.fields]
        labels = [f.label for f in self.fields]
        for what, seen in (("name", names), ("businessName", labels)):
            twice = {n for n in seen if seen.count(n) > 1}
            if twice:
                raise ValueError(f"{what} {sorted(twice)} stands twice")
        # Of two fields that a header calls alike, either could be the column's.
        owners: dict[str, ContractField] = {}
        for field in self.fields:
            for word in (field.name, field.label):
                owner = owners.setdefault(fold(word), field)
                if owner is not field:
                    raise ValueError(
                        f"'{word}' of field '{field.name}' is also field '{owner.name}': a header is compared without "
                        "width, case and blanks; give one of them another businessName"
                    )
        if not self.keys:
            raise ValueError("no field is marked primaryKey: say which field names a record")
        known = [*names, *(d.name for d in self.derived)]
        for mention in self.mentions:
            others = (mention.name, mention.former_name, mention.community)
            for column in (*(c for columns in mention.keys.values() for c in columns), *filter(None, others)):
                if column not in known:
                    raise ValueError(f"mentions.{mention.role}: no field '{column}'{nearest(column, known)}")
            if mention.community and not (mention.mints and "address" in mention.keys):
                raise ValueError(f"mentions.{mention.role}: 'community' is for a standard address that makes a place")
        return self

    @model_validator(mode="after")
    def _derived_holds(self) -> "Contract":
        known = [f.name for f in self.fields]
        for one in self.derived:
            if one.source not in known:
                raise ValueError(f"derived.{one.name}: no field '{one.source}'{nearest(one.source, known)}")
            if one.when:
                try:
                    check(one.when, known, f"derived.{one.name}: when")
                except RendiError as error:
                    raise ValueError(str(error)) from None
            known.append(one.name)
        return self

    @model_validator(mode="after")
    def _kinds_hold(self) -> "Contract":
        # They import this module, and Spark, which a DAG that asks for the sources does without.
        from schemas.recorded import check_columns  # noqa: PLC0415
        from schemas.values.kinds import kind  # noqa: PLC0415

        for field in self.fields:
            try:
                kind(field.kind, **field.params)
            except RendiError as error:
                raise ValueError(f"field '{field.name}': {error}") from None
        check_columns(self)
        return self

    @model_validator(mode="after")
    def _format_holds(self) -> "Contract":
        if self.format == "jdbc" and not (self.url and self.table):
            raise ValueError("a jdbc source needs the customProperties 'url' and 'table'")
        if self.format == "http" and not (self.url and self.pages):
            raise ValueError("an http source needs the customProperties 'url' and 'pages'")
        if self.overlap_days and not (self.format == "jdbc" and self.mode == "delta" and self.has_updated_at):
            raise ValueError("overlapDays is for a jdbc source of mode delta with a field 'updated_at'")
        return self


# ODCS keeps what it does not define in lists of {property, value}: these are the ones that Rendi reads.
_TOP = {
    "department": "department",
    "subject": "subject",
    "mode": "mode",
    "format": "format",
    "encoding": "encoding",
    "url": "url",
    "table": "table",
    "overlapDays": "overlap_days",
    "pages": "pages",
    "minimumShare": "minimum_share",
    "maximumExpansion": "maximum_expansion",
    "mentions": "mentions",
    "derived": "derived",
}
_SLA = {"frequency": "every_days", "timeOfAvailability": "due", "retention": "retention_years"}
_UNIT = {"frequency": "d", "retention": "y"}
_FIELD = {"kind", "pii", "sensitive", "sharing", "openness", "mayBeAbsent"}


def _mappings(node: dict[str, Any], key: str, where: str, example: str) -> list[dict[str, Any]]:
    """What stands under a key that holds a list of mappings."""
    found = node.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise RendiError(f"{where}: {key} has to be a list of mappings: write `- {example}` for each")
    return found


def _properties(node: dict[str, Any], where: str, key: str = "customProperties") -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for entry in _mappings(node, key, where, "{property: …, value: …}") if key in node else ():
        if not isinstance(entry.get("property"), str) or "value" not in entry:
            raise RendiError(f"{where}: every entry of {key} needs 'property', a word, and 'value'")
        pairs[entry["property"]] = entry["value"]
    return pairs


def _renamed(pairs: dict[str, Any], names: dict[str, str], where: str) -> dict[str, Any]:
    for name in pairs:
        if name not in names:
            raise RendiError(f"{where}: unknown property '{name}'{nearest(name, names)}")
    return {names[name]: value for name, value in pairs.items()}


def _field(node: dict[str, Any], where: str) -> dict[str, Any]:
    custom = _properties(node, where)
    return {
        "name": node.get("name"),
        "label": node.get("businessName", node.get("name")),
        "description": node.get("description", ""),
        "required": node.get("required", False),
        "key": node.get("primaryKeyPosition", 1) if node.get("primaryKey") else None,
        "classification": node.get("classification", "一般4级"),
        "kind": custom.get("kind", "text"),
        "pii": custom.get("pii"),
        "sensitive": custom.get("sensitive", False),
        # What nobody classified is neither shared without condition nor opened.
        "sharing": custom.get("sharing", "有条件共享"),
        "openness": custom.get("openness", "不予开放"),
        "may_be_absent": custom.get("mayBeAbsent", False),
        "params": {k: str(v) for k, v in custom.items() if k not in _FIELD},
    }


def parse(text: str, where: str) -> Contract:
    """Read one ODCS document. `where` names the file in messages; RendiError says key and reason."""
    try:
        node = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise RendiError(f"{where}: not readable as YAML ({str(error).splitlines()[0]})") from None
    if not isinstance(node, dict) or not node.get("schema"):
        raise RendiError(f"{where}: not a contract: 'schema' with one table of properties is missing")
    table = _mappings(node, "schema", where, "{name: …, properties: …}")[0]
    described = node.get("description") or {}
    if not isinstance(described, dict):
        raise RendiError(f"{where}: description has to be a mapping: write `description: {{purpose: …}}`")
    values = {
        "source": node.get("id"),
        "title": node.get("name", node.get("id")),
        "description": described.get("purpose", ""),
        **_renamed(_properties(node, where), _TOP, where),
        **_renamed(_properties(node, where, "slaProperties"), _SLA, where),
        "fields": [
            _field(one, f"{where}: {one.get('name')}")
            for one in _mappings(table, "properties", f"{where}: schema", "{name: …, businessName: …}")
        ],
    }
    for promise in node.get("slaProperties", []):
        unit = _UNIT.get(promise["property"])
        if unit and promise.get("unit", unit) != unit:
            raise RendiError(f"{where}: slaProperties: write {promise['property']} in the unit '{unit}'")
    try:
        return Contract.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        known = Pages.model_fields if first["loc"][:1] == ("pages",) else Contract.model_fields
        hint = nearest(key.rsplit(".", 1)[-1], known) if first["type"] == "extra_forbidden" else ""
        raise RendiError(f"{where}: {key or 'contract'}: {first['msg']}{hint}") from None


def load(source: str, folder: Path = FOLDER) -> Contract:
    """The contract of one source; RendiError names the nearest where there is none."""
    path = folder / f"{source}.yaml"
    if not path.exists():
        raise RendiError(f"no contract for source '{source}' in {folder.name}/{nearest(source, sources(folder))}")
    contract = parse(text_of(path), path.name)
    if contract.source != source:
        raise RendiError(f"{path.name}: id is '{contract.source}', the file's name says '{source}'")
    return contract


def load_all() -> tuple[Contract, ...]:
    """The contracts of every source there is."""
    return tuple(load(source) for source in sources())


@cache
def sources(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all sources that have a contract, in alphabetical order."""
    return tuple(sorted(p.stem for p in folder.glob("*.yaml")))
