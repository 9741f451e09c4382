"""One relation table: what records state, judged by what the masters know of both ends."""

import hashlib
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.master import affected
from pipelines.master.relations import KEY, concurrent, stated
from pipelines.scratch import SENT
from pipelines.session import fit
from quality.broken import broken
from schemas.errors import RendiError
from schemas.recorded import ENTITY_ID
from schemas.relations import Relation, RelationTable

# Raise it when the making of relations itself changes: the next night then makes all anew.
METHOD = 3


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
            rows = affected.union(self._stated(r, self._record(r), None) for r in self.relations)
            self.lake.replace(self.name, self._judged(rows, None), KEY, None, seen)
            return
        fit(self.lake.spark, touched.num_rows)
        sources = set(touched["source"].to_pylist())
        self.relations = [r for r in self.relations if r.source in sources]
        if self.relations:
            few = touched.num_rows <= SENT
            rows = self._few(touched) if few else self._many(touched)
            self.lake.replace(self.name, rows, KEY, touched, seen, few)
        else:
            self.lake.mark(self.name, seen)

    def _read(self, table: str) -> DataFrame:
        return self.lake.read(table, self.now[table])

    def _record(self, relation: Relation) -> DataFrame:
        return self._read(f"record/{relation.source}")

    # ---- what is stated, and what is wrong with it -------------------------------------------------------------
    def _many(self, touched: pa.Table) -> DataFrame:
        """The judged relations of many records, found among all. touched: source and record_id."""
        rows, found = self.lake.frame(touched), []
        for relation in self.relations:
            record = self._record(relation)
            if relation.group:
                # Whole households are touched, so that each brings its head along.
                mine = rows.where(F.col("source") == relation.source).select("record_id")
                record = affected.only(record, mine)
            found.append(self._stated(relation, record, None))
        return self._judged(affected.only(affected.union(found), rows), None)

    def _few(self, touched: pa.Table) -> DataFrame:
        """The judged relations of few records, each looked up. touched: source and record_id."""
        records: list[tuple[Relation, pa.Array, pa.Table]] = []
        ids: set[str] = set()
        for relation in self.relations:
            name = f"record/{relation.source}"
            mine = touched.filter(pc.field("source") == relation.source)["record_id"].combine_chunks()
            ends = [relation.left, *([relation.right] if relation.right else [])]
            record = self.lake.naming(name, ["record_id"], mine, self.now[name])
            if relation.chained:
                # What is said of a pair depends on what stood beside it for either of the two.
                record = self.lake.naming(name, ends, affected.array(_texts(record, ends)), self.now[name])
            records.append((relation, mine, record))
            ids |= _texts(record, ends)
        known, found = affected.array(ids), []
        for relation, mine, record in records:
            rows = self._stated(relation, self.lake.frame(record), known)
            if relation.chained:
                rows = affected.only(rows, self.lake.frame(pa.table({"record_id": mine})))
            found.append(rows)
        return self._judged(affected.union(found).coalesce(1), known)

    def _stated(self, relation: Relation, record: DataFrame, ids: pa.Array | None) -> DataFrame:
        """What records state, with `concurrent`. ids: the entities that they name, None for all."""
        left, right = self.table.left, self.table.right
        rows = stated(record, relation, left, right).withColumn("concurrent", F.lit(0))
        if relation.until:
            until = F.least("valid_to", F.expr(relation.until))
            rows = self._beside(rows, ids).withColumn("valid_to", until).select(rows.columns)
        return concurrent(rows.drop("concurrent"), left, right) if relation.exclusive else rows

    def _judged(self, rows: DataFrame, ids: pa.Array | None) -> DataFrame:
        """Both ids, kind, detail, valid_from, valid_to, source, record_id, warned. ids: as `_stated`."""
        columns = [self.table.left, self.table.right, "kind", "detail", "valid_from", "valid_to", "source", "record_id"]
        try:
            return self._beside(rows, ids).select(*columns, self._warned().alias("warned"))
        except AnalysisException as error:
            where = f"schemas/authority/relations.yaml: {self.table.name}"
            raise RendiError(f"{where}: {str(error).splitlines()[0]}") from None

    def _beside(self, rows: DataFrame, ids: pa.Array | None) -> DataFrame:
        """Relations with what rules read of each end, as a struct named after the end. ids: as `_stated`."""
        for column, (end, master) in self.table.ends.items():
            read = self.table.read_of(column)
            if read:
                known = self._master(f"master/{master}", _id(master), read, ids)
                told = known.select(F.col(_id(master)).alias("_id"), F.struct(*read).alias(end))
                rows = rows.join(told, F.col(column) == F.col("_id"), "left").drop("_id")
        return rows

    def _master(self, table: str, id: str, read: list[str], ids: pa.Array | None) -> DataFrame:
        if ids is None:
            return self._read(table)
        names = list(dict.fromkeys([id, *(name.split(".")[0] for name in read)]))
        return self.lake.frame(self.lake.naming(table, [id], ids, self.now[table], names))

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
        told = [_told("", pa.array([], pa.string()))]
        for column, ids in moved.items():
            if ids:
                told.append(self.lake.naming(self.name, [column], affected.array(ids), wanted=["source", "record_id"]))
        ends = {*chain.from_iterable(moved.values())}
        for relation in self.relations:
            name = f"record/{relation.source}"
            far = relation.group is not None or relation.chained
            columns = ["record_id", *(c for c in (relation.left, relation.right, relation.group) if c and far)]
            changed = None
            if before.get(name) != self.now[name]:
                changed = affected.changed(self.lake, name, before, columns)
                if changed is None:
                    return None
                told.append(_told(relation.source, changed["record_id"]))
            if far and (ends or changed is not None):
                told.append(_told(relation.source, self._reached(relation, changed, ends)))
        return pa.concat_tables(told, promote_options="permissive").group_by(["source", "record_id"]).aggregate([])

    def _reached(self, relation: Relation, changed: pa.Table | None, moved: set[str]) -> pa.ChunkedArray:
        """The records that state something together with a changed one, or of a moved entity."""

        def record(columns: list[str], ids: Iterable[str], wanted: list[str]) -> pa.Table:
            name = f"record/{relation.source}"
            return self.lake.naming(name, columns, affected.array(ids), self.now[name], wanted)

        if relation.group:
            group = [relation.group]
            members = record([relation.left], moved, group)
            return record(group, _texts(members, group) | _texts(changed, group), ["record_id"])["record_id"]
        assert relation.right is not None
        ends = [relation.left, relation.right]
        reached = record(ends, moved | _texts(changed, ends), ["record_id", *ends])
        if relation.exclusive:
            # What ended for one end stood beside what began for the other, which none of those that changed names.
            reached = record(ends, _texts(reached, ends), ["record_id"])
        return reached["record_id"]


def _id(master: str) -> str:
    return next(column for subject, column in ENTITY_ID.items() if subject == master)


def _texts(rows: pa.Table | None, columns: list[str]) -> set[str]:
    """The values of several columns of texts."""
    return set() if rows is None else {*chain.from_iterable(rows[c].to_pylist() for c in columns)} - {None}


def _told(source: str, records: pa.ChunkedArray | pa.Array) -> pa.Table:
    return pa.table({"source": pa.array([source] * len(records), pa.string()), "record_id": records})
