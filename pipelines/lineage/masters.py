"""What master makes of the records: `schemas/authority/<subject>.yaml` says which columns, and which source stands."""

from collections.abc import Iterable, Sequence

from pipelines.lineage.edge import Edge, edges
from pipelines.master.location import COMMUNITY, REGION, TOLD
from schemas.authorities import Authority, Gathered, Item, Statement, mentioned
from schemas.contract import Contract
from schemas.expressions import columns_of
from schemas.recorded import id_column


def mastered(authority: Authority, contracts: Sequence[Contract]) -> list[Edge]:
    """From record, record_version and link to one master, its conflicts, history and redirects."""
    master = f"master/{authority.subject}"
    told = edges("master", f"link/{authority.subject}_redirect", ["old_id"], f"{master}_redirect", "old_id", "same")
    told += edges("master", f"link/{authority.subject}_redirect", ["id"], f"{master}_redirect", "id", "same")
    for contract, role in mentioned(contracts, authority):
        told += _named(authority, contract, role)
        for _, item, statement in authority.said:
            if statement.made_by(contract.source, role):
                told += _stated(authority, contract, role, item, statement)
    for item in authority.items:
        told += _segmented(authority, item)
    return told + _located(authority) + _warned(authority)


def _named(authority: Authority, contract: Contract, role: str) -> list[Edge]:
    """Whom a record names: that the master has a row, and that its source is one of `sources`."""
    master, record = f"master/{authority.subject}", f"record/{contract.source}"
    who = [id_column(role, authority.subject)]
    told = edges("master", record, who, master, authority.id, "same")
    told += edges("master", record, who, master, "sources", "judged")
    if authority.subject == "person":
        told += edges("master", record, who, master, "basis", "judged")
    for table, zones in {"conflict": ("record",), "history": ("record", "record_version")}.items():
        target = f"{master}_{table}"
        for zone in zones:
            origin = f"{zone}/{contract.source}"
            told += edges("master", origin, who, target, "id", "same")
            told += edges("master", origin, ["record_id"], target, "record_id", "same")
            if contract.has_updated_at:
                told += edges("master", origin, ["updated_at"], target, "valid_from", "same")
        told += edges("master", f"record_version/{contract.source}", ["valid_to"], target, "valid_to", "same")
    return told


def _stated(
    authority: Authority, contract: Contract, role: str, item: Item | Gathered, statement: Statement
) -> list[Edge]:
    """What a source says of an item in one role, and what decides whether that stands."""
    master, record = f"master/{authority.subject}", f"record/{contract.source}"
    read = {c: columns_of(statement.reads(c, role, item.values)) for c in item.columns}
    decide = columns_of(statement.holds(role)) | {"warned"}
    decide |= {statement.until} if statement.until else set()
    decide |= columns_of(authority.as_of.get(contract.source, "")) | ({"updated_at"} & _fields(contract))
    # A word of the authority's own, such as `TRUE`, stands because the record names somebody.
    decide |= {id_column(role, authority.subject)} if not all(read.values()) else set()
    every = set().union(*read.values())
    if isinstance(item, Gathered):
        told = edges("master", record, every, master, item.name, "gathered")
        return told + edges("master", record, decide - every, master, item.name, "decides")
    told = edges("master", record, every | decide, master, "attributes", "decides")
    for column, names in read.items():
        told += edges("master", record, names, master, column, "stands")
        told += edges("master", record, (decide | every) - names, master, column, "decides")
    for table, zones in {"conflict": ("record",), "history": ("record", "record_version")}.items():
        for zone in zones:
            origin = f"{zone}/{contract.source}"
            told += edges("master", origin, read[item.shown], f"{master}_{table}", "value", "stands")
    return told


def _segmented(authority: Authority, item: Item) -> list[Edge]:
    """The flags by which a part of the population has a 数源部门 of its own."""
    master = f"master/{authority.subject}"
    flags = {name for segment in item.segments for name in columns_of(segment.when)}
    return _flags(authority, flags, master, (*item.columns, "attributes"), "decides")


def _flags(authority: Authority, names: Iterable[str], master: str, made: Sequence[str], how: str) -> list[Edge]:
    told: list[Edge] = []
    for name in sorted(names):
        flag = authority.flags[name]
        asked = columns_of(flag.when) | {id_column(role, authority.subject) for role in flag.roles}
        told += edges("master", f"record/{flag.source}", asked, master, made, how)
    return told


def _located(authority: Authority) -> list[Edge]:
    """Community, grid and region: of the area around a point, or of the place where somebody is."""
    master = f"master/{authority.subject}"
    told: list[Edge] = []
    if authority.areas:
        record = f"record/{authority.areas.source}"
        for column, own in authority.areas.columns.items():
            told += edges("master", record, [own], master, column, "same")
            told += edges("master", record, [authority.areas.boundary], master, column, "decides")
            told += edges("master", master, ["longitude", "latitude"], master, column, "decides")
    if authority.location:
        for column, own in TOLD.items():
            how = "same" if column == own else "part"
            told += edges("master", "master/place", [own], master, column, how)
            told += edges("master", master, [authority.location], master, column, "decides")
        told += edges("master", master, [REGION], master, COMMUNITY, "same")
    return told


def _warned(authority: Authority) -> list[Edge]:
    """What the rules across sources read: the master's columns, and flags."""
    master = f"master/{authority.subject}"
    asked = {name for rule in authority.warnings for name in columns_of(rule.when)}
    told = edges("master", master, asked - authority.flags.keys(), master, "warned", "judged")
    return told + _flags(authority, asked & authority.flags.keys(), master, ("warned",), "judged")


def _fields(contract: Contract) -> set[str]:
    return {field.name for field in contract.fields}
