"""What a delivery has to do: the rows that differ from the delivery before, and what follows for the rest (rule 10).

A full delivery repeats nearly everything. Rows whose record key has the same delivered rows as in the source's previous
accepted delivery, under the same facts, keep their verdicts; only the others are standardised and judged.
"""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.deliveries import Entry
from pipelines.lake import Lake
from pipelines.refine.standardise import with_key
from pipelines.scratch import Scratch
from schemas.contract import Contract


@dataclass(frozen=True)
class Rest:
    """Figures of the rows that keep their verdicts."""

    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0


@dataclass(frozen=True)
class Work:
    """The rows to judge, and what is known of the others.

    rows: bronze's columns, `_key` and `_date`. rest: figures of the others. carried: quarantine's rows of the others,
    under this delivery's name, and bad: the same as `rows` has them; None where there are none. gone: `_key` of records
    that a full delivery no longer names; None where all that silver holds and the delivery does not name is gone.
    withdrawn: the rows of the delivery before that `rows` stand in for, as `rows`; None where all rows are judged.
    """

    rows: DataFrame
    rest: Rest = Rest()
    carried: DataFrame | None = None
    gone: DataFrame | None = None
    withdrawn: DataFrame | None = None
    bad: DataFrame | None = None


def to_do(lake: Lake, contract: Contract, entry: Entry, previous: Entry | None, scratch: Scratch) -> Work:
    """Compare a delivery with the one before. previous: None where there is none under the same facts."""
    current = _delivered(lake, contract, entry)
    # A table that is read whole repeats what it delivered before, though it removes nothing; other changes do not.
    if previous is None or not contract.repeats:
        return Work(current)
    # Beside a bronze that lost the delivery before, all would be new, and nothing that left would be gone.
    if not lake.has(f"bronze/{contract.source}", "_delivery", previous.delivery):
        return Work(current)
    old = _delivered(lake, contract, previous)
    pairs = _pairs(current, "now").join(_pairs(old, "before"), ["_pair"], "full_outer")
    pairs = scratch.keep(pairs.select("_pair._key", "_pair._hash", "now", "before"))
    differs = ~F.col("now").eqNullSafe(F.col("before"))
    # A row without a key has only itself to be compared by.
    unit = F.coalesce(F.col("_key"), F.concat(F.lit("#"), F.col("_hash"))).alias("_unit")
    units = scratch.keep(pairs.where(differs).select(unit).distinct())
    rows, withdrawn = (
        frame.withColumn("_unit", unit).join(F.broadcast(units), "_unit", "left_semi").drop("_unit")
        for frame in (current, old)
    )
    same = pairs.withColumn("_unit", unit).join(F.broadcast(units), "_unit", "left_anti")
    bad = lake.read(f"quarantine/{contract.source}").where(F.col("_delivery") == previous.delivery)
    bad = scratch.keep(bad.dropDuplicates(["row_hash"]))
    rest = _rest(
        same.join(F.broadcast(bad.select(F.col("row_hash").alias("_hash"), F.lit(True).alias("bad"))), "_hash", "left")
    )
    still = current.withColumn("_unit", unit).join(F.broadcast(units), "_unit", "left_anti").drop("_unit")
    own = ["_delivery", "_file", "_row", "_night"]
    carried = bad.drop(*own).join(still.select(F.col("_hash").alias("row_hash"), *own), "row_hash").select(bad.columns)
    again = still.join(F.broadcast(bad.select(F.col("row_hash").alias("_hash"))), "_hash", "left_semi")
    gone = pairs.groupBy("_key").agg(F.max("now").alias("now")).where("_key IS NOT NULL AND now IS NULL").select("_key")
    if not rest.quarantined:
        return Work(rows, rest, gone=gone, withdrawn=withdrawn)
    return Work(rows, rest, carried, gone, withdrawn, again.select(current.columns))


def _delivered(lake: Lake, contract: Contract, entry: Entry) -> DataFrame:
    rows = lake.read(f"bronze/{contract.source}").where(F.col("_delivery") == entry.delivery)
    return with_key(rows, contract).withColumn("_date", F.lit(entry.date))


def _pairs(rows: DataFrame, count: str) -> DataFrame:
    return rows.groupBy(F.struct("_key", "_hash").alias("_pair")).agg(F.count("*").alias(count))


def _rest(same: DataFrame) -> Rest:
    good = F.col("bad").isNull()
    found = same.agg(
        F.coalesce(F.sum(F.when(~good, F.col("now"))), F.lit(0)).alias("quarantined"),
        F.coalesce(F.sum(F.when(good, F.col("now"))), F.lit(0)).alias("good"),
        F.countDistinct(F.when(good, F.col("_key"))).alias("accepted"),
    ).first()
    assert found is not None
    return Rest(found.accepted, found.quarantined, found.good - found.accepted)
