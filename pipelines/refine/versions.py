"""Versions: which row of a record is in force, and which ones left or never came into force.

Silver's order is total, so shuffled input leaves the same survivors. In a delta source a record's own time of change
comes first. In a full source the business date does: each delivery states the whole truth of its day, so a value that a
department takes back is taken back here.
"""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.contract import Contract


@dataclass(frozen=True)
class Outcome:
    """What a delivery changes: the rows of the touched records in force, and the versions that are not."""

    silver: DataFrame
    superseded: DataFrame


def order(contract: Contract, prefix: str = "") -> Column:
    """Silver's order of a version, as one comparable struct."""
    date = F.col(f"{prefix}_date").cast("timestamp")
    own = F.coalesce(F.col(f"{prefix}updated_at"), date) if contract.has_updated_at else date
    first = (date, own) if contract.mode == "full" else (own, date)
    return F.struct(*first, *(F.col(f"{prefix}{c}") for c in ("_delivery", "_file", "_row")))


def valid_from(contract: Contract) -> Column:
    """Since when a version was true: its own time of change, else its business date."""
    date = F.col("_date").cast("timestamp")
    return F.coalesce(F.col("updated_at"), date) if contract.has_updated_at else date


def survivors(rows: DataFrame, contract: Contract) -> DataFrame:
    """One row a record_id: the latest by silver's total order."""
    latest = Window.partitionBy("record_id").orderBy(order(contract).desc())
    return rows.withColumn("_rank", F.row_number().over(latest)).where("_rank = 1").drop("_rank")


def compete(
    old: DataFrame, new: DataFrame, gone: DataFrame | None, contract: Contract, date: Column, born: bool = True
) -> Outcome:
    """Let the surviving rows of a delivery compete with what is in force.

    old: silver's rows of the touched records. new: at most one row a record, in silver's columns. gone: record_id of
    records that a full delivery does not name; they leave. date: business date of the delivery, when they left. born:
    whether a record that is not in force may come into force; an older full delivery that comes late brings none back.
    Outcome.silver: the touched records' rows in force. Outcome.superseded: + valid_from, valid_to, learned_on, why.
    """
    columns = old.columns
    stamped = [F.struct(*columns).alias("v"), order(contract).alias("o"), valid_from(contract).alias("f")]
    left = old.select("record_id", *(c.alias(f"old_{n}") for c, n in zip(stamped, "vof", strict=True)))
    right = new.select(*columns).select(
        "record_id", *(c.alias(f"new_{n}") for c, n in zip(stamped, "vof", strict=True))
    )
    both = left.join(right, "record_id", "full_outer")
    if gone is not None:
        both = both.join(gone.select("record_id", F.lit(True).alias("gone")), "record_id", "left")
    else:
        both = both.withColumn("gone", F.lit(None).cast("boolean"))
    removed = F.col("gone").isNotNull() & F.col("new_v").isNull()
    same = F.col("old_v.row_hash") == F.col("new_v.row_hash")
    enters = F.col("old_v").isNull() & F.lit(born)
    wins = F.col("new_v").isNotNull() & (enters | (~same & (F.col("new_o") > F.col("old_o"))))
    judged = both.withColumns({"removed": removed, "wins": F.coalesce(wins, F.lit(False)), "same": same})
    in_force = judged.where("NOT removed AND (wins OR old_v IS NOT NULL)").select(
        F.when(F.col("wins"), F.col("new_v")).otherwise(F.col("old_v")).alias("v")
    )
    left_force = judged.where("old_v IS NOT NULL AND (removed OR wins)").select(
        F.col("old_v").alias("v"),
        F.col("old_f").alias("valid_from"),
        F.when(F.col("removed"), date.cast("timestamp")).otherwise(F.col("new_f")).alias("valid_to"),
        F.when(F.col("removed"), "removed").otherwise("replaced").alias("why"),
    )
    late = judged.where("new_v IS NOT NULL AND NOT wins AND NOT coalesce(same, false)").select(
        F.col("new_v").alias("v"),
        F.col("new_f").alias("valid_from"),
        F.greatest("old_f", "new_f").alias("valid_to"),
        F.lit("late").alias("why"),
    )
    gone_versions = left_force.unionByName(late)
    return Outcome(
        in_force.select("v.*"),
        gone_versions.select("v.*", "valid_from", "valid_to", F.col("v._night").alias("learned_on"), "why"),
    )
