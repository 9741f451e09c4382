"""Write what became of a delivery's rows: quarantine, superseded, silver, each in one commit."""

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.deliveries import Entry
from pipelines.lake import Lake
from pipelines.refine.changed import Work, by_key
from pipelines.refine.source import KEYS, ROW, Source, judged
from pipelines.refine.versions import compete, entered, left
from pipelines.scratch import SENT, Scratch
from quality import quarantine
from schemas.record_key import record_id


def write_quarantine(
    lake: Lake,
    source: Source,
    entry: Entry,
    verdicts: DataFrame,
    failed: int,
    latest: DataFrame,
    work: Work,
    later: Sequence[Entry],
) -> None:
    """Commit the rows that failed, and close the cases of records of which a row was accepted.

    failed: how many rows of `verdicts` failed. latest: the row of each record. later: the accepted deliveries behind
    which this one comes late.
    """
    table = f"quarantine/{source.name}"
    found = [work.carried] if work.carried is not None else []
    if failed or not lake.exists(table):
        found.append(_set_aside(source, verdicts, work.rows))
    if not lake.exists(table):
        lake.append(table, reduce(DataFrame.unionByName, found))
        return
    if work.decided is not None:
        found = [quarantine.as_decided(rows, work.decided) for rows in found]
    if later and found:
        good = _accepted_later(lake, source, verdicts, work, later)
        found = [quarantine.resolve(rows, good) for rows in found]
    cases = lake.read(table).where((F.col("status") == quarantine.OPEN) & (F.col("_delivery") != entry.delivery))
    closed = quarantine.resolve(cases, latest.select("record_id", "_date", "_delivery"))
    found.append(closed.where(F.col("status") != quarantine.OPEN))
    lake.upsert(table, reduce(DataFrame.unionByName, found), ROW)


def _accepted_later(lake: Lake, source: Source, verdicts: DataFrame, work: Work, later: Sequence[Entry]) -> DataFrame:
    """What later deliveries accepted of the records of which a row is bad here: record_id, _date, _delivery."""
    bad = [verdicts.where(F.size("failed") > 0)] + ([work.bad] if work.bad is not None else [])
    named = reduce(DataFrame.unionByName, (rows.select("_key") for rows in bad))
    keys = named.where("_key IS NOT NULL").distinct().toArrow()
    rows = (by_key(lake, source.contract, entry, keys) for entry in later)
    again = judged(reduce(DataFrame.unionByName, rows), source, ["_delivery"])
    return again.where(F.size("failed") == 0).select("record_id", "_date", "_delivery")


def _set_aside(source: Source, verdicts: DataFrame, delivered: DataFrame) -> DataFrame:
    """Quarantine's rows, with the fields as they were delivered."""
    fields = [f.name for f in source.contract.fields]
    rest = ["record_id", "_date", "_night", "failed"]
    bad = verdicts.where(F.size("failed") > 0).select(*ROW, *rest, "row_hash")
    whole = delivered.select(*ROW, "_malformed", *fields).join(F.broadcast(bad), list(ROW))
    # As a struct: a field of its own may be called `status` too.
    kept = F.struct(F.struct(*fields).alias("delivered"), "row_hash")
    return quarantine.rows(whole.select(*ROW, "_malformed", kept.alias("delivered"), *rest), source.facts)


def write_versions(
    lake: Lake,
    source: Source,
    done: Entry,
    verdicts: DataFrame,
    latest: DataFrame,
    work: Work,
    late: bool,
    scratch: Scratch,
) -> None:
    """Commit to superseded what leaves silver or never came into force, and to silver what enters it.

    done: the delivery's entry as it will be, which silver's commit carries. late: whether a later one is in force.
    """
    silver, superseded = f"silver/{source.name}", f"superseded/{source.name}"
    mark = {"delivery": done.delivery, "facts": source.facts, "entry": done.model_dump(mode="json")}
    if not lake.exists(silver):
        none = compete(latest.where("false"), latest.where("false"), None, source.contract, F.lit(done.date))
        lake.put(superseded, left(none).withColumn("_by", F.lit(done.delivery)), "_by", done.delivery)
        lake.append(silver, latest, mark)
        return
    full = source.contract.mode == "full"
    standing = lake.read(silver)
    named = verdicts.select("record_id").where("record_id IS NOT NULL").distinct()
    gone: DataFrame | None = None
    touched: DataFrame | None = named
    if full and not late:
        gone, touched = _gone(lake, source, standing, verdicts, named, work)
    if touched is not None and work.size <= SENT:
        standing = lake.among(silver, touched.toArrow())
    elif touched is not None:
        standing = standing.join(scratch.keep(touched), "record_id", "left_semi")
    stale = F.lit(full and late)
    fates = scratch.keep(compete(standing, latest, gone, source.contract, F.lit(done.date), stale))
    count = scratch.count(fates)
    lost = left(fates).withColumn("_by", F.lit(done.delivery))
    if count:
        lake.put(superseded, lost, "_by", done.delivery, few=count <= SENT)
    lake.change(silver, entered(fates), KEYS["silver"], count, mark)


def _gone(
    lake: Lake, source: Source, standing: DataFrame, verdicts: DataFrame, named: DataFrame, work: Work
) -> tuple[DataFrame, DataFrame | None]:
    """The record_id of records that a full delivery does not hold any more, and of all that it touches; None: of all.

    A record that people made of a row without a key is there as long as that row is.
    """
    if work.gone is None or work.left is None:
        nameless = verdicts.where("record_id IS NULL").select("row_hash").distinct()
        rest = standing.join(named, "record_id", "left_anti").join(nameless, "row_hash", "left_anti")
        return rest.select("record_id"), None
    gone = work.gone.select(record_id(source.record_key, source.name).alias("record_id"))
    if work.left.num_rows:
        mended = lake.among(f"silver/{source.name}", work.left).select("record_id")
        gone = gone.union(mended.join(named, "record_id", "left_anti"))
    return gone, named.union(gone)
