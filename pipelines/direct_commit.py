"""Commits of few rows, by delta-rs and DuckDB. Its counterpart for many rows is `by_spark`."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Schema, WriterProperties, write_deltalake
from pyspark.sql.types import StructType

from pipelines.direct import exists, loose
from pipelines.direct_find import rows_among

OPERATION = "_operation"
PROPERTIES = {"delta.enableChangeDataFeed": "true", "delta.dataSkippingNumIndexedCols": "0"}

# Rows that lie together in a file. Arrow reads as many at once, and what it cuts out of more DuckDB refuses: structs
# that begin within others.
TOGETHER = 131_072
FILES: Any = {"writer_properties": WriterProperties(max_row_group_size=TOGETHER)}
# Keys up to which a commit names the rows that it replaces, in its log too: about 50 bytes each.
NAMED = 50_000
# delta-rs recurses over the texts of a condition, 400 bytes each, and a stack that is too small ends the process.
STACK = 64 << 20
_starting = Lock()
# No clean text holds a control character.
BETWEEN = "\x1f"


def append(path: str, rows: pa.Table, schema: StructType, by: str | None, seen: Mapping[str, Any] | None) -> None:
    """Add few rows in one commit; a table that has not all their columns yet gains them.

    schema, by: types and partition column of the table, if it has to be made.
    """
    if exists(path):
        table = DeltaTable(path)
        new = set(rows.column_names) - {field.name for field in table.schema().fields}
        mode: Literal["merge"] | None = "merge" if new else None
        typed = _typed(table, rows, *new)
        write_deltalake(table, typed, mode="append", schema_mode=mode, commit_properties=_mark(seen), **FILES)
        return
    made = pa.schema(Schema.from_json(loose(schema).json()).to_arrow())
    write_deltalake(
        path,
        _copied(rows.cast(made)),
        partition_by=[by] if by else None,
        configuration=dict(PROPERTIES),
        commit_properties=_mark(seen),
        **FILES,
    )


def replace(
    path: str, rows: pa.Table, key: Sequence[str], touched: pa.Table | None, seen: Mapping[str, Any] | None
) -> bool:
    """Make the table's rows equal few `rows` in one commit; whether there was anything to write.

    touched: only the table's rows whose values are in it are compared, None means all.
    """
    table = DeltaTable(path)
    changed = _difference(table, rows, key, touched)
    if changed.num_rows:
        _commit(table, changed, key, seen)
    return bool(changed.num_rows)


def merge(path: str, changed: pa.Table, key: Sequence[str], seen: Mapping[str, Any] | None) -> None:
    """Apply few changes in one commit. `_operation` says `delete` for a row to remove.

    Where it says `insert` for all rows, nothing that stands has to be read.
    """
    table = DeltaTable(path)
    _commit(table, _typed(table, changed, OPERATION), key, seen)


def _difference(table: DeltaTable, rows: pa.Table, key: Sequence[str], touched: pa.Table | None) -> pa.Table:
    """The rows to insert, to write over others, and the keys of those to delete, in the table's own types."""
    rows = _typed(table, rows.select([field.name for field in table.schema().fields]))
    new = rows.append_column("_at", pa.array(range(rows.num_rows), pa.int64()))
    scope = f"SEMI JOIN touched USING ({_names(touched.column_names)})" if touched is not None else ""
    same = " AND ".join(f'n."{c}" IS NOT DISTINCT FROM o."{c}"' for c in key)
    differ = " OR ".join(["o._there IS NULL", *(f'n."{c}" IS DISTINCT FROM o."{c}"' for c in rows.column_names)])
    with duckdb.connect() as db:
        db.register("new", new)
        db.register("delta", _copied(rows_among(table, touched)))
        if touched is not None:
            db.register("touched", touched)
        db.execute(f"CREATE VIEW old AS SELECT *, true AS _there FROM delta {scope}")
        found = db.sql(f"SELECT n._at, o._there FROM new n LEFT JOIN old o ON {same} WHERE {differ}").to_arrow_table()
        gone = db.sql(f"SELECT {_names(key)} FROM old o ANTI JOIN new n ON {same}").to_arrow_table()
    kinds = ["write" if there else "insert" for there in found["_there"].to_pylist()]
    written = rows.take(found["_at"]).append_column(OPERATION, pa.array(kinds, pa.string()))
    lost = {c: gone[c].cast(rows.schema.field(c).type) for c in key}
    blank = [lost.get(f.name, pa.nulls(gone.num_rows, f.type)) for f in rows.schema]
    deleted = pa.table([*blank, pa.array(["delete"] * gone.num_rows, pa.string())], written.schema)
    return pa.concat_tables([written, deleted])


