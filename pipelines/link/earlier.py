"""Whom earlier versions of a record named: the home before a move, the representative before this one.

Such a mention only finds an entity. It says nothing of who is the same, for the record does not name that one any more.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.link import affected
from pipelines.link.affected import ROLES
from pipelines.link.mentions import COLUMNS


def standing(fresh: DataFrame, last: DataFrame) -> DataFrame:
    """What records say now, and of those that left what they said last.

    fresh: mentions with spine. last: the crosswalk's rows of what records said. Returns `COLUMNS` and spine.
    """
    columns = [*COLUMNS, "spine"]
    gone = last.select(*columns).join(fresh.select(*ROLES), ROLES, "left_anti")
    return fresh.select(*columns).unionByName(gone)


def elsewhere(before: DataFrame, now: DataFrame) -> DataFrame:
    """The mentions of earlier versions that name another than the record names now, none of which mints.

    before: mentions of superseded's rows, with spine. now: as `standing`. All others name the entity of the record's
    mention of that role, which follows it through merges and splits.
    """
    f = before.select(*ROLES, F.struct(*before.columns).alias("f"))
    # Few records have earlier versions: they are sent to the others before all are ordered by record.
    concerned = now.join(before.select("record_id").distinct(), "record_id", "left_semi")
    o = concerned.select(*ROLES, F.struct(*now.columns).alias("o"))
    # A mention that only finds an entity may have one more form of its address in common with the next door.
    equal = F.col("f.keys").eqNullSafe(F.col("o.keys")) & F.col("f.name").eqNullSafe(F.col("o.name"))
    same = F.coalesce(F.when(F.col("f.mints"), affected.same()).otherwise(equal), F.lit(False))
    return f.join(o, ROLES, "left").where(~same).select("f.*").withColumn("mints", F.lit(False))
