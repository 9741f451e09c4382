"""The columns of governed/record: what each field of a contract becomes there, and whom a record names."""

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


def id_column(role: str, subject: Subject) -> str:
    """The record column that holds the entity a role names: `person_id` for self, `employer_entity_id` for others."""
    return ENTITY_ID[subject] if role == "self" else f"{role}_{ENTITY_ID[subject]}"


def recorded(contract: Contract) -> dict[str, frozenset[str]]:
    """Every column of record/<source>, with the contract's fields that its value comes from."""
    columns: dict[str, frozenset[str]] = {column: frozenset() for column in OWN}
    origin: dict[str, frozenset[str]] = {}
    for field in contract.fields:
        origin[field.name] = frozenset({field.name})
        for column in _columns(field.name, field.kind, field.pii is not None):
            columns[column] = origin[field.name]
    for derived in contract.derived:
        origin[derived.name] = origin[derived.source] | {derived.name}
        part = "date" if derived.part == "birth_date" else derived.part
        for column in _columns(derived.name, part, derived.pii is not None):
            columns[column] = origin[derived.name]
    for mention in contract.mentions:
        fields = [origin[name] for names in mention.keys.values() for name in names]
        columns[id_column(mention.role, mention.subject)] = frozenset().union(*fields)
    return columns


def schema(contract: Contract) -> str:
    """Spark's DDL of record/<source>: for a source that has not delivered yet."""
    clean = {f.name: kind(f.kind, **f.params).type for f in contract.fields if f.pii is None}
    return ", ".join(f"`{c}` {_TYPES.get(c) or clean.get(c, 'string')}" for c in recorded(contract))


def _columns(name: str, kind_name: str, hidden: bool) -> list[str]:
    if not hidden:
        return [name]
    if kind_name in ("person_name", "phone"):
        return [f"{name}_token", f"{name}_masked"]
    if kind_name == "date":
        stem = name.removesuffix("_date")
        return [f"{stem}_month", f"{stem}_token"]
    return ["household_id"] if kind_name == "household" else [f"{name}_token"]
