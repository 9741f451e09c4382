"""Delta without Spark: what a table's log says, and what its files hold, by delta-rs and Arrow.

A Spark transaction costs one to three seconds of planning whatever its size, and each reference to a Delta table in a
query one more job; a night in which little changed is made of little else. Only for tables on a local file system.
`direct_find` looks for few rows, `direct_commit` writes them.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

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


def identity(path: str) -> str:
    """What names a table, and no other one that is made at its place later; "" where there is none."""
    # Its first commit says it; opening the table would read all that its log says.
    first = Path(path, "_delta_log", f"{0:020d}.json")
    with suppress(FileNotFoundError, ValueError), first.open(encoding="utf-8") as lines:
        for action in map(json.loads, lines):
            if "metaData" in action:
                return str(action["metaData"]["id"])
    # It was cleaned away, or is damaged.
    return DeltaTable(path, without_files=True).metadata().id if exists(path) else ""


def schema(path: str) -> StructType:
    """A table's columns in Spark's types."""
    return _schema(DeltaTable(path, without_files=True))


def read(spark: SparkSession, path: str, at: int | None = None) -> DataFrame:
    """A table's rows: the Parquet files that its log names, without a Spark job to ask for them."""
    table = DeltaTable(path, version=at)
    schema = _schema(table)
    found = files(table)
    if not found:
        return spark.createDataFrame([], schema).where("false")
    if not table.metadata().partition_columns:
        return spark.read.schema(schema).parquet(*found)
    # Partition columns come last otherwise.
    return spark.read.schema(schema).option("basePath", path).parquet(*found).select(*schema.names)


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
            # Texts may be views (delta-rs' own DELETE and 1.6 write them), which do not go together with texts.
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


def files(table: DeltaTable) -> list[str]:
    """Where the table's files lie."""
    return [unquote(uri) for uri in table.file_uris()]


def _nullable(rows: DataFrame) -> DataFrame:
    # PyArrow refuses a struct whose fields are never NULL where it expects one whose fields may be.
    schema = rows.schema
    strict = [may for is_, may in zip(schema.fields, loose(schema).fields, strict=True) if is_.dataType != may.dataType]
    return rows.withColumns({f.name: F.col(f.name).cast(f.dataType) for f in strict})


def _schema(table: DeltaTable) -> StructType:
    return StructType.fromJson(json.loads(table.schema().to_json()))


def loose(schema: StructType) -> StructType:
    """The schema with everything nullable, as Delta has it."""
    said = re.sub(r'"(nullable|containsNull|valueContainsNull)":false', r'"\1":true', schema.json())
    return StructType.fromJson(json.loads(said))
