"""One relation table: what records state, judged by what the masters know of both ends."""

import hashlib
from collections.abc import Mapping
from functools import reduce

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

from pipelines.lake import Lake
from pipelines.master import affected
from pipelines.master.relations import KEY, concurrent, stated
from schemas.errors import RendiError
from schemas.recorded import ENTITY_ID
from schemas.relations import Relation, RelationTable

WARNED = "array<struct<rule:string,column:string,message:string>>"
# Raise it when the making of relations itself changes: the next night then makes all anew.
METHOD = 1


def relate(lake: Lake, table: RelationTable) -> None:
    """Bring one relation table up to what record and the masters say now; its commit says what it has seen."""
    name = f"master/{table.name}"
    masters = sorted({f"master/{master}" for _, master in table.ends.values()})
    inputs = [*sorted({f"record/{r.source}" for r in table.relations}), *masters]
    now = {t: lake.version(t) for t in inputs if lake.exists(t)}
    there = [r for r in table.relations if f"record/{r.source}" in now]
    if not there or not all(m in now for m in masters):
        return
    facts = hashlib.sha256(f"{METHOD}{table!r}{[r.source for r in there]}".encode()).hexdigest()[:16]
    seen = lake.seen(name) if lake.exists(name) else {}
    if seen.get("inputs") == now and seen.get("facts") == facts:
        return
    touched = _touched(lake, table, there, now, seen["inputs"]) if seen.get("facts") == facts else None
    if touched is not None:
        touched = touched.persist(StorageLevel.MEMORY_AND_DISK)
    rows = judged(lake, table, there, now, touched)
    lake.replace(name, rows, KEY, touched, {"inputs": now, "facts": facts})
    if touched is not None:
        touched.unpersist()


def judged(
    lake: Lake, table: RelationTable, relations: list[Relation], now: Mapping[str, int], touched: DataFrame | None
) -> DataFrame:
    """The table's rows: both ids, kind, detail, valid_from, valid_to, source, record_id, warned.

    touched: source and record_id of the rows to work out; None means all.
    """
    masters = {column: lake.read(f"master/{m}", now[f"master/{m}"]) for column, (_, m) in table.ends.items()}
    found = []
    for relation in relations:
        record = lake.read(f"record/{relation.source}", now[f"record/{relation.source}"])
        mine = None if touched is None else touched.where(F.col("source") == relation.source).select("record_id")
        # A chain is worked out over all its records: what touches one of them may lie with any other.
        rows = stated(record if relation.chained else affected.only(record, mine), relation, table.left, table.right)
        rows = rows.withColumn("concurrent", F.lit(0))
        if relation.until:
            until = F.least("valid_to", F.expr(relation.until))
            rows = _beside(rows, table, masters).withColumn("valid_to", until).select(rows.columns)
        if relation.exclusive:
            rows = concurrent(rows.drop("concurrent"), table.left, table.right)
        found.append(affected.only(rows, mine) if relation.chained else rows)
    rows = reduce(DataFrame.unionByName, found)
    columns = [table.left, table.right, "kind", "detail", "valid_from", "valid_to", "source", "record_id"]
    try:
        return _beside(rows, table, masters).select(*columns, _warned(table).alias("warned"))
    except AnalysisException as error:
        raise RendiError(f"schemas/authority/relations.yaml: {table.name}: {str(error).splitlines()[0]}") from None


def _beside(rows: DataFrame, table: RelationTable, masters: Mapping[str, DataFrame]) -> DataFrame:
    """Relations with what rules read of each end, as a struct named after the end."""
    for column, (end, _) in table.ends.items():
        read = table.read_of(column)
        if read:
            master = masters[column]
            known = master.select(F.col(master.columns[0]).alias("_id"), F.struct(*read).alias(end))
            rows = rows.join(known, F.col(column) == F.col("_id"), "left").drop("_id")
    return rows


def _warned(table: RelationTable) -> Column:
    broken = [
        F.when(
            F.col("kind").isin(rule.kinds) & F.coalesce(F.expr(rule.when), F.lit(False)),
            F.struct(
                F.lit(rule.rule).alias("rule"),
                F.lit(rule.column).alias("column"),
                F.lit(rule.message.zh).alias("message"),
            ),
        )
        for rule in table.rules
    ]
    return (F.array_compact(F.array(*broken)) if broken else F.array()).cast(WARNED)


def _touched(
    lake: Lake, table: RelationTable, relations: list[Relation], now: Mapping[str, int], before: Mapping[str, int]
) -> DataFrame | None:
    """source and record_id of every relation that a changed record or a changed end may alter; None for all."""
    moved = []
    for column, (_, master) in table.ends.items():
        entity = next(c for subject, c in ENTITY_ID.items() if subject == master)
        ids = affected.ids(lake, [(f"master/{master}", entity)], before, column)
        if ids is None:
            return None
        moved.append(ids)
    found = []
    for relation in relations:
        name = f"record/{relation.source}"
        columns = ["record_id", *(c for c in (relation.left, relation.right, relation.group) if c)]
        record = lake.read(name, now[name]).select(*columns)
        changed = record.where("false")
        if before.get(name) != now[name]:
            feed = affected.changed(lake, name, before, columns)
            if feed is None:
                return None
            changed = feed
        reached = _reached(record, changed, relation, moved)
        found.append(changed.select("record_id").union(reached).withColumn("source", F.lit(relation.source)))
    return reduce(DataFrame.union, found).distinct()


def _reached(record: DataFrame, changed: DataFrame, relation: Relation, moved: list[DataFrame]) -> DataFrame:
    """record_id of the records that state something of a moved entity, or of one that a changed record names."""
    left, right = (ids.toDF("_id") for ids in moved)
    if relation.group:
        members = affected.only(record, left.union(right).toDF(relation.left)).select(relation.group)
        groups = members.union(changed.select(relation.group)).distinct()
        return affected.only(record, groups).select("record_id")
    assert relation.right is not None
    if relation.chained:
        left = left.union(changed.select(relation.left))
        right = right.union(changed.select(relation.right))
    found = [
        affected.only(record, ids.distinct().toDF(c)) for ids, c in ((left, relation.left), (right, relation.right))
    ]
    return found[0].union(found[1]).select("record_id")
