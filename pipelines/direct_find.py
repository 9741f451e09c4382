"""Few rows of a large table, found without Spark: by DuckDB, which decodes of a row's columns only what it finds.

Arrow takes two to three times as long, and Spark ten to twenty: the one decodes every row before it looks, the other
plans a job.
"""

import glob
import operator
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import reduce

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from pipelines.direct import files


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
    return _looked(DeltaTable(path, version=at), wanted, dict.fromkeys(columns, ids), any_of=True)


def holding(path: str, wanted: Mapping[str, pa.Array], where: str = "true") -> pa.Table:
    """The rows whose value in any of these columns, or an item of the list that stands there, is wanted.

    Of a table without partitions. where: a condition (SQL) that they fulfil besides.
    """
    table = DeltaTable(path)
    schema = pa.schema(table.schema().to_arrow())
    sought = {c: values.unique() for c, values in wanted.items() if len(values)}
    there = files(table)
    if not sought or not there:
        return schema.empty_table()
    rows = _parquet(there, filename=True, file_row_number=True)
    hits = []
    for column in sought:
        listed = pa.types.is_list(schema.field(column).type)
        value = f'unnest("{column}")' if listed else f'"{column}"'
        told = f"(SELECT filename, file_row_number, {value} AS value FROM {rows} WHERE {where})"
        hits.append(f'SELECT filename, file_row_number FROM {told} SEMI JOIN "in {column}" USING (value)')
    # The places of the rows first, by the few columns that tell them: only what stands there is decoded whole.
    placed = f"SEMI JOIN ({' UNION '.join(hits)}) USING (filename, file_row_number)"
    return _asked(f"SELECT {_chosen(schema)} FROM {rows} AS rows {placed}", sought).cast(schema)


def rows_among(table: DeltaTable, touched: pa.Table | None, columns: Sequence[str] | None = None) -> pa.Table:
    """As `among`, of a table that is open; None means all rows."""
    if touched is None:
        return table.to_pyarrow_dataset().to_table(columns=list(columns or _names(table)))
    values = {c: touched[c].combine_chunks() for c in touched.column_names}
    return _looked(table, columns, values, any_of=False)


def _looked(table: DeltaTable, wanted: Sequence[str] | None, values: Mapping[str, pa.Array], any_of: bool) -> pa.Table:
    """The rows that have one of some values in each of these columns; any_of: in one of them is enough."""
    schema = pa.schema(table.schema().to_arrow())
    # NULL equals nothing.
    known = {c: some.drop_null().unique().cast(schema.field(c).type) for c, some in values.items()}
    chosen = pa.schema([schema.field(c) for c in wanted or schema.names])
    there = files(table)
    if there and not table.metadata().partition_columns:
        names = list(known)
        # Once by each column, without those that an earlier one found: a look by one column reads what it finds alone.
        each = ([_has(c), *map(_lacks, names[:number])] for number, c in enumerate(names))
        looks = each if any_of else [[_has(c) for c in names]]
        rows = f"SELECT {_chosen(chosen)} FROM {_parquet(there)} AS rows"
        with suppress(duckdb.BinderException):
            return _asked(" UNION ALL ".join(f"{rows} {' '.join(joins)}" for joins in looks), known).cast(chosen)
    # Arrow looks for the parts of a table better; also where a column stands in no file that is left.
    named = reduce(operator.or_ if any_of else operator.and_, (pc.field(c).isin(some) for c, some in known.items()))
    return table.to_pyarrow_dataset().to_table(columns=chosen.names, filter=named).cast(chosen)


def _asked(sql: str, values: Mapping[str, pa.Array]) -> pa.Table:
    """What DuckDB finds. values: one column each, as tables `in <column>` of `value`."""
    with duckdb.connect() as db:
        # A time of Spark's and one of delta-rs are one: in UTC.
        db.execute("SET TimeZone = 'UTC'")
        for column, some in values.items():
            db.register(f"in {column}", pa.table({"value": some}))
        return db.sql(sql).to_arrow_table()


def _parquet(files: Iterable[str], **more: bool) -> str:
    quoted = ", ".join("'" + glob.escape(file).replace("'", "''") + "'" for file in files)
    # A folder above the lake may be called `a=b`.
    told = {"union_by_name": True, "hive_partitioning": False, **more}
    return f"read_parquet([{quoted}], {', '.join(f'{name} = {value}' for name, value in told.items())})"


def _chosen(schema: pa.Schema) -> str:
    return ", ".join(f'rows."{name}"' for name in schema.names)


def _has(column: str) -> str:
    return f'SEMI JOIN "in {column}" ON rows."{column}" = "in {column}".value'


def _lacks(column: str) -> str:
    return f'ANTI JOIN "in {column}" ON rows."{column}" = "in {column}".value'


def _names(table: DeltaTable) -> list[str]:
    return [field.name for field in table.schema().fields]
