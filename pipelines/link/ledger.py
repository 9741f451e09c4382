"""The ledger of identifiers: what was minted, merged, split off, retired and taken again, and on which night."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# The founding mention stands on `mint`, the entity's last spine on `retire`; other_id is where a merged identifier went
# and what a split one came out of. `round` counts the runs that wrote events: those above the crosswalk's were killed.
SCHEMA = {
    "event": "string",
    "id": "string",
    "other_id": "string",
    "night": "date",
    "record_id": "string",
    "role": "string",
    "mention": "string",
    "first_date": "date",
    "spine": "string",
}
COLUMNS = (*SCHEMA, "round")
KEY = ("round", "event", "id", "other_id")
# What orders identifiers by age: the founding mention's business date, then its name.
AGE = ("night", "first_date", "record_id", "role")
OUT = ("merge", "retire")


def minted(clusters: DataFrame, night: date) -> DataFrame:
    """A `mint` for every row of id, founding (struct of first_date, record_id, role, mention) and spine."""
    return _events("mint", clusters.select("id", "founding.*", "spine"), night)


def pairs(event: str, rows: DataFrame, night: date) -> DataFrame:
    """One event a row of id and, if there, other_id and spine."""
    return _events(event, rows, night)


def states(ledger: DataFrame) -> DataFrame:
    """What each identifier is: id, event (its last one but splits), other_id, and the age's columns of its mint."""
    born = [F.min(F.when(F.col("event") == "mint", F.col(c))).alias(c) for c in AGE]
    last = F.max_by(F.struct("event", "other_id"), "round").alias("last")
    said = ledger.where("event <> 'split'").groupBy("id").agg(last, *born)
    return said.select("id", "last.event", "last.other_id", *AGE)


def redirects(ledger: DataFrame) -> DataFrame:
    """Where merged identifiers lead now: old_id, id (followed to the end; one that was taken again leads nowhere)."""
    once = ledger.where("event = 'merge'").select("id").distinct()
    found = states(ledger.join(once, "id", "left_semi")).where("event = 'merge'").collect()
    step = {row["id"]: row["other_id"] for row in found}
    ends = []
    for old in sorted(step):
        end = step[old]
        while end in step:
            end = step[end]
        ends.append((old, end))
    return ledger.sparkSession.createDataFrame(ends, "old_id string, id string")


def _events(event: str, rows: DataFrame, night: date) -> DataFrame:
    given = {"event": F.lit(event), "night": F.lit(night)}
    known = [*rows.columns, *given]
    return rows.select(
        *(given.get(c, F.col(c) if c in known else F.lit(None)).cast(kind).alias(c) for c, kind in SCHEMA.items())
    )
