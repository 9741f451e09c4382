"""What land, refine and protect make of one source's delivered fields, by its contract and suite."""

from collections.abc import Iterable

from pipelines.lineage.edge import ROWS, Edge, edges
from quality.suite import Rule, Suite
from schemas.cleaned import cleaned
from schemas.contract import Contract
from schemas.recorded import linked, made, sealed, tell_traders

# Words of `schemas/recorded.py` that are the same to whoever asks where a column comes from.
_HOW = {"name_token": "token", "name_mask": "mask", "phone_mask": "mask", "household": "hashed"}


def landed(contract: Contract) -> list[Edge]:
    """From the columns by which the department names its fields to bronze."""
    landing, bronze = f"landing/{contract.source}", f"bronze/{contract.source}"
    told = [Edge("land", landing, f.label, bronze, f.name, "same") for f in contract.fields]
    return told + [Edge("land", landing, f.label, bronze, "_key", "cleaned") for f in contract.keys]


def refined(contract: Contract, suite: Suite | None) -> list[Edge]:
    """From bronze to quarantine, silver and superseded. suite: None where it cannot be read."""
    rules = suite.row_rules if suite else []
    source, keys = contract.source, [f.name for f in contract.keys]
    bronze, quarantine = f"bronze/{source}", f"quarantine/{source}"
    fields = [f.name for f in contract.fields]
    critical = _read(contract, (r for r in rules if r.severity == "critical"))
    warning = _read(contract, (r for r in rules if r.severity != "critical"))
    told = edges("refine", bronze, fields, quarantine, "delivered", "same")
    told += edges("refine", bronze, ["_malformed"], quarantine, "_malformed", "same")
    told += edges("refine", bronze, critical, quarantine, "failed", "judged")
    for table in (quarantine, f"silver/{source}", f"superseded/{source}"):
        told += edges("refine", bronze, keys, table, "record_id", "hashed")
        told += edges("refine", bronze, (*fields, "_malformed"), table, "row_hash", "hashed")
        told += edges("refine", bronze, {*critical, *keys}, table, ROWS, "rows")
    for table in (f"silver/{source}", f"superseded/{source}"):
        for one in cleaned(contract):
            told += edges("refine", bronze, one.fields, table, one.column, one.how)
        told += edges("refine", bronze, warning, table, "warned", "judged")
        if contract.has_updated_at:
            told += edges("refine", bronze, ["updated_at"], table, ROWS, "rows")
    if contract.has_updated_at:
        told += edges("refine", bronze, ["updated_at"], f"superseded/{source}", ("valid_from", "valid_to"), "cleaned")
    return told


def protected(contract: Contract) -> list[Edge]:
    """From silver, superseded and the crosswalks to vault, record and record_version."""
    source = contract.source
    silver, vault = f"silver/{source}", f"vault/{source}"
    told = [e for c in ("record_id", "row_hash") for e in edges("protect", silver, [c], vault, c, "same")]
    told += edges("protect", silver, ("record_id", *sealed(contract)), vault, "cipher", "sealed")
    whole = {silver: f"record/{source}", f"superseded/{source}": f"record_version/{source}"}
    for origin, target in whole.items():
        for one in made(contract):
            told += edges("protect", origin, [one.of], target, one.column, _HOW.get(one.how, one.how))
            if one.how == "named":
                told += edges("protect", origin, tell_traders(contract), target, one.column, "judged")
        carried = ["record_id", "warned", *(("valid_from", "valid_to") if target != whole[silver] else ())]
        told += [e for c in carried for e in edges("protect", origin, [c], target, c, "same")]
        for link in linked(contract):
            told += edges("protect", f"link/{link.mention.subject}_record", [link.of], target, link.column, "same")
    return told


def _read(contract: Contract, rules: Iterable[Rule]) -> set[str]:
    """The delivered fields behind what some rules read."""
    fields = {one.column: one.fields for one in cleaned(contract)}
    fields |= {"_key": tuple(f.name for f in contract.keys), "_malformed": ("_malformed",)}
    return {field for rule in rules for column in rule.reads for field in fields.get(column, ())}
