"""Identifiers: minted once, kept by a cluster through change, never used for another."""

from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.link import ledger as events
from pipelines.link.settle import Claim, Dormant, Settled, settle
from pipelines.link.subject import Subject
from pipelines.scratch import Scratch
from schemas.keyed import keyed_hash


@dataclass(frozen=True)
class Assigned:
    """ids: label, id of every cluster. events: what the ledger learns. merged: old_id and its target."""

    ids: DataFrame
    events: DataFrame
    merged: DataFrame


def assign(
    rows: DataFrame, ledger: DataFrame | None, subject: Subject, key: bytes, night: date, scratch: Scratch
) -> Assigned:
    """Give every cluster its identifier: an old one by the mentions that it held, else a new one.

    rows: record_id, role, mention, name, first_date, spine, label, ghost, old_id (whose mention it was, NULL for a new
    one), was_present; all rows of every old identifier in them. ledger: as `ledger.COLUMNS`, None at first.
    key: the identifier key. A new identifier is the subject's letter and a keyed hash (GB/T 15852.2) of the founding
    mention and a counter that rises with every identifier that this mention founded before.
    """
    first = F.min(F.struct("first_date", "record_id", "role", "mention"))
    present = rows.where("NOT ghost")
    clusters = present.groupBy("label").agg(first.alias("founding"), F.min("spine").alias("spine"))
    if ledger is None:
        minted = scratch.keep(_mint(clusters.withColumn("counter", F.lit(0)), subject, key))
        nothing = minted.select(F.col("id").alias("old_id"), F.col("id").alias("target")).limit(0)
        return Assigned(minted.select("label", "id"), events.minted(minted, night), nothing)
    clusters = scratch.keep(clusters)
    held = rows.where("old_id IS NOT NULL")
    olds = held.groupBy("old_id").agg(F.max("was_present").alias("active"), F.min("spine").alias("spine"))
    claims = scratch.keep(_claims(held, clusters, olds))
    plain = claims.where("labels = 1 AND ids = 1").select("label", F.col("old_id").alias("id"), "active")
    hard = claims.where("labels > 1 OR ids > 1")
    opened = clusters.join(plain, "label", "left_anti")
    # Every founding mention among the clusters that have no plain heir, and what it founded.
    founded = scratch.keep(_founded(ledger, present.join(opened.select("label"), "label", "left_semi")))
    heirs = scratch.keep(_heirs(ledger, held, opened))
    settled = _settled(ledger, hard, founded, heirs)
    taken = _frame(rows, sorted(settled.ids.items()), "label string, id string")
    fresh = opened.join(taken, "label", "left_anti")
    minted = scratch.keep(_mint(_counted(fresh, founded), subject, key))
    ids = plain.select("label", "id").unionByName(taken).unionByName(minted.select("label", "id"))
    asleep = claims.where("NOT active").select("old_id").distinct()
    again = ids.join(asleep, ids.id == asleep.old_id, "left_semi").select("id")
    woken = _frame(rows, [(i,) for i in sorted(settled.returned)], "id string")
    split = _frame(rows, sorted(settled.split.items()), "label string, other_id string")
    merged = _frame(rows, sorted(settled.merged.items()), "old_id string, target string")
    retired = olds.where("active").join(claims, "old_id", "left_anti")
    learned = [
        events.minted(minted, night),
        events.pairs("split", ids.join(split, "label").select("id", "other_id"), night),
        events.pairs("merge", merged.select(F.col("old_id").alias("id"), F.col("target").alias("other_id")), night),
        events.pairs("return", again.union(woken).distinct(), night),
        events.pairs("retire", retired.select(F.col("old_id").alias("id"), "spine"), night),
    ]
    return Assigned(ids, scratch.keep(reduce(DataFrame.unionByName, learned)), merged)


def _claims(held: DataFrame, clusters: DataFrame, olds: DataFrame) -> DataFrame:
    """old_id, label, overlap, active, and among how many labels and identifiers each of the two stands."""
    counted = held.groupBy("old_id", "label").agg(F.count("*").alias("overlap"))
    pairs = counted.join(clusters.select("label"), "label", "left_semi")
    labels = pairs.groupBy("old_id").agg(F.count("*").alias("labels"))
    ids = pairs.groupBy("label").agg(F.count("*").alias("ids"))
    return pairs.join(labels, "old_id").join(ids, "label").join(olds.drop("spine"), "old_id")


def _founded(ledger: DataFrame, rows: DataFrame) -> DataFrame:
    """What the mentions in `rows` founded: label, id, and the mint's order. A mention by name is the same by number."""
    mints = ledger.where("event = 'mint'").alias("l")
    same = (F.col("l.mention") == F.col("r.mention")) | (F.col("l.mention") == F.col("r.name"))
    met = (F.col("l.record_id") == F.col("r.record_id")) & (F.col("l.role") == F.col("r.role")) & same
    return mints.join(rows.alias("r"), met).select("r.label", *(f"l.{c}" for c in ("id", "mention", *events.AGE)))


def _heirs(ledger: DataFrame, held: DataFrame, opened: DataFrame) -> DataFrame:
    """id, label: retired identifiers and the clusters that bear their number now.

    Where the mentions of a retired identifier are at hand, they have said by their names too whose it is.
    """
    retired = ledger.where("event = 'retire'").join(held.select(F.col("old_id").alias("id")), "id", "left_anti")
    return retired.join(opened.select("spine", "label"), "spine").select("id", "label").distinct()


def _settled(ledger: DataFrame, hard: DataFrame, founded: DataFrame, heirs: DataFrame) -> Settled:
    claims = [Claim(*row) for row in hard.select("old_id", "label", "overlap").collect()]
    named = hard.select(F.col("old_id").alias("id")).union(founded.select("id")).union(heirs.select("id")).distinct()
    last = events.states(ledger.join(named, "id", "left_semi")).collect()
    if not last:
        return Settled()
    ages = {row["id"]: tuple(row[c] for c in events.AGE) for row in last}
    dormant = [
        Dormant(r["id"], r["other_id"] if r["event"] == "merge" else None) for r in last if r["event"] in events.OUT
    ]
    by_spine: dict[str, list[str]] = {}
    for row in heirs.collect():
        by_spine.setdefault(row["label"], []).append(row["id"])
    # Of two holders of one number nobody can tell here who returned.
    sole = {ids[0]: label for label, ids in by_spine.items() if len(ids) == 1}
    founders = {row["id"]: row["label"] for row in founded.select("id", "label").collect()}
    return settle(claims, ages, founders, dormant, sole)


def _counted(clusters: DataFrame, founded: DataFrame) -> DataFrame:
    before = founded.select("label", F.struct("record_id", "role", "mention").alias("by"), "id").alias("b")
    by = F.struct("founding.record_id", "founding.role", "founding.mention").alias("by")
    counts = (
        clusters.select("label", by)
        .join(before, ["label", "by"])
        .groupBy("label")
        .agg(F.count("*").cast("int").alias("counter"))
    )
    return clusters.join(counts, "label", "left").withColumn("counter", F.coalesce("counter", F.lit(0)))


def _mint(clusters: DataFrame, subject: Subject, key: bytes) -> DataFrame:
    parts: list[Column] = [F.col(f"founding.{c}") for c in ("record_id", "role", "mention")]
    hashed = keyed_hash(key, F.lit(subject.name), *parts, F.col("counter"))
    return clusters.withColumn("id", F.concat(F.lit(subject.prefix), hashed))


def _frame(like: DataFrame, rows: list, schema: str) -> DataFrame:
    return like.sparkSession.createDataFrame(rows, schema)
