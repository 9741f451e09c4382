"""Quarantine: rows that broke a critical rule, whole and as delivered, until someone mends or dismisses them.

Every row is kept; people see one case a source, record key and rule. Only open rows change their status, and once.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# What names one delivered row.
ADDRESS = ("_delivery", "_file", "_row")

OPEN, REPLAYED, SUPERSEDED, DISMISSED = "open", "replayed", "superseded", "dismissed"


def rows(judged: DataFrame, facts: str) -> DataFrame:
    """The rows of a judged frame that go to quarantine.

    judged: delivered struct of whatever names the row as it came (its fields become columns), _malformed string,
    record_id string (NULL where the row has no key), _delivery, _file string, _row, _date date (business date), _night,
    and failed. facts: hash of contract and suite under which the rows failed.
    Returns the fields of delivered, the columns named above, failed, facts and status ('open').
    """
    kept = ["_malformed", "record_id", *ADDRESS, "_date", "_night", "failed"]
    bad = judged.where(F.size("failed") > 0)
    return bad.select("delivered.*", *kept, F.lit(facts).alias("facts"), F.lit(OPEN).alias("status"))


def cases(quarantine: DataFrame, source: str) -> DataFrame:
    """What people see: one case a source, record key and rule.

    quarantine: as `rows` gives it, with row_hash; a row without a key is known by that, so that the same row in every
    full delivery is one case. Returns source, record_id, rule, column, message, rows (how many), first_date, last_date
    (business dates), status: open while a row of it is, else the status of the latest row.
    """
    who = F.coalesce("record_id", "row_hash").alias("who")
    named = quarantine.select(who, "record_id", "_date", *ADDRESS, "status", F.explode("failed").alias("broken"))
    latest = F.max_by("status", F.struct("_date", *ADDRESS))
    return (
        named.groupBy("who", "record_id", "broken.rule", "broken.column")
        .agg(
            F.max("broken.message").alias("message"),
            F.count(F.lit(1)).alias("rows"),
            F.min("_date").alias("first_date"),
            F.max("_date").alias("last_date"),
            F.when(F.bool_or(F.col("status") == OPEN), OPEN).otherwise(latest).alias("status"),
        )
        .select(
            F.lit(source).alias("source"),
            *("record_id", "rule", "column", "message", "rows", "first_date", "last_date", "status"),
        )
    )


def replay(quarantine: DataFrame, accepted: DataFrame) -> DataFrame:
    """Quarantine after a replay: open rows that passed become 'replayed'.

    accepted: _delivery, _file, _row of the rows that passed.
    """
    passed = accepted.select(*ADDRESS).distinct().withColumn("_hit", F.lit(True))
    return _close(quarantine, quarantine.join(passed, [*ADDRESS], "left"), REPLAYED)


def resolve(quarantine: DataFrame, accepted: DataFrame) -> DataFrame:
    """Quarantine after a delivery: open rows whose key was accepted later become 'superseded'.

    accepted: record_id, _date (business date) and _delivery of accepted rows. Later is another delivery of the same
    business date or a following one; an older delivery that comes late closes nothing.
    """
    latest = accepted.groupBy("record_id").agg(F.max(F.struct("_date", "_delivery")).alias("_latest"))
    joined = quarantine.join(latest, "record_id", "left")
    later = (F.col("_latest._date") > F.col("_date")) | (
        (F.col("_latest._date") == F.col("_date")) & (F.col("_latest._delivery") != F.col("_delivery"))
    )
    return _close(quarantine, joined.withColumn("_hit", later), SUPERSEDED)


def dismiss(quarantine: DataFrame, dismissed: DataFrame) -> DataFrame:
    """Quarantine after dismissals: open rows that a person will not have mended become 'dismissed'.

    dismissed: _delivery, _file, _row of those rows.
    """
    chosen = dismissed.select(*ADDRESS).distinct().withColumn("_hit", F.lit(True))
    return _close(quarantine, quarantine.join(chosen, [*ADDRESS], "left"), DISMISSED)


def as_decided(quarantine: DataFrame, decided: DataFrame) -> DataFrame:
    """Quarantine's rows of a delivery, with what people decided when the delivery before said the same.

    decided: row_hash, and the status (decided) that a row of these contents has.
    """
    joined = quarantine.join(decided, "row_hash", "left")
    return joined.withColumn("status", F.coalesce("decided", "status")).select(*quarantine.columns)


def _close(quarantine: DataFrame, marked: DataFrame, status: str) -> DataFrame:
    closes = F.coalesce(F.col("_hit"), F.lit(False)) & (F.col("status") == OPEN)
    return marked.withColumn("status", F.when(closes, status).otherwise(F.col("status"))).select(*quarantine.columns)
