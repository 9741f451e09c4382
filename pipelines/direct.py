"""Delta without Spark: what a table's log says, and few rows of a table, by delta-rs and Arrow.

A Spark transaction costs one to three seconds of planning whatever its size, and each reference to a Delta table in a
query one more job; a night in which little changed is made of little else. Only for tables on a local file system.
`direct_commit` writes.
"""

import glob
import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType


def local(path: str) -> bool:
    """Whether delta-rs and Spark see the path alike."""
    return "://" not in path


def exists(path: str) -> bool:
    """Whether there is a table."""
    return bool(DeltaTable.is_deltatable(path))


def version(path: str) -> int:
    """The newest version of a table; -1 where there is none."""
    log = Path(path, "_delta_log")
    # Opening the table would read what its log says; its newest version is its last commit's name.
    return max((int(name.stem) for name in log.glob("*.json") if name.stem.isdigit()), default=-1)


def schema(path: str) -> StructType:
    """A table's columns in Spark's types."""
    return _schema(DeltaTable(path, without_files=True))


def read(spark: SparkSession, path: str, at: int | None = None) -> DataFrame:
    """A table's rows: the Parquet files that its log names, without a Spark job to ask for them."""
    table = DeltaTable(path, version=at)
    schema = _schema(table)
    files = [unquote(uri) for uri in table.file_uris()]
    if not files:
        return spark.createDataFrame([], schema).where("false")
    if not table.metadata().partition_columns:
        return spark.read.schema(schema).parquet(*files)
    # Partition columns come last otherwise.
    return spark.read.schema(schema).option("basePath", path).parquet(*files).select(*schema.names)


