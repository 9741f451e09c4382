"""Land a department's table: the rows of one state of its database that are due, and were not delivered before."""

import datetime as dt

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.deliveries import BY_HAND, IN_FORCE, Entry, Journal, delivery_name
from pipelines.lake import Lake
from pipelines.land import discover, jdbc, read_jdbc
from pipelines.land.read_jdbc import Due
from pipelines.land.take import content_hash, grown, judge_whole, settled, write_bronze, written
from pipelines.scratch import Scratch
from pipelines.session import fit
from schemas.contract import Contract
from schemas.errors import RendiError
from schemas.record_key import definition

_TAKEN = (*IN_FORCE, "skipped")


def land_table(lake: Lake, contract: Contract, landing: str, night: dt.date, overrides: dict[str, str]) -> list[Entry]:
    """Land the contract's table as of the end of `night`; gives the journal entry, or none where nothing is due.

    The delivery is dated by the night and known by its rows (rule 2). In mode full it holds the table as it is; else
    what changed up to the end of `night`, and with `overlapDays` only rows changed since so many days before the last
    delivery, and of these not the ones that their key's last delivery brought.

    A table shows the present: a row that changed after `night` shows its later time, and is not due any more. So a
    night before one that was taken is not asked for, and asked again for `night` the delivery in force stays, unless
    the new one holds every record key of it.

    What the database counts and what it gives is of one state in PostgreSQL. Elsewhere rows may arrive between the two
    questions: they are asked once again, and refused where they differ again. A connection that is lost leaves nothing:
    all rows are here before the first is written.
    """
    if not jdbc.present(contract, landing):
        return []
    journal = Journal(lake, contract.source)
    entries = journal.entries()
    if any(e.date > night for e in entries if e.state in _TAKEN):
        return []
    earlier = [e for e in entries if e.date < night]
    due = Due(None if contract.mode == "full" else night, _since(contract, earlier))
    with Scratch() as scratch:
        delivered = _rows(lake, contract, landing, due, scratch)
        if due.since is not None:
            new = _new(lake, contract, delivered, [e for e in earlier if e.state in IN_FORCE], due.since)
            delivered, _ = read_jdbc.number(new, contract, scratch)
        content, count = read_jdbc.identity(delivered, content_hash(contract))
        name = delivery_name(night, discover.identity(contract.source, night, content))
        # An empty table is no news, unless it had rows that it no longer names.
        known = contract.mode == "full" and any(e.state in IN_FORCE for e in entries)
        if settled(journal, name, overrides) or (count == 0 and due.since is None and not known):
            return []
        if any(_lacks(lake, contract, delivered, e) for e in entries if e.date == night and e.state in IN_FORCE):
            return []
        entry = Entry(
            source=contract.source,
            delivery=name,
            date=night,
            night=night,
            state="landed",
            content=content,
            delivered=count,
            keyed=definition(contract),
        )
        entry = _judged(lake, contract, entry, overrides.get(name), due)
        if entry.state == "landed":
            told = [grown(lake, contract, entry), write_bronze(lake, contract, delivered, entry)]
            entry = entry.model_copy(update={"reason": "; ".join(one for one in told if one)})
    return [written(journal, entry)]


def _judged(lake: Lake, contract: Contract, entry: Entry, forced: str | None, due: Due) -> Entry:
    if entry.delivered == 0 and due.since is not None:
        return entry.model_copy(update={"state": "skipped", "reason": f"nothing changed from {due.since} on"})
    reason = BY_HAND if forced == "refuse" else ""
    return judge_whole(lake, contract, entry, forced, reason) or entry


def _since(contract: Contract, earlier: list[Entry]) -> dt.date | None:
    """The first day of change that is asked for; None asks for all."""
    seen = [e.date for e in earlier if e.state in _TAKEN]
    if contract.overlap_days is None or not seen:
        return None
    return max(seen) + dt.timedelta(days=1 - contract.overlap_days)


def _rows(lake: Lake, contract: Contract, landing: str, due: Due, scratch: Scratch) -> DataFrame:
    """The rows that are due, as many as the database counted; where all are asked for, they are numbered."""
    found = size = 0
    for _ in range(2):
        with jdbc.state(lake.spark, contract, landing) as database, jdbc.told(contract):
            size = read_jdbc.count(database, due)
            fit(lake.spark, size)
            rows = read_jdbc.read(database, due, size)
            if due.since is None:
                kept, found = read_jdbc.number(rows, contract, scratch)
            else:
                kept = scratch.keep(rows)
                found = scratch.count(kept)
        if found == size:
            return kept
    raise RendiError(
        f"{contract.source}: table '{contract.table}' gave {found} rows and counted {size}, twice: it is being "
        "written. Nothing of it is used; run it again when it rests, or let the contract name a view that stands still"
    )


def _new(lake: Lake, contract: Contract, rows: DataFrame, earlier: list[Entry], since: dt.date) -> DataFrame:
    """The rows that differ from what their key's last earlier delivery brought."""
    table = f"bronze/{contract.source}"
    if rows.where(read_jdbc.day_of(F.col("updated_at")).isNull()).isEmpty():
        # A delivery holds no row that changed after its date: what came before `since` brought none of these.
        earlier = [e for e in earlier if e.date >= since]
    if not earlier or not lake.exists(table):
        return rows
    key = _key(contract)
    before = lake.read(table).where(F.col("_delivery").isin([e.delivery for e in earlier]))
    before = before.select(key.alias("_named"), F.col("_hash"), F.col("_delivery")).distinct()
    # Names of deliveries begin with their date.
    last = before.groupBy("_named").agg(F.max("_delivery").alias("_last"))
    known = before.join(last, "_named").where("_delivery = _last").select("_named", "_hash")
    here = rows.withColumns({"_named": key, "_hash": content_hash(contract)})
    return here.join(known, ["_named", "_hash"], "left_anti").drop("_named", "_hash")


def _lacks(lake: Lake, contract: Contract, rows: DataFrame, entry: Entry) -> bool:
    """Whether the rows lack a record key of a delivery in force, or name it less often than that does."""
    held = lake.read(f"bronze/{contract.source}").where(F.col("_delivery") == entry.delivery)
    key = _key(contract)
    return not held.select(key).exceptAll(rows.select(key)).isEmpty()


def _key(contract: Contract) -> Column:
    return F.coalesce(*(F.col(field.name) for field in contract.keys), F.lit(""))
