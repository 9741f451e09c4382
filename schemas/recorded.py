"""The columns of governed/record: what each field of a contract becomes there, and whom a record names.

`made` is the one description of it: protect builds the columns by it, authorities are checked against it, lineage tells
it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.contract import Contract, Mention, Subject
from schemas.crosswalk import COMMUNITY, SELF
from schemas.values.kinds import kind

OWN = ("record_id", "_date", "_night", "_delivery", "_file", "_row", "warned")
_TYPES = {
    "_date": "date",
    "_night": "date",
    "_row": "bigint",
    "warned": "array<struct<rule:string,column:string,message:string>>",
}
ENTITY_ID: dict[Subject, str] = {"person": "person_id", "legal_entity": "entity_id", "place": "place_id"}
HOUSEHOLD_ID = "household_id"
# Names that the lake gives to columns of its own beside a source's fields; no field begins with _, as its others do.
RESERVED = frozenset(
    {"record_id", "row_hash", "warned", "failed", "valid_from", "valid_to", "learned_on", "why", *ENTITY_ID.values()}
)

# key: a record's key, a token where it holds an ID number; guarded: free text without what looks like a number of a
# person; named: a name that may be a person's, masked then.
How = Literal["same", "key", "guarded", "named", "token", "name_token", "name_mask", "phone_mask", "month", "household"]


@dataclass(frozen=True)
class Made:
    """A column of record/<source>: the column of silver that it is made of, and how."""

    column: str
    of: str
    how: How


def made(contract: Contract) -> tuple[Made, ...]:
    """What silver's clean columns become in record/<source>, in the order of its columns."""
    columns: list[Made] = []
    for field in contract.fields:
        # A record's key stays whole, though a code of 15 digits may look like an old ID number.
        of_key: How = "key" if field.kind == "text" else "same"
        whole = of_key if field.key else _OPEN.get(field.kind, "same")
        columns += _hidden(field.name, field.kind) if field.pii else (Made(field.name, field.name, whole),)
    for derived in contract.derived:
        part = "date" if derived.part == "birth_date" else derived.part
        columns += _hidden(derived.name, part) if derived.pii else (Made(derived.name, derived.name, "same"),)
    return tuple(columns)


@dataclass(frozen=True)
class Linked:
    """A column of record/<source> that the crosswalk tells: of which mention, and which of the crosswalk's columns."""

    column: str
    mention: Mention
    of: str


def linked(contract: Contract) -> tuple[Linked, ...]:
    """The entities that a record names and, of a place that it only names, the community."""
    columns: list[Linked] = []
    for mention in contract.mentions:
        columns.append(Linked(id_column(mention.role, mention.subject), mention, ENTITY_ID[mention.subject]))
        if mention.subject == "place" and not mention.mints:
            columns.append(Linked(_of(mention.role, COMMUNITY), mention, COMMUNITY))
    return tuple(columns)


def check_columns(contract: Contract) -> None:
    """ValueError where two things of a contract would be one column of silver or record, or one that Rendi has."""
    names = [*(f.name for f in contract.fields), *(d.name for d in contract.derived)]
    for name in names:
        if name in RESERVED:
            raise ValueError(f"field '{name}': Rendi has a column of that name: rename the field")
    raw = [(f"{f.name}_raw", f"what was delivered as '{f.name}'") for f in contract.fields]
    _check_once([*((name, f"field '{name}'") for name in names), *raw])
    told = [(one.column, f"mention '{one.mention.role}' of a {one.mention.subject}") for one in linked(contract)]
    _check_once([*((one.column, f"field '{one.of}'") for one in made(contract)), *told])


def _check_once(columns: Iterable[tuple[str, str]]) -> None:
    """columns: name, and what becomes that column."""
    seen: dict[str, str] = {}
    for column, what in columns:
        if column in seen:
            kind_too = ", or give it another kind" if column == HOUSEHOLD_ID else ""
            raise ValueError(
                f"{seen[column]} and {what} would both be the column '{column}': rename one of them{kind_too}"
            )
        seen[column] = what


def sealed(contract: Contract) -> tuple[str, ...]:
    """The columns of silver that the vault keeps: direct and quasi identifiers, as cleaned and as delivered."""
    names = [field.name for field in contract.fields if field.pii is not None]
    return (*names, *(f"{name}_raw" for name in names))


def tell_traders(contract: Contract) -> tuple[str, ...]:
    """The fields that tell whether a sole trader, and so a natural person, stands behind the names of a record."""
    return tuple(f.name for f in contract.fields if "is_trader" in kind(f.kind, **f.params).parts)


def id_column(role: str, subject: Subject) -> str:
    """The record column that holds the entity a role names: `person_id` for self, `employer_entity_id` for others."""
    return _of(role, ENTITY_ID[subject])


def recorded(contract: Contract) -> dict[str, frozenset[str]]:
    """Every column of record/<source>, with the contract's fields that its value comes from."""
    origin = {field.name: frozenset({field.name}) for field in contract.fields}
    for derived in contract.derived:
        origin[derived.name] = frozenset({derived.name}).union(*(origin[column] for column in derived.reads))
    columns: dict[str, frozenset[str]] = {column: frozenset() for column in OWN}
    columns |= {one.column: origin[one.of] for one in made(contract)}
    for one in linked(contract):
        fields = [origin[name] for names in one.mention.keys.values() for name in names]
        columns[one.column] = frozenset().union(*fields)
    return columns


def schema(contract: Contract) -> str:
    """Spark's DDL of record/<source>: for a source that has not delivered yet."""
    clean = {f.name: kind(f.kind, **f.params).type for f in contract.fields if f.pii is None}
    return ", ".join(f"`{c}` {_TYPES.get(c) or clean.get(c, 'string')}" for c in recorded(contract))


def _of(role: str, column: str) -> str:
    return column if role == SELF else f"{role}_{column}"


_OPEN: dict[str, How] = {"org_name": "named", "text": "guarded", "address": "guarded"}


def _hidden(name: str, kind_name: str) -> Iterator[Made]:
    match kind_name:
        case "person_name":
            yield from (Made(f"{name}_token", name, "name_token"), Made(f"{name}_masked", name, "name_mask"))
        case "phone":
            yield from (Made(f"{name}_token", name, "token"), Made(f"{name}_masked", name, "phone_mask"))
        case "date":
            stem = name.removesuffix("_date")
            yield from (Made(f"{stem}_month", name, "month"), Made(f"{stem}_token", name, "token"))
        case "household":
            yield Made(HOUSEHOLD_ID, name, "household")
        case _:
            yield Made(f"{name}_token", name, "token")
