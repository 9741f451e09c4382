"""Replay: quarantined rows that people corrected are judged again and compete for silver like any delivery (rule 7).

Commits: superseded, silver, quarantine; silver first, status second, so that no row is called replayed that is not.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.deliveries import Journal
from pipelines.lake import Lake
from pipelines.refine.source import KEYS, ROW, Source, judged, silver_columns
from pipelines.refine.versions import compete, entered, left, survivors
from pipelines.scratch import Scratch
from quality import quarantine
from schemas.record_key import with_key

Decision = Mapping[str, Any]


def replay(lake: Lake, source: Source, corrections: Sequence[Decision], dismissals: Sequence[Decision]) -> int:
    """Judge the open rows of a source's quarantine again; gives how many passed.

    corrections: delivery, file, row, field, value; the latest for a field counts. dismissals: delivery, file, row.
    Rows that still fail stay open with their old verdict. Figures of deliveries do not change.
    """
    table = f"quarantine/{source.name}"
    if not lake.exists(table):
        return 0
    waiting = lake.read(table).where(F.col("status") == quarantine.OPEN)
    mended = _mended(lake, waiting, corrections, source).persist()
    # A row that full deliveries repeat waits once for each of them, and repeats none of the others.
    verdicts = judged(with_key(mended, source.contract), source, ["_delivery"]).persist()
    try:
        good = verdicts.where(F.size("failed") == 0)
        passed = good.count()
        if passed:
            _enter(lake, source, survivors(good, source.contract).select(*silver_columns(verdicts)))
        after = quarantine.replay(waiting, good.select(*ROW))
        if dismissals:
            after = quarantine.dismiss(after, _addresses(lake, dismissals))
        closed = after.where(F.col("status") != quarantine.OPEN).persist()
        lake.upsert(table, closed, ROW)
        closed.unpersist()
        return passed
    finally:
        verdicts.unpersist()
        mended.unpersist()


def waits(lake: Lake, source: Source, decided: Sequence[Decision]) -> bool:
    """Whether a row is still open of which people decided something."""
    table = f"quarantine/{source.name}"
    if not decided or not lake.exists(table):
        return False
    rows = sorted({(d["delivery"], d["file"], int(d["row"])) for d in decided})
    named = pa.table([pa.array(column) for column in zip(*rows, strict=True)], list(ROW))
    found = lake.among(table, named, columns=["status"])
    return not found.where(F.col("status") == quarantine.OPEN).isEmpty()


def _enter(lake: Lake, source: Source, rows: DataFrame) -> None:
    silver, superseded = f"silver/{source.name}", f"superseded/{source.name}"
    with Scratch() as scratch:
        rows = scratch.keep(rows)
        old = lake.read(silver).join(rows.select("record_id"), "record_id", "left_semi")
        fates = scratch.keep(compete(old, rows, None, source.contract, F.current_date(), _stale(lake, source)))
        # Named after its rows, so that a replay that was killed and run again writes the same.
        names = [tuple(r) for r in rows.select(*ROW).orderBy(*ROW).collect()]
        by = f"replay-{hashlib.sha256(repr(names).encode()).hexdigest()[:16]}"
        count = scratch.count(fates)
        # Where it was killed between silver and quarantine, silver has the rows, and what left stands there.
        if count:
            lake.put(superseded, left(fates).withColumn("_by", F.lit(by)), "_by", by)
        lake.change(silver, entered(fates), KEYS["silver"], count, lake.seen(silver))


def _stale(lake: Lake, source: Source) -> Column | None:
    """Which rows say what a later full delivery, in which they are not, took back."""
    accepted = Journal(lake, source.name).accepted()
    if source.contract.mode != "full" or not accepted:
        return None
    return F.col("new_v._delivery") != accepted[-1].delivery


def _mended(lake: Lake, waiting: DataFrame, corrections: Sequence[Decision], source: Source) -> DataFrame:
    """The waiting rows as bronze would hold them, with the corrections applied."""
    fields = [f.name for f in source.contract.fields]
    latest = {(c["delivery"], c["file"], int(c["row"]), c["field"]): c["value"] for c in corrections}
    rows = [(*address, field, value) for (*address, field), value in latest.items()]
    given = lake.spark.createDataFrame(rows, "_delivery string, _file string, _row bigint, field string, value string")
    by_row = given.groupBy(*ROW).agg(F.map_from_entries(F.collect_list(F.struct("field", "value"))).alias("_given"))
    joined = waiting.join(F.broadcast(by_row), list(ROW), "left")
    values = [
        F.when(F.map_contains_key("_given", f), F.col("_given")[f]).otherwise(F.col(f"delivered.{f}")).alias(f)
        if rows
        else F.col(f"delivered.{f}").alias(f)
        for f in fields
    ]
    whole = F.when(F.col("_given").isNull(), F.col("_malformed")).alias("_malformed")
    own = [F.col(c) for c in (*ROW, "_date", "_night")]
    return joined.select(*values, whole, F.col("row_hash").alias("_hash"), *own)


def _addresses(lake: Lake, decisions: Sequence[Decision]) -> DataFrame:
    rows = [(d["delivery"], d["file"], int(d["row"])) for d in decisions]
    return lake.spark.createDataFrame(rows, "_delivery string, _file string, _row bigint")
