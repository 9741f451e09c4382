"""One relation table: what records state, judged by what the masters know of both ends."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.master import affected
from pipelines.master.relations import KEY, concurrent, stated
from pipelines.scratch import SENT
from quality.broken import broken
from schemas.errors import RendiError
from schemas.recorded import ENTITY_ID
from schemas.relations import Relation, RelationTable

# Raise it when the making of relations itself changes: the next night then makes all anew.
METHOD = 2


def relate(lake: Lake, table: RelationTable) -> None:
    """Bring one relation table up to what record and the masters say now; its commit says what it has seen."""
    masters = [f"master/{master}" for _, master in table.ends.values()]
    inputs = sorted({*(f"record/{r.source}" for r in table.relations), *masters})
    now = {t: lake.version(t) for t in inputs if lake.exists(t)}
    there = [r for r in table.relations if f"record/{r.source}" in now]
    if there and all(m in now for m in masters):
        _Table(lake, table, there, now).run()


class _Table:
    """One relation table's run."""

    def __init__(self, lake: Lake, table: RelationTable, relations: list[Relation], now: Mapping[str, int]) -> None:
        self.lake, self.table, self.relations, self.now = lake, table, relations, now
        self.name = f"master/{table.name}"
        self.before: dict[str, Any] = lake.seen(self.name) if lake.exists(self.name) else {}

    def run(self) -> None:
        facts = hashlib.sha256(f"{METHOD}{self.table!r}{[r.source for r in self.relations]}".encode()).hexdigest()[:16]
        seen = {"inputs": self.now, "facts": facts}
        if self.before == seen:
            return
        touched = self._touched(self.before["inputs"]) if self.before.get("facts") == facts else None
        if touched is None:
            self.lake.replace(self.name, self._judged(None), KEY, None, seen)
            return
        sources = set(touched["source"].to_pylist())
        self.relations = [r for r in self.relations if r.source in sources]
        if self.relations:
            rows = self.lake.frame(touched)
            self.lake.replace(self.name, self._judged(rows), KEY, touched, seen, touched.num_rows <= SENT)
        else:
            self.lake.mark(self.name, seen)

    def _read(self, table: str) -> DataFrame:
        return self.lake.read(table, self.now[table])

    # ---- what is stated, and what is wrong with it -------------------------------------------------------------
    def _judged(self, touched: DataFrame | None) -> DataFrame:
        """Both ids, kind, detail, valid_from, valid_to, source, record_id, warned.

        touched: source and record_id of the rows to work out; None means all.
        """
        left, right = self.table.left, self.table.right
        found = []
        for relation in self.relations:
            record = self._read(f"record/{relation.source}")
            if relation.group and touched is not None:
                # Whole households are touched, so that each brings its head along.
                mine = touched.where(F.col("source") == relation.source).select("record_id")
                record = affected.only(record, mine)
            rows = stated(record, relation, left, right).withColumn("concurrent", F.lit(0))
            if relation.until:
                until = F.least("valid_to", F.expr(relation.until))
                rows = self._beside(rows).withColumn("valid_to", until).select(rows.columns)
            found.append(concurrent(rows.drop("concurrent"), left, right) if relation.exclusive else rows)
        rows = affected.only(affected.union(found), touched)
        columns = [left, right, "kind", "detail", "valid_from", "valid_to", "source", "record_id"]
        try:
            return self._beside(rows).select(*columns, self._warned().alias("warned"))
        except AnalysisException as error:
            where = f"schemas/authority/relations.yaml: {self.table.name}"
            raise RendiError(f"{where}: {str(error).splitlines()[0]}") from None

    def _beside(self, rows: DataFrame) -> DataFrame:
        """Relations with what rules read of each end, as a struct named after the end."""
        for column, (end, master) in self.table.ends.items():
            read = self.table.read_of(column)
            if read:
                known = self._read(f"master/{master}").select(
                    F.col(_id(master)).alias("_id"), F.struct(*read).alias(end)
                )
                rows = rows.join(known, F.col(column) == F.col("_id"), "left").drop("_id")
        return rows

    def _warned(self) -> Column:
        return broken(
            (
                F.col("kind").isin(rule.kinds) & F.coalesce(F.expr(rule.when), F.lit(False)),
                rule.rule,
                rule.column,
                rule.message.zh,
            )
            for rule in self.table.rules
        )

    # ---- what a night touches ----------------------------------------------------------------------------------
    def _touched(self, before: Mapping[str, int]) -> pa.Table | None:
        """source and record_id of every relation that a changed record or a changed end may alter; None for all."""
        moved: dict[str, list[str]] = {}
        for column, (_, master) in self.table.ends.items():
            ids = affected.ids(self.lake, {f"master/{master}": [_id(master)]}, before, self.now)
            if ids is None:
                return None
            moved[column] = ids
        standing = self.lake.read(self.name)
        told, found = [pa.schema([("source", pa.string()), ("record_id", pa.string())]).empty_table()], []
        for column, ids in moved.items():
            if ids:
                found.append(
                    affected.only(standing, affected.frame(self.lake, column, ids)).select("source", "record_id")
                )
        for relation in self.relations:
            name = f"record/{relation.source}"
            far = relation.group is not None or relation.chained
            columns = ["record_id", *(c for c in (relation.left, relation.right, relation.group) if c and far)]
            record = self._read(name).select(*columns)
            changed, news = record.where("false"), 0
            if before.get(name) != self.now[name]:
                feed = affected.changed(self.lake, name, before, columns)
                if feed is None:
                    return None
                changed, news = self.lake.frame(feed), feed.num_rows
                told.append(pa.table({"source": [relation.source] * news, "record_id": feed["record_id"]}))
            if far and (news or any(moved.values())):
                left, right = (affected.frame(self.lake, "_id", ids) for ids in moved.values())
                found.append(_of(_reached(record, changed, relation, left, right), relation))
        if found:
            told.append(affected.union(found).distinct().toArrow())
        return pa.concat_tables(told, promote_options="permissive").group_by(["source", "record_id"]).aggregate([])


def _id(master: str) -> str:
    return next(column for subject, column in ENTITY_ID.items() if subject == master)


def _of(records: DataFrame, relation: Relation) -> DataFrame:
    return records.select(F.lit(relation.source).alias("source"), "record_id")


def _reached(record: DataFrame, changed: DataFrame, relation: Relation, left: DataFrame, right: DataFrame) -> DataFrame:
    """The records that state something together with a changed one, or of a moved entity."""
    if relation.group:
        members = affected.only(record, left.union(right).distinct().toDF(relation.left)).select(relation.group)
        return affected.only(record, members.union(changed.select(relation.group)).distinct())
    assert relation.right is not None
    left = left.union(changed.select(relation.left)).distinct()
    right = right.union(changed.select(relation.right)).distinct()
    reached = _naming(record, relation, left, right)
    if not relation.exclusive:
        return reached
    # What ended for one end stood beside what began for the other, which none of those that changed names.
    return _naming(
        record, relation, reached.select(relation.left).distinct(), reached.select(relation.right).distinct()
    )


def _naming(record: DataFrame, relation: Relation, left: DataFrame, right: DataFrame) -> DataFrame:
    """The records that name one of `left` or one of `right`."""
    assert relation.right is not None
    return affected.union(
        [affected.only(record, left.toDF(relation.left)), affected.only(record, right.toDF(relation.right))]
    )
