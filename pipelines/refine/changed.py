"""What a delivery has to do: the rows that differ from the delivery before, and what follows for the rest (rule 10).

A full delivery repeats nearly everything. Rows whose record key has the same delivered rows as in the source's previous
accepted delivery, under the same facts, keep their verdicts; only the others are standardised and judged.
"""

from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.deliveries import Entry
from pipelines.lake import Lake
from pipelines.scratch import SENT
from quality.quarantine import DISMISSED, OPEN, REPLAYED
from schemas.contract import Contract
from schemas.record_key import definition, with_key

# What names a row within its delivery and belongs to that delivery alone.
_OWN = ["_delivery", "_file", "_row", "_night", "_date"]

# A row without a key has only itself to be compared by.
_PAIRS = """
CREATE TABLE pairs AS
SELECT coalesce(_key, '#' || _hash) AS unit, _key, _hash, sum(now) AS now, sum(before) AS before
FROM (SELECT _key, _hash, 1 AS now, 0 AS before FROM current UNION ALL SELECT _key, _hash, 0, 1 FROM old)
GROUP BY ALL
"""
# A record of which one row is good and another is not, is judged again: its older rows are superseded by this delivery.
_UNITS = """
CREATE TABLE units AS
SELECT unit FROM pairs LEFT JOIN (SELECT DISTINCT _hash, true AS bad FROM bad) USING (_hash)
GROUP BY unit HAVING bool_or(now <> before) OR count(bad) BETWEEN 1 AND count(*) - 1
"""
_SAME = "CREATE TABLE same AS SELECT * FROM pairs ANTI JOIN units USING (unit)"
_DIFFER = "SELECT _hash FROM pairs SEMI JOIN units USING (unit)"
_GONE = "SELECT _key FROM pairs WHERE _key IS NOT NULL GROUP BY _key HAVING sum(now) = 0"
# A row without a key has one in silver, where people corrected it.
_LEFT = "SELECT _hash AS row_hash FROM pairs WHERE _key IS NULL AND now = 0"
_STILL_BAD = "SELECT DISTINCT _hash FROM same SEMI JOIN bad USING (_hash)"
# Of the same row twice, one may still wait.
_DECIDED = f"""
SELECT _hash AS row_hash, min(status) AS decided FROM bad
GROUP BY _hash HAVING bool_and(status IN ('{REPLAYED}', '{DISMISSED}'))
"""
_REST = """
SELECT coalesce(count(DISTINCT _key) FILTER (b._hash IS NULL), 0) AS accepted,
    coalesce(sum(now) FILTER (b._hash IS NOT NULL), 0) AS quarantined,
    coalesce(sum(now) FILTER (b._hash IS NULL), 0) AS good
FROM same LEFT JOIN (SELECT DISTINCT _hash FROM bad) b USING (_hash)
"""


@dataclass(frozen=True)
class Rest:
    """Figures of the rows that keep their verdicts."""

    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0


@dataclass(frozen=True)
class Work:
    """The rows to judge, and what is known of the others.

    rows: bronze's columns, `_key` and `_date`. size: how many rows have to be looked at. rest: figures of the others.
    carried: quarantine's rows of the others, under this delivery's name, open, and bad: the same as `rows` has them;
    None where there are none. gone: `_key` of records that a full delivery no longer names, and left: row_hash of rows
    without a key that it no longer holds; None where all that silver holds and the delivery does not name is gone.
    withdrawn: the rows of the delivery before that `rows` stand in for, as `rows`; None where all rows are judged.
    decided: row_hash and status (decided) of rows that people replayed or dismissed where the delivery before said
    them: what is said again stays so.
    """

    rows: DataFrame
    size: int
    rest: Rest = Rest()
    carried: DataFrame | None = None
    gone: DataFrame | None = None
    left: pa.Table | None = None
    withdrawn: DataFrame | None = None
    bad: DataFrame | None = None
    decided: DataFrame | None = None


@dataclass(frozen=True)
class _Found:
    """Hashes of the rows to judge, keys that are gone, hashes of rows that stay in quarantine, figures of the rest.

    left, decided: as in `Work`.
    """

    differ: pa.Table
    gone: pa.Table
    left: pa.Table
    bad: pa.Table
    decided: pa.Table
    rest: Rest


