"""How far a night's changes reach in crosswalk and ledger: looked for by Spark, or by Arrow where they are few."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.link.affected import NAMES, ROLES, tokens
from pipelines.link.partition import Key
from pipelines.link.subject import Subject
from pipelines.scratch import Scratch


class Reach(Protocol):
    """Crosswalk and ledger of one subject, as they stood before the night."""

    def near(self, change: DataFrame, numbers: Iterable[str], judged: Iterable[Key]) -> DataFrame:
        """The crosswalk's minting rows that may move: whole entities, as far as keys reach from what changed.

        change: as `affected.changed`. numbers, judged: ID numbers and mentions that decisions name.
        """

    def waiting(self, keys: DataFrame) -> DataFrame:
        """The crosswalk's rows of present mentions that only find, and try one of the keys. keys: _key."""

    def bearing(self, keys: DataFrame) -> DataFrame:
        """At least those of the crosswalk's present minting rows that have one of the keys. keys: _key."""

    def ledger(self, rows: DataFrame) -> DataFrame | None:
        """At least those events that matter to clustered rows, None before the first. rows: as `identifiers.assign`."""


@dataclass(frozen=True)
class Far(Reach):
    """Of many changes. crosswalk, events: the tables."""

    crosswalk: DataFrame
    events: DataFrame | None
    subject: Subject
    scratch: Scratch

    def near(self, change: DataFrame, numbers: Iterable[str], judged: Iterable[Key]) -> DataFrame:
        spark, scratch, id = self.crosswalk.sparkSession, self.scratch, self.subject.id
        minting = self.crosswalk.where("mints").withColumn("_tokens", tokens(self.subject))
        sides = [
            change.where(f"{s}.mints").select(F.explode(tokens(self.subject, f"{s}.")).alias("_token")) for s in "fo"
        ]
        named = spark.createDataFrame([(f"{self.subject.ladder[0]}:{n}",) for n in numbers], "_token string")
        seeds = scratch.keep(sides[0].union(sides[1]).union(named).distinct())
        ids = change.where("o.mints").select(F.col(f"o.{id}").alias(id))
        if judged := list(judged):
            pairs = F.broadcast(spark.createDataFrame(judged, "record_id string, role string"))
            ids = ids.union(minting.join(pairs, ROLES).select(id))
        while True:
            met = minting.select(id, F.explode("_tokens").alias("_token")).join(seeds, "_token", "left_semi")
            rows = scratch.keep(minting.join(ids.union(met.select(id)).distinct(), id, "left_semi"))
            reached = rows.select(F.explode("_tokens").alias("_token")).distinct()
            more = scratch.keep(reached.join(seeds, "_token", "left_anti"))
            if more.isEmpty():
                return rows.drop("_tokens")
            seeds, ids = scratch.keep(seeds.union(more)), rows.select(id)

    def waiting(self, keys: DataFrame) -> DataFrame:
        tried = self.crosswalk.where("NOT mints AND left_on IS NULL").withColumn("_key", F.explode("keys"))
        return tried.join(self.scratch.keep(keys), "_key", "left_semi").drop("_key").dropDuplicates(NAMES)

    def bearing(self, keys: DataFrame) -> DataFrame:
        return self.crosswalk.where("mints AND left_on IS NULL")

    def ledger(self, rows: DataFrame) -> DataFrame | None:
        return self.events


@dataclass(frozen=True)
class Close(Reach):
    """Of few changes. The tables are looked through without Spark, and what is found is there when it plans.

    round: of the ledger's last events that count.
    """

    lake: Lake
    subject: Subject
    round: int

    def near(self, change: DataFrame, numbers: Iterable[str], judged: Iterable[Key]) -> DataFrame:
        said = [F.when(F.col(f"{s}.mints"), tokens(self.subject, f"{s}.")).alias(s) for s in "fo"]
        told = change.select(*said, F.when(F.col("o.mints"), F.col(f"o.{self.subject.id}")).alias("id")).toArrow()
        named = pa.chunked_array([[f"{self.subject.ladder[0]}:{n}" for n in numbers]], pa.string())
        seeds = _once(pc.list_flatten(told["f"]), pc.list_flatten(told["o"]), named)
        ids = _once(told["id"], self._judged(list(judged)))
        while True:
            wanted = {"keys": seeds, "spine": seeds, self.subject.id: ids}
            rows = self.lake.holding(self.subject.record, wanted, "mints")
            reached = _once(seeds, self._own(pc.list_flatten(rows["keys"])), rows["spine"])
            met = _once(ids, rows[self.subject.id])
            if (len(reached), len(met)) == (len(seeds), len(ids)):
                return self.lake.frame(rows)
            seeds, ids = reached, met

    def waiting(self, keys: DataFrame) -> DataFrame:
        return self._present(keys, "NOT mints")

    def bearing(self, keys: DataFrame) -> DataFrame:
        return self._present(keys, "mints")

    def ledger(self, rows: DataFrame) -> DataFrame | None:
        if not self.lake.exists(self.subject.event):
            return None
        told = rows.select(F.col("old_id").alias("id"), "record_id", "spine").toArrow()
        # What any of them was, founded, or left its number to; then all that became of those identifiers.
        met = self.lake.holding(self.subject.event, {name: _once(told[name]) for name in told.column_names})
        events = self.lake.holding(self.subject.event, {"id": _once(met["id"])})
        return self.lake.frame(events.filter(pc.field("round") <= self.round))

    def _present(self, keys: DataFrame, which: str) -> DataFrame:
        # Told to the look: of an address, thousands of homes bear the keys by which one door is asked for.
        told = {"keys": _once(keys.toArrow()["_key"])}
        return self.lake.frame(self.lake.holding(self.subject.record, told, f"{which} AND left_on IS NULL"))

    def _judged(self, mentions: list[Key]) -> pa.Array:
        """The identifiers of these mentions."""
        records = {"record_id": pa.array([m[0] for m in mentions], pa.string())}
        rows = self.lake.holding(self.subject.record, records, "mints")
        met = rows.select([*ROLES, self.subject.id]).to_pylist()
        return pa.array([r[self.subject.id] for r in met if (r["record_id"], r["role"]) in mentions], pa.string())

    def _own(self, keys: pa.ChunkedArray) -> pa.ChunkedArray:
        """The keys that make an entity, without those that only find one."""
        for kind in self.subject.lookup:
            keys = keys.filter(pc.invert(pc.starts_with(keys, f"{kind}:")))
        return keys


def _once(*values: pa.ChunkedArray | pa.Array) -> pa.Array:
    """All values, once each, without NULL."""
    parts = [part for one in values for part in (one.chunks if isinstance(one, pa.ChunkedArray) else [one])]
    return pc.unique(pa.chunked_array(parts, pa.string())).drop_null()
