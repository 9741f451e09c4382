"""Clusters of legal entities and places: the strongest key is the spine, weaker keys climb to it."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.link.affected import without
from pipelines.link.subject import Subject


def climb(rows: DataFrame, subject: Subject) -> DataFrame:
    """Give every row its spine: its credit code, or the one that a weaker key leads to, or its strongest key.

    rows: record_id, role, source, keys (array of `kind:value`), ghost. Adds spine (NULL without a key), label, method
    (id or own), score, conflict. A weaker key leads to a spine only where the present rows that hold it name exactly
    one, so a key that was given twice never joins two entities, and one wrong key never chains through many.
    A ghost goes where its strongest key is held now; a bridge is none, for another entity may hold it by now.
    """
    present = rows.where("NOT ghost").withColumn("spine", _key(subject.ladder[0]))
    for kind in subject.ladder[1:]:
        rungs = present.withColumn("_key", _key(kind))
        owners = _sole(rungs.where("_key IS NOT NULL AND spine IS NOT NULL"), "spine", "_owner")
        climbed = F.coalesce("spine", "_owner", "_key")
        present = rungs.join(owners, "_key", "left").withColumn("spine", climbed).drop("_key", "_owner")
    for kind in subject.bridge:
        present = _bridged(present, kind, subject.ladder[-1])
    own = without(F.col("keys"), subject.bridge)
    holders = _sole(present.select(F.explode(own).alias("_key"), "spine"), "spine", "_holder")
    ghosts = rows.where("ghost")
    haunts = (
        ghosts.select("record_id", "role", F.posexplode(own).alias("_rank", "_key"))
        .join(holders, "_key")
        .groupBy("record_id", "role")
        .agg(F.min_by("_holder", "_rank").alias("spine"))
    )
    placed = present.unionByName(ghosts.join(haunts, ["record_id", "role"], "left"))
    return placed.select(
        "*",
        F.coalesce("spine", F.concat(F.lit("#"), "record_id", F.lit("|"), "role")).alias("label"),
        F.when(F.col("spine").isNull(), "own").otherwise("id").alias("method"),
        F.when(F.col("spine").isNotNull(), 1.0).alias("score"),
        F.lit(None).cast("string").alias("conflict"),
    )


def _bridged(present: DataFrame, kind: str, weakest: str) -> DataFrame:
    """Join an entity of the weakest kind of key to the stronger one that shares a key of `kind` with it.

    Only where no other entity of either sort shares that key, and no source has a record of each: it would know them
    for two.
    """
    held = present.where("spine IS NOT NULL").select(_key(kind).alias("_key"), "spine").where("_key IS NOT NULL")
    weak = F.col("spine").startswith(f"{weakest}:")
    met = _sole(held.where(weak), "spine", "_weak").join(_sole(held.where(~weak), "spine", "_strong"), "_key")
    told = present.select("spine", "source").distinct()
    ours, theirs = told.toDF("_weak", "source"), told.toDF("_strong", "source")
    two = met.join(ours, "_weak").join(theirs, ["_strong", "source"]).select("_weak")
    single = met.join(two, "_weak", "left_anti").select(F.col("_strong").alias("_key"), "_weak")
    bridges = _sole(single, "_weak", "spine").withColumnRenamed("_key", "_strong")
    return present.join(bridges, "spine", "left").withColumn("spine", F.coalesce("_strong", "spine")).drop("_strong")


def _key(kind: str) -> Column:
    return F.get(F.filter("keys", lambda key: key.startswith(f"{kind}:")), F.lit(0))


def _sole(rows: DataFrame, column: str, name: str) -> DataFrame:
    """The keys that lead to one value of `column` only, with that value."""
    ends = rows.groupBy("_key").agg(F.min(column).alias("_low"), F.max(column).alias("_high"))
    return ends.where("_low = _high").select("_key", F.col("_low").alias(name))
