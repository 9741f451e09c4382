"""History: what records said before, and when we learned it."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from pipelines.master.conflict import head, spoken
from pipelines.master.statements import Model

KEY = ("id", "item", "source", "role", "record_id", "valid_from", "value")
_SERIES = ("id", "item", "source", "role", "record_id")


def history(current: DataFrame, versions: DataFrame, model: Model) -> DataFrame:
    """The values of items that changed between the versions of a record, and all last ones of records that left.

    current, versions: statements of record and record_version. Returns id, item, value, source, role, record_id,
    valid_from, valid_to (timestamps, valid_to NULL for what still holds) and learned_on (date): one row a value for as
    long as it stayed. A record without older versions gives no row.
    """
    old = versions.select("record_id").distinct()
    standing = current.join(old, "record_id", "left_semi").withColumn("_now", F.lit(True))
    rows = versions.withColumn("_now", F.lit(False)).unionByName(standing)
    long = rows.select(*head(model), "_order", "_now", F.explode(spoken(model)).alias("s")).select(
        "*", "s.item", "s.value", "s.key", "s.stated"
    )
    in_time = Window.partitionBy(*_SERIES).orderBy("valid_from", "_order", "_now")
    whole = Window.partitionBy(*_SERIES)
    before = F.lag(F.struct("key", "value")).over(in_time)
    turned = before.isNotNull() & ~before.eqNullSafe(F.struct("key", "value"))
    runs = long.withColumn("_turn", turned.cast("int")).withColumns(
        {
            "_run": F.sum("_turn").over(in_time),
            "_turns": F.sum("_turn").over(whole),
            "_stands": F.bool_or("_now").over(whole),
        }
    )
    told = runs.where("stated AND (_turns > 0 OR NOT _stands)")
    ended = F.when(~F.bool_or(F.col("valid_to").isNull()), F.max("valid_to"))
    spans = told.groupBy(*_SERIES, "_run", "value").agg(
        F.min("valid_from").alias("valid_from"), ended.alias("valid_to"), F.min("learned_on").alias("learned_on")
    )
    # Two versions may claim the same moment; they tell of it once.
    once = spans.groupBy(*KEY).agg(F.max("valid_to").alias("valid_to"), F.min("learned_on").alias("learned_on"))
    return once.select("id", "item", "value", "source", "role", "record_id", "valid_from", "valid_to", "learned_on")
