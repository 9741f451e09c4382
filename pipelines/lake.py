"""The lake: the only file that knows where tables lie and how Delta is written.

A table is named `zone/name`, as the design draws it: `silver/police_household`, `master/person`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from pipelines import by_spark, direct, direct_commit, direct_find
from pipelines.scratch import SENT, Scratch
from pipelines.session import another, is_small
from schemas.errors import RendiError

GOVERNED = ("record", "record_version", "master", "topic", "catalog", "ops")


@dataclass(frozen=True)
class Lake:
    """One lake under `root` (a local path or a URL), seen through one Spark session."""

    spark: SparkSession
    root: str
    base: str | None = None  # the lake that a rebuild's own lake takes bronze and decisions from

    # ---- places ------------------------------------------------------------------------------------------------
    def path(self, table: str) -> str:
        """Where a table lies: `restricted/` holds clear data, `governed/` does not (rule 12)."""
        zone = table.split("/", 1)[0]
        root = self.base if self.base and zone in ("bronze", "decision") else self.root
        return f"{root}/{'governed' if zone in GOVERNED else 'restricted'}/{table}"

    def for_thread(self) -> "Lake":
        """The same lake through a session of its own: a commit's metadata is a session's setting."""
        return replace(self, spark=another(self.spark))

    def inside(self, folder: str) -> "Lake":
        """A lake of its own inside this one, for a rebuild that must not touch what is in force."""
        return replace(self, root=f"{self.root}/{folder}", base=self.root)

    def clear(self) -> None:
        """Remove a lake that was made inside another, with all its files."""
        if self.base is None:
            raise RendiError("only a rebuild's own lake may be cleared")
        self._remove(self.root)

    # ---- reading -----------------------------------------------------------------------------------------------
    def exists(self, table: str) -> bool:
        """Whether the table has been written."""
        path = self.path(table)
        return direct.exists(path) if direct.local(path) else by_spark.exists(self.spark, path)

    def version(self, table: str) -> int:
        """The table's newest version; -1 where it does not exist."""
        path = self.path(table)
        return direct.version(path) if direct.local(path) else by_spark.version(self.spark, path)

    def identity(self, table: str) -> str:
        """What names the table, and no other one that is made at its place later; "" where it does not exist."""
        path = self.path(table)
        return direct.identity(path) if direct.local(path) else by_spark.identity(self.spark, path)

    def has(self, table: str, column: str, value: str) -> bool:
        """Whether a table has rows whose partition `column` is `value`."""
        path = self.path(table)
        if direct.local(path):
            return direct.exists(path) and direct.has(path, column, value)
        return self.exists(table) and not self.read(table).where(F.col(column) == value).isEmpty()

    def columns(self, table: str) -> dict[str, str]:
        """Each column of a table with its type, as Spark writes it."""
        path = self.path(table)
        schema = direct.schema(path) if direct.local(path) else self.read(table).schema
        return {field.name: field.dataType.simpleString() for field in schema.fields}

    def read(self, table: str, version: int | None = None) -> DataFrame:
        """All rows, of the newest version or of the one that is given."""
        path = self.path(table)
        return (direct if direct.local(path) else by_spark).read(self.spark, path, version)

    def among(
        self, table: str, touched: pa.Table | None, version: int | None = None, columns: Sequence[str] | None = None
    ) -> DataFrame:
        """The rows whose values are in `touched`, one or more columns of the table; None means all rows.

        For few they are fetched at once, without a Spark job: what follows is planned over rows that are there.
        columns: which to give, all by default.
        """
        path = self.path(table)
        if touched is None or touched.num_rows > SENT or not direct.local(path):
            rows = self.read(table, version)
            if touched is not None:
                rows = rows.join(self.frame(touched), touched.column_names, "left_semi")
            return rows if columns is None else rows.select(*columns)
        names = touched.column_names
        several = [name for name in names if pc.count_distinct(touched[name]).as_py() > 1]
        wanted = None if columns is None else list(dict.fromkeys([*columns, *names]))
        found = self.frame(direct_find.among(path, touched, version, wanted))
        # Where all but one column have one value, each row of which all values are wanted is wanted.
        if len(several) > 1:
            found = found.join(self.frame(touched), names, "left_semi")
        return found if columns is None else found.select(*columns)

    def part(self, table: str, column: str, value: str, *columns: str) -> pa.Table:
        """Columns of the rows of a partitioned table whose partition `column` is `value`, in the driver."""
        path = self.path(table)
        if direct.local(path):
            return direct_find.part(path, column, value, columns)
        return self.read(table).where(F.col(column) == value).select(*columns).toArrow()

    def naming(
        self,
        table: str,
        columns: Sequence[str],
        ids: pa.Array,
        version: int | None = None,
        wanted: Sequence[str] | None = None,
    ) -> pa.Table:
        """The few rows that have one of `ids` in one of `columns`, in the driver. wanted: which columns to give."""
        path = self.path(table)
        if direct.local(path):
            return direct_find.naming(path, columns, ids, version, wanted)
        rows = self.read(table, version)
        names = wanted or rows.columns
        known = self.frame(pa.table({"_id": ids.unique()}))
        for number, column in enumerate(columns):
            rows = rows.join(known.toDF(f"_{number}"), F.col(column) == F.col(f"_{number}"), "left")
        named = F.coalesce(*(F.col(f"_{number}") for number in range(len(columns))))
        return rows.where(named.isNotNull()).select(*names).toArrow()

    def at_hand(self, table: str, rows: int) -> bool:
        """Whether so few rows of a table, or rows by so few values, can be fetched without Spark."""
        return rows <= SENT and direct.local(self.path(table))

    def holding(self, table: str, wanted: Mapping[str, pa.Array], where: str = "true") -> pa.Table:
        """The rows of a table at hand whose value in any of these columns, or an item of the list there, is wanted.

        where: a condition (SQL) that they fulfil besides.
        """
        return direct_find.holding(self.path(table), wanted, where)

    def changed(self, table: str, since: int | None, *columns: str) -> pa.Table | None:
        """The distinct values of `columns` in rows that changed after version `since`, as they were and as they are.

        None means: take all rows. It comes where nothing was seen before, or where the change feed does not reach back
        (rule 10). A night's changes are identifiers that fit the driver.
        """
        path = self.path(table)
        if since is None or since > self.version(table):
            return None
        if direct.local(path):
            return direct.changed(path, since, columns)
        return by_spark.changed(self.spark, path, since, columns)

    def moved(self, table: str, since: int) -> int | None:
        """How many rows were written after version `since`, or removed; None where nothing says it any more."""
        path = self.path(table)
        # A table that was made anew counts its versions from 0 again.
        return direct.moved(path, since if since <= self.version(table) else -1) if direct.local(path) else None

    def frame(self, rows: pa.Table) -> DataFrame:
        """Few rows as a frame; they are sent to the rows of a larger one."""
        if not rows.num_rows:
            return self.spark.createDataFrame([], from_arrow_schema(rows.schema)).where("false")
        # pyspark 4.1 takes an empty chunk for the end, and silently leaves out all that follow.
        made = self.spark.createDataFrame(rows.combine_chunks())
        return F.broadcast(made) if rows.num_rows <= SENT else made

    def seen(self, table: str) -> dict[str, Any]:
        """What the newest commit that carries Rendi's mark says it has seen; {} where there is none."""
        for version in range(self.version(table), -1, -1):
            mark = self._mark(table, version)
            if mark is not None:
                return mark
        return {}

    def tables(self, *zones: str) -> list[str]:
        """The names of the tables that exist in the zones, sorted."""
        files, _ = fsspec.core.url_to_fs(self.root)
        found = []
        for zone in zones:
            _, folder = fsspec.core.url_to_fs(self.path(zone))
            if files.exists(folder):
                names = [p.rsplit("/", 1)[1] for p in files.ls(folder, detail=False)]
                found += [f"{zone}/{n}" for n in names if files.exists(f"{folder}/{n}/_delta_log")]
        return sorted(found)

    def views(self, *zones: str) -> set[str]:
        """Name every table of the zones as a temporary view `<zone>_<table>`; gives the names."""
        names = set()
        for table in self.tables(*zones):
            names.add(table.replace("/", "_"))
            self.read(table).createOrReplaceTempView(table.replace("/", "_"))
        return names

    # ---- writing -----------------------------------------------------------------------------------------------
    def append(
        self,
        table: str,
        rows: DataFrame,
        seen: Mapping[str, Any] | None = None,
        by: str | None = None,
        few: bool | None = None,
    ) -> None:
        """Add rows in one commit. by: partition column. few: whether the rows are known to be few; None if unknown."""
        path = self.path(table)
        collected = self._collected(table, rows, few)
        if collected is not None:
            direct_commit.append(path, collected, rows.schema, by, seen)
            return
        by_spark.append(path, rows, by, seen)

    def mark(self, table: str, seen: Mapping[str, Any]) -> None:
        """A commit without rows, where what it says was seen differs from what stands."""
        if self.seen(table) != json.loads(json.dumps(seen)):
            self.append(table, self.read(table).where("false"), seen, few=True)

    def put(self, table: str, rows: DataFrame, column: str, value: str, few: bool | None = None) -> None:
        """Make the rows of a partitioned table whose `column` is `value` equal to `rows`: the write of a retry.

        An append where the partition is not there yet, since that costs a quarter of `replaceWhere`.
        """
        if self.has(table, column, value):
            by_spark.put(self.path(table), rows, column, value)
        else:
            self.append(table, rows, by=column, few=few)

    def replace(
        self,
        table: str,
        rows: DataFrame,
        key: Iterable[str],
        touched: pa.Table | None = None,
        seen: Mapping[str, Any] | None = None,
        few: bool | None = None,
    ) -> None:
        """Make the table's rows equal `rows`, in one commit that holds only what differs.

        key: the columns that name a row. touched: one or more columns of the table; only rows whose values are in it
        are replaced, None means all; then rows may have other columns and types than the table had. seen: what the
        commit says was seen; a commit without rows is made to carry it only where it differs from what stands. few: as
        in `append`, of rows and touched.
        """
        names = list(key)
        if touched is None and self.exists(table) and self.columns(table) != dict(rows.dtypes):
            # New facts. The log goes on: whoever reads the table sees that all of it is new (rule 10).
            by_spark.overwrite(self.spark, self.path(table), rows, seen)
            return
        if not self.exists(table) or self._is_empty(table):
            self.append(table, rows, seen, few=few)
            return
        collected = self._collected(table, rows, few)
        if collected is not None:
            self._replace_few(table, collected, names, touched, seen)
            return
        old = self.read(table)
        if touched is not None:
            old = old.join(self.frame(touched), touched.column_names, "left_semi")
        self._replace_many(table, old, rows, names, seen)

    def upsert(
        self,
        table: str,
        rows: DataFrame,
        key: Iterable[str],
        seen: Mapping[str, Any] | None = None,
        few: bool | None = None,
    ) -> None:
        """Write rows over those of the same key, and add the others, in one commit; else as `replace`."""
        names = list(key)
        if not self.exists(table) or self._is_empty(table):
            self.append(table, rows, seen, few=few)
            return
        collected = self._collected(table, rows, few)
        if collected is not None:
            self._replace_few(table, collected, names, collected.select(names), seen)
            return
        with Scratch() as scratch:
            kept = scratch.keep(rows)
            if scratch.count(kept) <= SENT and direct.local(self.path(table)):
                found = direct.all_of(kept)
                self._replace_few(table, found, names, found.select(names), seen)
                return
            old = self.read(table).join(F.broadcast(kept.select(*names)), names, "left_semi")
            self._replace_many(table, old, kept, names, seen)

    def change(
        self, table: str, changed: DataFrame, key: Sequence[str], count: int, seen: Mapping[str, Any] | None = None
    ) -> None:
        """Apply changes in one commit; none where there are none and `seen` is what stands.

        changed: the table's columns and `_operation` (insert, write or delete). count: how many rows that are at most.
        """
        if count <= SENT and direct.local(self.path(table)):
            rows = direct.all_of(changed)
            if rows.num_rows:
                direct_commit.merge(self.path(table), rows, key, seen)
            elif seen is not None:
                self.mark(table, seen)
        elif count:
            by_spark.merge(self.spark, self.path(table), changed, key, seen)
        elif seen is not None:
            self.mark(table, seen)

    def set_aside(self, table: str, folder: str) -> None:
        """Move a table to restricted/damaged/<folder>, where nothing looks for tables."""
        files, path = fsspec.core.url_to_fs(self.path(table))
        _, to = fsspec.core.url_to_fs(f"{self.root}/restricted/damaged/{folder}/{table}")
        files.makedirs(to.rsplit("/", 1)[0], exist_ok=True)
        files.mv(path, to, recursive=True)
        by_spark.forget(self.spark)

    # ---- inside ------------------------------------------------------------------------------------------------
    def _remove(self, url: str) -> None:
        files, path = fsspec.core.url_to_fs(url)
        if files.exists(path):
            files.rm(path, recursive=True)
        by_spark.forget(self.spark)

    def _collected(self, table: str, rows: DataFrame, few: bool | None) -> pa.Table | None:
        """The rows in the driver, where they are few and a commit without Spark can be made of them."""
        if few is False or not direct.local(self.path(table)):
            return None
        if few:
            return direct.all_of(rows)
        return direct.few(rows, SENT) if is_small(self.spark) else None

    def _replace_few(
        self, table: str, rows: pa.Table, key: list[str], touched: pa.Table | None, seen: Mapping[str, Any] | None
    ) -> None:
        if not direct_commit.replace(self.path(table), rows, key, touched, seen) and seen is not None:
            self.mark(table, seen)

    def _replace_many(
        self, table: str, old: DataFrame, rows: DataFrame, key: list[str], seen: Mapping[str, Any] | None
    ) -> None:
        with Scratch() as scratch:
            kept = scratch.keep(by_spark.difference(old, rows.select(old.columns), key))
            self.change(table, kept, key, scratch.count(kept), seen)

    def _is_empty(self, table: str) -> bool:
        path = self.path(table)
        return direct.empty(path) if direct.local(path) else by_spark.empty(self.spark, path)

    def _mark(self, table: str, version: int) -> dict[str, Any] | None:
        files, log = fsspec.core.url_to_fs(f"{self.path(table)}/_delta_log/{version:020d}.json")
        if not files.exists(log):
            return None
        with files.open(log, "rt", encoding="utf-8") as lines:
            for line in lines:
                info = json.loads(line).get("commitInfo")
                if info:
                    return json.loads(info.get("userMetadata") or "{}") or None
        return None
