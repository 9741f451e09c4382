"""What link makes of the fields by which records name persons, legal entities and places: contracts' `mentions`."""

from collections.abc import Iterable

from pipelines.lineage.edge import ROWS, Edge, edges
from pipelines.link.subject import PLACE, SUBJECTS, Subject
from schemas.contract import Contract, Mention
from schemas.crosswalk import COMMUNITY


def linked(contracts: Iterable[Contract]) -> list[Edge]:
    """From silver and superseded to crosswalk, ledger and redirects of the three subjects."""
    chosen = list(contracts)
    told: list[Edge] = []
    for subject in SUBJECTS:
        for contract in chosen:
            for mention in subject.mentions(contract):
                for zone in ("silver", "superseded"):
                    told += _mentioned(f"{zone}/{contract.source}", mention, subject)
        told += _ledger(subject)
    return told


def _mentioned(table: str, mention: Mention, subject: Subject) -> list[Edge]:
    keys = [field for fields in mention.keys.values() for field in fields]
    name, former = ([one] if one else [] for one in (mention.name, mention.former_name))
    crosswalk = subject.record
    told = edges("link", table, ["record_id"], crosswalk, "record_id", "same")
    told += edges("link", table, ["record_id"], crosswalk, subject.id, "decides")
    told += edges("link", table, keys, crosswalk, ("keys", "mention", "spine"), "cleaned")
    # Of an address, the areas around the door stand where a name stands otherwise.
    told += edges("link", table, mention.keys.get("address", ()), crosswalk, "name", "part")
    if mention.community:
        told += edges("link", table, [mention.community], crosswalk, "name", "part")
        told += edges("link", table, [mention.community], crosswalk, COMMUNITY, "same")
    elif subject is PLACE and not mention.mints:
        told += edges("link", table, keys, crosswalk, COMMUNITY, "resolved")
    told += edges("link", table, name, crosswalk, ("name", "mention"), "cleaned")
    told += edges("link", table, former, crosswalk, "former_name", "cleaned")
    told += edges("link", table, [*keys, *name, *former], crosswalk, subject.id, "resolved")
    told += edges("link", table, [*keys, *name, *former], crosswalk, ("method", "score", "conflict"), "decides")
    return told + edges("link", table, [*keys, *name, *former], crosswalk, ROWS, "rows")


def _ledger(subject: Subject) -> list[Edge]:
    told = edges("link", subject.record, [subject.id], subject.event, ("id", "other_id"), "same")
    for column in ("record_id", "mention", "spine"):
        told += edges("link", subject.record, [column], subject.event, column, "same")
    told += edges("link", subject.event, ["id"], subject.redirect, "old_id", "same")
    return told + edges("link", subject.event, ["other_id"], subject.redirect, "id", "same")
