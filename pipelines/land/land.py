"""Land one source: take what the department delivered into bronze as it is, or refuse it whole with a reason."""

import datetime as dt
import hashlib

import fsspec

from pipelines.deliveries import Entry, Journal, PartOf, delivery_name
from pipelines.lake import Lake
from pipelines.land import discover, rows
from pipelines.land.land_table import land_table
from pipelines.land.take import judge_whole, settled, write_bronze
from pipelines.session import fit
from schemas.contract import Contract
from schemas.errors import RendiError


def land(lake: Lake, contract: Contract, landing: str, night: dt.date, overrides: dict[str, str]) -> list[Entry]:
    """Land every unprocessed delivery of the source dated up to `night`, oldest first; gives their journal entries.

    overrides: what an engineer decided, delivery -> `accept` (in spite of its size or of missing columns) or `refuse`.
    """
    if contract.format == "jdbc":
        return land_table(lake, contract, landing, night, overrides)
    journal = Journal(lake, contract.source)
    done = []
    for delivery in discover.deliveries(landing, contract, night):
        name = delivery_name(delivery.date, delivery.id)
        if settled(journal, name, overrides):
            continue
        entry = Entry(
            source=contract.source,
            delivery=name,
            date=delivery.date,
            night=night,
            state="landed",
            parts=tuple(PartOf(name=p.name, sha256=p.sha256, size=p.size) for p in delivery.parts),
            content=hashlib.sha256("".join(sorted(p.sha256 for p in delivery.parts)).encode()).hexdigest(),
        )
        try:
            done.append(_land_files(lake, contract, delivery, entry, overrides))
        except RendiError as error:
            done.append(entry.model_copy(update={"state": "refused", "reason": str(error)}))
        journal.write(done[-1])
    return done


def _land_files(
    lake: Lake, contract: Contract, delivery: discover.Delivery, entry: Entry, overrides: dict[str, str]
) -> Entry:
    forced = overrides.get(entry.delivery)
    header = rows.check_header(delivery, contract)
    entry = entry.model_copy(update={"delivered": rows.count(delivery, contract)})
    reason = "refused by an engineer" if forced == "refuse" else ""
    if header.missing and forced != "accept":
        reason = reason or header.reason
    refused_or_skipped = judge_whole(lake, contract, entry, forced, reason)
    if refused_or_skipped is not None:
        return refused_or_skipped
    fit(lake.spark, entry.delivered)
    _keep_original(lake, delivery, entry)
    write_bronze(lake, contract, rows.read(lake.spark, delivery, contract), entry)
    extra = f"unknown columns kept in bronze: {', '.join(header.extra)}" if header.extra else ""
    return entry.model_copy(update={"reason": extra})


def _keep_original(lake: Lake, delivery: discover.Delivery, entry: Entry) -> None:
    for part in delivery.parts:
        target = f"{lake.root}/restricted/original/{entry.source}/{entry.delivery}/{part.name}"
        files, path = fsspec.core.url_to_fs(target)
        if files.exists(path) and files.size(path) == part.size:
            continue
        files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        with fsspec.open(part.path, "rb") as delivered, files.open(f"{path}.new", "wb") as kept:
            while block := delivered.read(1 << 20):
                kept.write(block)
        files.mv(f"{path}.new", path)
