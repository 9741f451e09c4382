"""Clusters of persons: the ID number is the spine, through aliases; names and judgements decide where it is shared."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.link.decisions import Decisions
from pipelines.link.partition import Key, Member, Pair, partition
from pipelines.scratch import Scratch

KIND = "id_number:"
_MEMBER = ["_block", "record_id", "role", "ghost", "first_date", "spine", "name", "former_name"]
_PLACED = "record_id string, role string, ghost boolean, _label string, _method string, _conflict string"


def with_spine(rows: DataFrame, decisions: Decisions) -> DataFrame:
    """Add `spine`: the ID number in force behind the row's own (GB 11643), NULL where it has none.

    rows: keys (array of `kind:value`).
    """
    number = F.get(F.col("keys"), F.lit(0))
    if not decisions.aliases:
        return rows.withColumn("spine", number)
    pairs = [(KIND + number, KIND + same_as) for number, same_as in decisions.aliases.items()]
    aliases = rows.sparkSession.createDataFrame(pairs, "_number string, _in_force string")
    joined = rows.withColumn("_number", number).join(F.broadcast(aliases), "_number", "left")
    return joined.withColumn("spine", F.coalesce("_in_force", "_number")).drop("_number", "_in_force")


def cluster(rows: DataFrame, decisions: Decisions, scratch: Scratch) -> DataFrame:
    """Say who is who among all rows that can have to do with each other.

    rows: record_id, role, keys, spine, name and former_name (folded), first_date, ghost (left, or was another before).
    Adds label (equal where it is one person), method (id, alias, judgement, own), score (NULL where alone), conflict
    (重号: one number, clearly different names; judgement: a chain of `same` across a `different`; else NULL).
    Numbers whose rows all bear one name are settled by Spark alone; only the others reach Python, a number at a time.
    """
    blocks = rows.withColumn("_block", F.coalesce("spine", _own()))
    merged, judged = _judged(blocks, decisions)
    if merged:
        pairs = rows.sparkSession.createDataFrame(sorted(merged.items()), "_block string, _merged string")
        blocks = blocks.join(F.broadcast(pairs), "_block", "left").withColumn("_block", F.coalesce("_merged", "_block"))
        blocks = blocks.drop("_merged")
    # Names by their hashes: the least of texts is found by ordering all rows, the least of numbers is not.
    hashed = F.when(F.col("name").isNotNull(), F.xxhash64("name"))
    spread = blocks.groupBy("_block").agg(F.min(hashed).alias("_low"), F.max(hashed).alias("_high"))
    hard = spread.where("_low <> _high").select("_block")
    if judged:
        # A frame, not a list of literals: a plan may be printed, and these are ID numbers.
        looked_at = rows.sparkSession.createDataFrame([(b,) for b in sorted(judged)], "_block string")
        hard = hard.union(looked_at).distinct()
    members = blocks.join(hard, "_block", "left_semi").select(*_MEMBER)
    place = _placer(decisions.same, decisions.different)
    placed = scratch.keep(members.groupBy("_block").applyInPandas(place, _PLACED))
    joined = blocks.join(placed, ["record_id", "role", "ghost"], "left")
    number = F.get(F.col("keys"), F.lit(0))
    method = F.coalesce("_method", F.when(F.col("spine").isNull(), "own").otherwise("id"))
    return (
        joined.withColumn("label", F.coalesce("_label", "_block"))
        .withColumn("method", F.when((method == "id") & (number != F.col("spine")), "alias").otherwise(method))
        .withColumn("score", F.when(F.col("method") != "own", 1.0))
        .withColumn("conflict", F.col("_conflict"))
        .drop("_block", "_label", "_method", "_conflict")
    )


def _own() -> Column:
    return F.concat(F.lit("#"), "record_id", F.lit("|"), "role")


def _judged(blocks: DataFrame, decisions: Decisions) -> tuple[dict[str, str], set[str]]:
    """The blocks that judgements tie together (block → the least of them), and all that need a closer look."""
    if not (decisions.same or decisions.different):
        return {}, set()
    keys = blocks.sparkSession.createDataFrame(list(decisions.mentions), "record_id string, role string")
    named = blocks.where("NOT ghost").join(F.broadcast(keys), ["record_id", "role"])
    block_of = {(r, role): b for r, role, b in named.select("record_id", "role", "_block").collect()}
    parent = {block: block for block in block_of.values()}

    def find(block: str) -> str:
        while parent[block] != block:
            block = parent[block]
        return block

    for one, other in decisions.same:
        if one in block_of and other in block_of:
            low, high = sorted((find(block_of[one]), find(block_of[other])))
            parent[high] = low
    return {b: find(b) for b in parent if find(b) != b}, {find(b) for b in parent}


def _placer(same: tuple[Pair, ...], different: tuple[Pair, ...]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def place(block: pd.DataFrame) -> pd.DataFrame:
        members = [_member(row) for row in block.itertuples(index=False)]
        keys: set[Key] = {m.key for m in members}
        near = [[p for p in pairs if p[0] in keys and p[1] in keys] for pairs in (same, different)]
        rows = [(*p.member.key, p.member.ghost, p.label, p.method, p.conflict) for p in partition(members, *near)]
        return pd.DataFrame(rows, columns=["record_id", "role", "ghost", "_label", "_method", "_conflict"])

    return place


def _member(row: Any) -> Member:
    def text(value: Any) -> str | None:
        return value if isinstance(value, str) else None

    return Member(
        row.first_date,
        (row.record_id, row.role),
        bool(row.ghost),
        text(row.spine),
        text(row.name),
        text(row.former_name),
    )