def _commit(table: DeltaTable, rows: pa.Table, key: Sequence[str], seen: Mapping[str, Any] | None) -> None:
    mark = _mark(seen)
    new = rows.filter(pc.field(OPERATION) != "delete").drop_columns([OPERATION])
    if set(rows[OPERATION].to_pylist()) <= {"insert"}:
        write_deltalake(table, new, mode="append", commit_properties=mark, **FILES)
        return
    # New rows too: delta-rs refuses what the condition does not name.
    there = _named(rows.select(key))
    if there is None:
        _merge(table, rows, key, mark)
    else:
        # A removal too: delta-rs' own DELETE writes what stays as string_view, by which PyArrow cannot filter.
        _deep(lambda: write_deltalake(table, new, mode="overwrite", predicate=there, commit_properties=mark, **FILES))


def _deep(work: Callable[[], object]) -> None:
    """Do it in a thread of a large stack."""
    with ThreadPoolExecutor(1) as pool:
        # The size is the whole process's, and holds for threads that start from now on.
        with _starting:
            before = threading.stack_size(STACK)
            job = pool.submit(work)
            threading.stack_size(before)
        job.result()


def _named(keys: pa.Table) -> str | None:
    """A condition that names the rows of these keys, which costs a fifth of a MERGE; None where they are too many."""
    plain = all(pa.types.is_string(t) or pa.types.is_integer(t) or pa.types.is_date(t) for t in keys.schema.types)
    if keys.num_rows > NAMED or not plain or any(column.null_count for column in keys.columns):
        return None
    if keys.num_columns == 1 and pa.types.is_string(keys.schema.types[0]):
        named = _names(keys.column_names)
    else:
        # One text a row: a condition on each column of each row would be a tree that takes minutes to plan.
        parts = ", ".join(f'CAST("{c}" AS VARCHAR)' for c in keys.column_names)
        named = f"concat_ws('{BETWEEN}', {parts})"
    texts = [BETWEEN.join(str(value) for value in row.values()).replace("'", "''") for row in keys.to_pylist()]
    return f"{named} IN ('" + "', '".join(texts) + "')"


def _merge(table: DeltaTable, rows: pa.Table, key: Sequence[str], mark: CommitProperties) -> None:
    # A condition that is more than an equality is no hash join.
    equal = {c: "IS NOT DISTINCT FROM" if rows[c].null_count else "=" for c in key}
    same = " AND ".join(f'(t."{c}" {sign} s."{c}")' for c, sign in equal.items())
    columns = {f'"{c}"': f's."{c}"' for c in rows.column_names if c != OPERATION}
    (
        table.merge(rows, same, source_alias="s", target_alias="t", commit_properties=mark, **FILES)
        .when_matched_delete(f"s.{OPERATION} = 'delete'")
        .when_matched_update(columns)
        .when_not_matched_insert(columns)
        .execute()
    )


def _typed(table: DeltaTable, rows: pa.Table, *more: str) -> pa.Table:
    """The rows in the table's own Arrow types; `more`: columns that it does not have."""
    schema = pa.schema(table.schema().to_arrow())
    fields = [rows.schema.field(c) if c in more else schema.field(c) for c in rows.column_names]
    return _copied(rows.cast(pa.schema(fields)))


def _copied(rows: pa.Table) -> pa.Table:
    # An empty list's items come from Java with offsets that were never set, and delta-rs trusts them.
    return rows.take(pa.array(range(rows.num_rows), pa.int64()))


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{c}"' for c in columns)


def _mark(seen: Mapping[str, Any] | None) -> CommitProperties:
    return CommitProperties(custom_metadata={"userMetadata": json.dumps(seen or {})})