def to_do(lake: Lake, contract: Contract, entry: Entry, previous: Entry | None) -> Work:
    """Compare a delivery with the one before. previous: None where there is none under the same facts."""
    # A table that is read whole repeats what it delivered before, though it removes nothing; other changes do not.
    if previous is None or not contract.repeats:
        return _every(lake, contract, entry)
    # Beside a bronze that lost the delivery before, all would be new, and nothing that left would be gone.
    if not lake.has(f"bronze/{contract.source}", "_delivery", previous.delivery):
        return _every(lake, contract, entry)
    of_before = lake.naming(f"quarantine/{contract.source}", ["_delivery"], pa.array([previous.delivery]))
    found = _compare(_pairs(lake, contract, entry), _pairs(lake, contract, previous), of_before)
    decided = lake.frame(found.decided) if found.decided.num_rows else None
    if found.differ.num_rows > SENT:
        return replace(_every(lake, contract, entry), decided=decided)
    rows, withdrawn = (_rows(lake, contract, one, found.differ) for one in (entry, previous))
    gone, size = lake.frame(found.gone), found.differ.num_rows
    if not found.bad.num_rows:
        return Work(rows, size, found.rest, gone=gone, left=found.left, withdrawn=withdrawn, decided=decided)
    again = _rows(lake, contract, entry, found.bad)
    names = again.select(F.col("_hash").alias("row_hash"), *_OWN)
    once = lake.frame(of_before).dropDuplicates(["row_hash"]).withColumn("status", F.lit(OPEN))
    carried = once.drop(*_OWN).join(names, "row_hash").select(once.columns)
    return Work(rows, size, found.rest, carried, gone, found.left, withdrawn, again, decided)


def _every(lake: Lake, contract: Contract, entry: Entry) -> Work:
    return Work(_rows(lake, contract, entry, None), entry.delivered)


def _compare(current: pa.Table, old: pa.Table, bad: pa.Table) -> _Found:
    """current, old: _key and _hash of every row. bad: quarantine's rows of old, with row_hash and status."""
    bad = bad.select(["row_hash", "status"]).rename_columns(["_hash", "status"])
    with duckdb.connect() as db:
        for name, rows in (("current", current), ("old", old), ("bad", bad)):
            db.register(name, rows)
        for made in (_PAIRS, _UNITS, _SAME):
            db.execute(made)
        ((accepted, quarantined, good),) = db.execute(_REST).fetchall()
        asked = (_DIFFER, _GONE, _LEFT, _STILL_BAD, _DECIDED)
        differ, gone, left, still, decided = (db.sql(one).to_arrow_table() for one in asked)
    return _Found(differ, gone, left, still, decided, Rest(accepted, int(quarantined), int(good) - accepted))


def by_key(lake: Lake, contract: Contract, entry: Entry, keys: pa.Table) -> DataFrame:
    """A delivery's rows whose `_key` is among few, as `Work.rows`."""
    if entry.keyed == definition(contract):
        return _rows(lake, contract, entry, keys)
    return _rows(lake, contract, entry, None).join(lake.frame(keys), "_key", "left_semi")


def _pairs(lake: Lake, contract: Contract, entry: Entry) -> pa.Table:
    """_key and _hash of every delivered row."""
    table = f"bronze/{contract.source}"
    if entry.keyed == definition(contract):
        return lake.part(table, "_delivery", entry.delivery, "_key", "_hash")
    return _rows(lake, contract, entry, None).select("_key", "_hash").toArrow()


def _rows(lake: Lake, contract: Contract, entry: Entry, wanted: pa.Table | None) -> DataFrame:
    """A delivery's rows with `_key` and `_date`. wanted: the `_hash` or `_key` of those to give, None for all."""
    named = None
    if wanted is not None:
        named = wanted.append_column("_delivery", pa.repeat(entry.delivery, wanted.num_rows))
    rows = lake.among(f"bronze/{contract.source}", named)
    if named is None:
        rows = rows.where(F.col("_delivery") == entry.delivery)
    return with_key(rows, contract).withColumn("_date", F.lit(entry.date))
