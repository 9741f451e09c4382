"""Land one source: take what the department delivered into bronze as it is, or refuse it whole with a reason."""

import datetime as dt
import hashlib

import fsspec
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from pipelines.deliveries import Entry, Journal, PartOf, delivery_name
from pipelines.lake import Lake
from pipelines.land import discover, read_jdbc, rows
from pipelines.scratch import SENT, Scratch
from pipelines.session import fit
from schemas.contract import Contract
from schemas.errors import RendiError


def land(lake: Lake, contract: Contract, landing: str, night: dt.date, overrides: dict[str, str]) -> list[Entry]:
    """Land every unprocessed delivery of the source dated up to `night`, oldest first; gives their journal entries.

    overrides: what an engineer decided, delivery -> `accept` (in spite of its size or of missing columns) or `refuse`.
    """
    if contract.format == "jdbc":
        return _land_jdbc(lake, contract, landing, night, overrides)
    journal = Journal(lake, contract.source)
    done = []
    for delivery in discover.deliveries(landing, contract, night):
        name = delivery_name(delivery.date, delivery.id)
        if _settled(journal, name, overrides):
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


def _settled(journal: Journal, name: str, overrides: dict[str, str]) -> bool:
    known = {e.delivery: e for e in journal.entries()}.get(name)
    if known is None:
        return False
    # A replaced delivery that is there again replaces in its turn; a refused one may have been mended or overridden.
    again = known.state == "replaced" or (known.state == "refused" and overrides.get(name) != "refuse")
    return not again


def _land_files(
    lake: Lake, contract: Contract, delivery: discover.Delivery, entry: Entry, overrides: dict[str, str]
) -> Entry:
    forced = overrides.get(entry.delivery)
    header = rows.check_header(delivery, contract)
    entry = entry.model_copy(update={"delivered": rows.count(delivery, contract)})
    reason = "refused by an engineer" if forced == "refuse" else ""
    if header.missing and forced != "accept":
        reason = reason or header.reason
    refused_or_skipped = _judge_whole(lake, contract, entry, forced, reason)
    if refused_or_skipped is not None:
        return refused_or_skipped
    fit(lake.spark, entry.delivered)
    _keep_original(lake, delivery, entry)
    _write_bronze(lake, contract, rows.read(lake.spark, delivery, contract), entry)
    extra = f"unknown columns kept in bronze: {', '.join(header.extra)}" if header.extra else ""
    return entry.model_copy(update={"reason": extra})


def _judge_whole(lake: Lake, contract: Contract, entry: Entry, forced: str | None, reason: str) -> Entry | None:
    """The entry of a delivery that is refused or skipped whole; None for one to take."""
    in_force = [e for e in Journal(lake, contract.source).entries() if e.state in ("accepted", "landed")]
    last = in_force[-1] if in_force else None
    if not reason and last is not None and forced != "accept":
        if last.date <= entry.date and last.content == entry.content:
            return entry.model_copy(
                update={"state": "skipped", "reason": f"same content as {last.delivery}, which is in force"}
            )
        share = entry.delivered / last.delivered if last.delivered else 1.0
        if contract.mode == "full" and share < contract.minimum_share:
            reason = (
                f"{entry.delivered} rows, the last full delivery had {last.delivered}: below the set share of "
                f"{contract.minimum_share:.0%}; if it is right, run: rendi delivery accept {entry.delivery} --reason …"
            )
    return entry.model_copy(update={"state": "refused", "reason": reason}) if reason else None


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


def _write_bronze(lake: Lake, contract: Contract, delivered: DataFrame, entry: Entry) -> None:
    """Commit the rows with content hash and night; takes them back where they are not as many as were counted."""
    counted = Observation()
    bronze = delivered.withColumns(
        {"_hash": content_hash(contract), "_delivery": F.lit(entry.delivery), "_night": F.lit(entry.night)}
    ).observe(counted, F.count("*").alias("rows"))
    table = f"bronze/{contract.source}"
    try:
        lake.put(table, bronze, "_delivery", entry.delivery, few=entry.delivered <= SENT)
    except PySparkException as error:
        refused = rows.refusal(error)
        if refused is None:
            raise
        raise refused from None
    found = int(counted.get["rows"])
    if found != entry.delivered:
        lake.put(table, bronze.where("false"), "_delivery", entry.delivery)
        raise RendiError(
            f"the parser found {found} rows, an independent count {entry.delivered}: nothing of it is used; "
            "keep the file and report this"
        )


def content_hash(contract: Contract) -> Column:
    """Hash of a row's delivered text: equal for equal rows, with nulls marked and lengths given."""
    framed = [F.coalesce(F.concat(F.length(f.name), F.lit(":"), F.col(f.name)), F.lit("-")) for f in contract.fields]
    return F.md5(F.concat(*framed, F.coalesce(F.concat(F.lit("!"), F.col("_malformed")), F.lit(""))))


def _land_jdbc(lake: Lake, contract: Contract, landing: str, night: dt.date, overrides: dict[str, str]) -> list[Entry]:
    """A table's delivery is dated by the night; it is known by its rows."""
    if not read_jdbc.present(contract, landing):
        return []
    journal = Journal(lake, contract.source)
    with Scratch() as scratch:
        delivered = scratch.keep(read_jdbc.read_jdbc(lake.spark, contract, landing, night))
        content, _ = read_jdbc.identity(delivered, content_hash(contract))
        name = delivery_name(night, discover.identity(contract.source, night, content))
        count = read_jdbc.count(lake.spark, contract, landing, night)
        if count == 0 or _settled(journal, name, overrides):
            return []
        entry = Entry(
            source=contract.source,
            delivery=name,
            date=night,
            night=night,
            state="landed",
            content=content,
            delivered=count,
        )
        forced = overrides.get(name)
        reason = "refused by an engineer" if forced == "refuse" else ""
        entry = _judge_whole(lake, contract, entry, forced, reason) or entry
        if entry.state == "landed":
            _write_bronze(lake, contract, delivered, entry)
    journal.write(entry)
    return [entry]
