"""Versions: which row of a record is in force, and which ones left or never came into force.

Silver's order is total, so shuffled input leaves the same survivors. In a delta source a record's own time of change
comes first. In a full source the business date does: each delivery states the whole truth of its day, so a value that a
department takes back is taken back here.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from pipelines.direct_commit import OPERATION
from schemas.changed_at import changed_at
from schemas.contract import Contract


def order(contract: Contract, prefix: str = "") -> Column:
    """Silver's order of a version, as one comparable struct."""
    date, own = F.col(f"{prefix}_date").cast("timestamp"), changed_at(contract, prefix)
    first = (date, own) if contract.mode == "full" else (own, date)
    return F.struct(*first, *(F.col(f"{prefix}{c}") for c in ("_delivery", "_file", "_row")))


def repeated(rows: DataFrame) -> DataFrame:
    """The records that several rows state: record_id, more (how many rows there are beyond one)."""
    return rows.groupBy("record_id").agg((F.count(F.lit(1)) - 1).alias("more")).where("more > 0")


def survivors(rows: DataFrame, contract: Contract, several: DataFrame | None = None) -> DataFrame:
    """One row a record_id: the latest by silver's total order.

    several: as `repeated`, to order only their rows: of many rows the most are their record's only one.
    """
    latest = Window.partitionBy("record_id").orderBy(order(contract).desc())
    some = rows if several is None else rows.join(several, "record_id", "left_semi")
    last = some.withColumn("_rank", F.row_number().over(latest)).where("_rank = 1").drop("_rank")
    return last if several is None else rows.join(several, "record_id", "left_anti").unionByName(last)


def compete(
    old: DataFrame,
    new: DataFrame,
    gone: DataFrame | None,
    contract: Contract,
    date: Column,
    stale: Column | None = None,
) -> DataFrame:
    """Let the surviving rows of a delivery compete with what is in force: one row a record whose state changes.

    old: silver's rows of the touched records. new: at most one row a record, in silver's columns. gone: record_id of
    records that a full delivery does not name; they leave. date: business date of the delivery, when they left. stale:
    which rows of new may not come into force, over `new_v`; None for none. What an older full delivery says that comes
    late was taken back by the one that is in force.
    Returns record_id, enters (struct of the row that comes into force, or NULL), leaves (struct of v, the row that left
    or never came into force, valid_from, valid_to, why; or NULL) and _operation on silver (write, delete, or
    NULL where silver stays as it is).
    """
    columns = old.columns
    stamped = [F.struct(*columns).alias("v"), order(contract).alias("o"), changed_at(contract).alias("f")]
    left = old.select("record_id", *(c.alias(f"old_{n}") for c, n in zip(stamped, "vof", strict=True)))
    right = new.select(*columns).select(
        "record_id", *(c.alias(f"new_{n}") for c, n in zip(stamped, "vof", strict=True))
    )
    both = left.join(right, "record_id", "full_outer")
    if gone is not None:
        both = both.join(gone.select("record_id", F.lit(True).alias("gone")), "record_id", "left")
    else:
        both = both.withColumn("gone", F.lit(None).cast("boolean"))
    removed = F.col("gone").isNotNull() & F.col("new_v").isNull() & F.col("old_v").isNotNull()
    same = F.col("old_v.row_hash").eqNullSafe(F.col("new_v.row_hash"))
    newer = F.col("old_v").isNull() | (~same & (F.col("new_o") > F.col("old_o")))
    wins = F.col("new_v").isNotNull() & newer & ~(F.lit(False) if stale is None else stale)
    fates = both.withColumns({"removed": removed, "wins": F.coalesce(wins, F.lit(False))})
    fates = fates.withColumn("late", F.col("new_v").isNotNull() & ~F.col("wins") & ~same)

    def leaving(side: str, until: Column, why: str) -> Column:
        return F.struct(
            F.col(f"{side}_v").alias("v"),
            F.col(f"{side}_f").alias("valid_from"),
            until.alias("valid_to"),
            F.lit(why).alias("why"),
        )

    return fates.where("removed OR wins OR late").select(
        "record_id",
        F.when(F.col("wins"), F.col("new_v")).alias("enters"),
        F.when(F.col("removed"), leaving("old", date.cast("timestamp"), "removed"))
        .when(F.col("late"), leaving("new", F.greatest("old_f", "new_f"), "late"))
        .when(F.col("old_v").isNotNull(), leaving("old", F.col("new_f"), "replaced"))
        .alias("leaves"),
        F.when(F.col("removed"), "delete").when(F.col("wins"), "write").alias(OPERATION),
    )


def left(fates: DataFrame) -> DataFrame:
    """Superseded's rows of what `compete` gave: + valid_from, valid_to, learned_on, why."""
    return fates.where("leaves IS NOT NULL").select(
        "leaves.v.*", "leaves.valid_from", "leaves.valid_to", F.col("leaves.v._night").alias("learned_on"), "leaves.why"
    )


def entered(fates: DataFrame) -> DataFrame:
    """Silver's changes of what `compete` gave: its columns and _operation; of a deleted row only the record_id."""
    rows = fates.where(F.col(OPERATION).isNotNull()).select("record_id", "enters", OPERATION)
    names = rows.schema["enters"].dataType.names  # type: ignore[attr-defined]
    fields = [F.col(f"enters.{c}").alias(c) if c != "record_id" else F.col(c) for c in names]
    return rows.select(*fields, OPERATION)
