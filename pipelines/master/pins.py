"""Pins: a steward's word that for one entity and item a certain source is right."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

TABLE = "decision/pin"


def pins(decisions: DataFrame, redirects: DataFrame | None, subject: str, id: str, night: date) -> DataFrame:
    """The pins in force: one row an entity with `_pins` (map item → source).

    decisions: subject, id, item, source, decided_at, night (from which it applies); the latest for an entity and item
    counts, and an empty source takes a pin back. redirects: old_id, id, so that a pin follows its entity.
    """
    made = decisions.where((F.col("subject") == subject) & (F.col("night") <= F.lit(night)))
    if redirects is not None:
        moved = redirects.select(F.col("old_id").alias("id"), F.col("id").alias("_now"))
        made = made.join(F.broadcast(moved), "id", "left").withColumn("id", F.coalesce("_now", "id"))
    latest = made.groupBy("id", "item").agg(F.max_by("source", F.struct("decided_at", "source")).alias("source"))
    entries = F.map_from_entries(F.sort_array(F.collect_list(F.struct("item", "source"))))
    return latest.where("source <> ''").groupBy(F.col("id").alias(id)).agg(entries.alias("_pins"))


def pinned(statements: DataFrame, pins: DataFrame, id: str) -> DataFrame:
    """Statements with `_pins`, NULL where nothing is pinned."""
    return statements.join(F.broadcast(pins), id, "left")
