"""The columns of governed/record: what each field of a contract becomes there, and whom a record names.

`made` is the one description of it: protect builds the columns by it, authorities are checked against it, lineage tells
it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.contract import Contract, Subject
from schemas.values.kinds import kind

OWN = ("record_id", "_date", "_night", "_delivery", "_file", "_row", "warned")
_TYPES = {
    "_date": "date",
    "_night": "date",
    "_row": "bigint",
    "warned": "array<struct<rule:string,column:string,message:string>>",
}
ENTITY_ID: dict[Subject, str] = {"person": "person_id", "legal_entity": "entity_id", "place": "place_id"}

# guarded: free text without what looks like a number of a person; named: a name that may be a person's, masked then.
How = Literal["same", "guarded", "named", "token", "name_token", "name_mask", "phone_mask", "month", "household"]


@dataclass(frozen=True)
class Made:
    """A column of record/<source>: the column of silver that it is made of, and how."""

    column: str
    of: str
    how: How


def made(contract: Contract) -> tuple[Made, ...]:
    """What silver's clean columns become in record/<source>, in the order of its columns."""
    columns: dict[str, Made] = {}
    for field in contract.fields:
        # A record's key stays whole, though a code of 15 digits may look like an old ID number.
        whole: How = "same" if field.key else _OPEN.get(field.kind, "same")
        for one in _hidden(field.name, field.kind) if field.pii else (Made(field.name, field.name, whole),):
            columns[one.column] = one
    for derived in contract.derived:
        part = "date" if derived.part == "birth_date" else derived.part
        for one in _hidden(derived.name, part) if derived.pii else (Made(derived.name, derived.name, "same"),):
            columns[one.column] = one
    return tuple(columns.values())


def sealed(contract: Contract) -> tuple[str, ...]:
    """The columns of silver that the vault keeps: direct and quasi identifiers, as cleaned and as delivered."""
    names = [field.name for field in contract.fields if field.pii is not None]
    return (*names, *(f"{name}_raw" for name in names))


def tell_traders(contract: Contract) -> tuple[str, ...]:
    """The fields that tell whether a sole trader, and so a natural person, stands behind the names of a record."""
    return tuple(f.name for f in contract.fields if "is_trader" in kind(f.kind, **f.params).parts)


def id_column(role: str, subject: Subject) -> str:
    """The record column that holds the entity a role names: `person_id` for self, `employer_entity_id` for others."""
    return ENTITY_ID[subject] if role == "self" else f"{role}_{ENTITY_ID[subject]}"


def recorded(contract: Contract) -> dict[str, frozenset[str]]:
    """Every column of record/<source>, with the contract's fields that its value comes from."""
    origin = {field.name: frozenset({field.name}) for field in contract.fields}
    for derived in contract.derived:
        origin[derived.name] = origin[derived.source] | {derived.name}
    columns: dict[str, frozenset[str]] = {column: frozenset() for column in OWN}
    columns |= {one.column: origin[one.of] for one in made(contract)}
    for mention in contract.mentions:
        fields = [origin[name] for names in mention.keys.values() for name in names]
        columns[id_column(mention.role, mention.subject)] = frozenset().union(*fields)
    return columns


def schema(contract: Contract) -> str:
    """Spark's DDL of record/<source>: for a source that has not delivered yet."""
    clean = {f.name: kind(f.kind, **f.params).type for f in contract.fields if f.pii is None}
    return ", ".join(f"`{c}` {_TYPES.get(c) or clean.get(c, 'string')}" for c in recorded(contract))


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
            yield Made("household_id", name, "household")
        case _:
            yield Made(f"{name}_token", name, "token")