def among(path: str, touched: pa.Table, at: int | None = None, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows whose value in each column of `touched` stands somewhere in that column.

    A few hundredths of what Spark takes to look through a table for a few rows. columns: which to give, None for all.
    """
    return rows_among(DeltaTable(path, version=at), touched, columns)


def part(path: str, column: str, value: str, columns: Sequence[str]) -> pa.Table:
    """Columns of the rows of a partitioned table whose partition `column` is `value`."""
    rows = DeltaTable(path).to_pyarrow_dataset(partitions=[(column, "=", value)])
    return rows.to_table(columns=list(columns))


def naming(
    path: str, columns: Sequence[str], ids: pa.Array, at: int | None = None, wanted: Sequence[str] | None = None
) -> pa.Table:
    """The rows that have one of `ids` in one of `columns`. wanted: the columns to give, None for all."""
    table = DeltaTable(path, version=at)
    # Once by each column, without those that an earlier one found: a look by one column reads what it finds alone.
    looks = [[_has(column), *map(_lacks, columns[:number])] for number, column in enumerate(columns)]
    return _looked(table, wanted, dict.fromkeys(columns, ids), looks, operator.or_)


def holding(path: str, wanted: Mapping[str, pa.Array]) -> pa.Table:
    """The rows whose value in any of these columns, or an item of the list that stands there, is wanted."""
    rows = DeltaTable(path).to_pyarrow_dataset()
    sought = {column: values for column, values in wanted.items() if len(values)}
    # A table is larger than what is found in it: one batch after the other.
    found = [_holding(batch, sought) for batch in rows.to_batches()] if sought else []
    return pa.Table.from_batches(found, rows.schema)


def empty(path: str) -> bool:
    """Whether the newest version of a table has no file."""
    return not DeltaTable(path).file_uris()


def has(path: str, column: str, value: str) -> bool:
    """Whether a partitioned table has rows whose partition `column` is `value`."""
    return bool(DeltaTable(path).file_uris([(column, "=", value)]))


def changed(path: str, since: int, columns: Sequence[str]) -> pa.Table | None:
    """The distinct values of `columns` in all rows that changed after version `since`, as they were and as they are.

    None where the log does not reach back, or a file that tells what changed is gone or was cut short.
    """
    of_spark = to_arrow_schema(schema(path))
    plain = pa.schema([of_spark.field(c) for c in columns])
    found = [plain.empty_table()]
    for actions in _commits(path, since):
        if actions is None:
            return None
        # A commit names its change files, or all that it added and removed is the change.
        told = [a["cdc"]["path"] for a in actions if "cdc" in a]
        for name in told or [a["path"] for kind in ("add", "remove") for a in _whole(actions, kind)]:
            try:
                rows = pq.read_table(Path(path, unquote(name)), columns=list(columns), partitioning=None)
            except (pa.ArrowInvalid, OSError):
                return None
            # delta-rs' DELETE writes views of texts, which do not go together with texts.
            found.append(rows.cast(pa.schema([plain.field(c) for c in rows.column_names])))
    return pa.concat_tables(found, promote_options="permissive").group_by(list(columns)).aggregate([])


def moved(path: str, since: int) -> int | None:
    """How many rows the commits after version `since` wrote, or removed where that is more; None where a file is gone
    or was cut short.

    A row that is written over may be told as one change or as a removal and a new row: to add both up would count some
    twice.
    """
    count = 0
    for actions in _commits(path, since):
        if actions is None:
            return None
        told = [Path(path, unquote(a["cdc"]["path"])) for a in actions if "cdc" in a]
        try:
            written, removed = (sum(_size(path, a) for a in _whole(actions, kind)) for kind in ("add", "remove"))
            kinds = pq.ParquetDataset(told, partitioning=None).read(["_change_type"])["_change_type"] if told else None
        except (pa.ArrowInvalid, OSError):
            return None
        if kinds is not None:
            written = pc.sum(pc.is_in(kinds, pa.array(["insert", "update_postimage"]))).as_py() or 0
            removed = pc.sum(pc.equal(kinds, "delete")).as_py() or 0
        count += max(written, removed)
    return count


def few(rows: DataFrame, most: int) -> pa.Table | None:
    """The rows, if there are no more than `most`."""
    found = _nullable(rows.limit(most + 1)).toArrow()
    return found if found.num_rows <= most else None


def all_of(rows: DataFrame) -> pa.Table:
    """The rows, which are known to be few."""
    return _nullable(rows).toArrow()


def _holding(rows: pa.RecordBatch, wanted: Mapping[str, pa.Array]) -> pa.RecordBatch:
    hits = []
    for column, values in wanted.items():
        held = rows[column]
        if pa.types.is_list(held.type):
            rows_of_items = pc.list_parent_indices(held)
            at = rows_of_items.filter(pc.is_in(pc.list_flatten(held), values))
            hits.append(pc.is_in(pa.array(range(rows.num_rows), at.type), at))
        else:
            hits.append(pc.is_in(held, values))
    return rows.filter(reduce(pc.or_, hits))


def _commits(path: str, since: int) -> Iterator[list[dict[str, Any]] | None]:
    """What each commit after version `since` did; None for one whose file is gone."""
    for number in range(since + 1, version(path) + 1):
        log = Path(path, "_delta_log", f"{number:020d}.json")
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else None
        yield None if lines is None else [json.loads(line) for line in lines]


def _whole(actions: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The files that a commit added or removed whole, but for those that hold the same rows in another order."""
    return [a[kind] for a in actions if kind in a and a[kind].get("dataChange", True)]


def _size(path: str, file: Mapping[str, Any]) -> int:
    """How many rows a file of a commit has; 0 for one that is gone and of which the log says nothing."""
    if file.get("stats"):
        return int(json.loads(file["stats"])["numRecords"])
    place = Path(path, unquote(file["path"]))
    return int(pq.read_metadata(place).num_rows) if place.exists() else 0


def rows_among(table: DeltaTable, touched: pa.Table | None, columns: Sequence[str] | None = None) -> pa.Table:
    """As `among`, of a table that is open; None means all rows."""
    if touched is None:
        return table.to_pyarrow_dataset().to_table(columns=list(columns or _names(table)))
    values = {c: touched[c].combine_chunks() for c in touched.column_names}
    return _looked(table, columns, values, [[_has(c) for c in values]], operator.and_)


def _looked(
    table: DeltaTable,
    wanted: Sequence[str] | None,
    values: Mapping[str, pa.Array],
    looks: Sequence[Sequence[str]],
    both: Callable[[pc.Expression, pc.Expression], pc.Expression],
) -> pa.Table:
    """The rows that have one of some values in a column, or in several.

    looks: joins with the values, which are tables named after their columns; the rows of all looks are wanted. both:
    how Arrow puts the columns together, which looks for the parts of a table better.
    """
    schema = pa.schema(table.schema().to_arrow())
    # NULL equals nothing.
    known = {c: some.drop_null().unique().cast(schema.field(c).type) for c, some in values.items()}
    chosen = pa.schema([schema.field(c) for c in wanted or schema.names])
    files = [glob.escape(unquote(uri)) for uri in table.file_uris()]
    if files and not table.metadata().partition_columns:
        quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        rows = f"read_parquet([{quoted}], union_by_name = true) AS rows"
        names = ", ".join(f'rows."{name}"' for name in chosen.names)
        asked = " UNION ALL ".join(f"SELECT {names} FROM {rows} {' '.join(joins)}" for joins in looks)
        # Arrow takes two to three times as long: it decodes all columns of all rows before it looks.
        with duckdb.connect() as db, suppress(duckdb.BinderException):
            # A time of Spark's and one of delta-rs are one: in UTC.
            db.execute("SET TimeZone = 'UTC'")
            for column, some in known.items():
                db.register(f"in {column}", pa.table({"value": some}))
            return db.sql(asked).to_arrow_table().cast(chosen)
    # Also where a column stands in no file that is left.
    named = reduce(both, (pc.field(c).isin(some) for c, some in known.items()))
    return table.to_pyarrow_dataset().to_table(columns=chosen.names, filter=named).cast(chosen)


def _has(column: str) -> str:
    return f'SEMI JOIN "in {column}" ON rows."{column}" = "in {column}".value'


def _lacks(column: str) -> str:
    return f'ANTI JOIN "in {column}" ON rows."{column}" = "in {column}".value'


def _names(table: DeltaTable) -> list[str]:
    return [field.name for field in table.schema().fields]


def _nullable(rows: DataFrame) -> DataFrame:
    # PyArrow refuses a struct whose fields are never NULL where it expects one whose fields may be.
    return rows.select(*(F.col(f.name).cast(f.dataType) for f in loose(rows.schema).fields))


def _schema(table: DeltaTable) -> StructType:
    return StructType.fromJson(json.loads(table.schema().to_json()))


def loose(schema: StructType) -> StructType:
    """The schema with everything nullable, as Delta has it."""
    said = re.sub(r'"(nullable|containsNull|valueContainsNull)":false', r'"\1":true', schema.json())
    return StructType.fromJson(json.loads(said))
