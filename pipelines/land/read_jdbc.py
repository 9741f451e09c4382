"""A department's table through JDBC: all columns as text, as of the end of a business date."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from fsspec.core import url_to_fs
from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from pipelines.land.header import Header, fold, judge, known
from schemas.contract import Contract
from schemas.errors import RendiError

_DAY = r"^\s*([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})"
_WIDE, _NARROW = "０１２３４５６７８９／－", "0123456789/-"
_SQLITE = re.compile(r"jdbc:sqlite:(?:file:)?([^?]+)")


def read_jdbc(
    spark: SparkSession,
    contract: Contract,
    landing: str,
    day: date,
    moment: Callable[[Column], Column] | None = None,
    missing: bool = False,
) -> DataFrame:
    """The rows of the contract's table whose `updated_at` is before the next day of `day`, or unreadable (rule 2).

    landing: what {landing} in the contract's URL stands for. moment: text column to date or timestamp, NULL where it
    is neither; by default `day_of`. missing: read absent columns as NULL instead of refusing them.

    Gives the columns that `rows.read` gives; _row follows key, `updated_at` and content, so that it is the same each
    time; _file is the table's name. Persist it: every action asks the database again. The environment's
    RENDI_JDBC_<SOURCE> stands in for the URL, and RENDI_JDBC_<SOURCE>_USER and _PASSWORD say who asks.
    RendiError where the table cannot be read or lacks a column.
    """
    table = _table(spark, contract, landing)
    names, extra = _columns(table.columns, contract)
    header = judge(names, extra, contract)
    if header.missing and not missing:
        raise RendiError(f"{contract.source}: table '{contract.table}': {header.reason}")
    # The driver for SQLite calls TEXT a varchar(0), and Delta would then refuse every value: metadata goes.
    fields = [_text(names.get(field.name)).alias(field.name, metadata={}) for field in contract.fields]
    others = [pair for name in sorted(extra) for pair in (F.lit(name), _text(name))]
    rows = table.select(*fields, (F.create_map(*others) if others else F.lit(None)).alias("_extra"))
    if contract.has_updated_at and "updated_at" in names:
        changed = (moment or day_of)(F.col("updated_at"))
        rows = rows.where(changed.isNull() | (changed < F.lit(day + timedelta(days=1))))
    first = [field.name for field in contract.keys] + (["updated_at"] if contract.has_updated_at else [])
    order = [*first, *(field.name for field in contract.fields if field.name not in first)]
    others_text = F.to_json("_extra") if others else F.lit("")
    return rows.select(
        *(field.name for field in contract.fields),
        F.lit(contract.table).alias("_file"),
        F.row_number().over(Window.orderBy(*order, others_text)).alias("_row"),
        F.lit(None).cast("string").alias("_malformed"),
        F.col("_extra").cast("map<string,string>").alias("_extra"),
    )


def check_header(spark: SparkSession, contract: Contract, landing: str) -> Header:
    """Columns that the table lacks or brings along."""
    return judge(*_columns(_table(spark, contract, landing).columns, contract), contract)


def present(contract: Contract, landing: str) -> bool:
    """Whether there is a table to ask: False only for an SQLite file that does not lie where the URL says."""
    file = database(contract, landing)
    return file is None or Path(file).is_file()


def database(contract: Contract, landing: str) -> str | None:
    """The SQLite file that a JDBC source is read from; None for a source of files, or one that a server keeps."""
    file = _SQLITE.match(_url(contract, landing)) if contract.format == "jdbc" else None
    return file[1] if file else None


def identity(rows: DataFrame, content: Column) -> tuple[str, int]:
    """Content hash (64 hex digits) and number of rows, whatever their order. content: text that tells a row."""
    digest = F.sha2(content, 256)
    quarters = [F.conv(F.substring(digest, start, 15), 16, 10).cast("decimal(38,0)") for start in (1, 16, 31, 46)]
    # Sums, unlike an exclusive or, see that a row came twice.
    sums = [F.sum(quarter).alias(f"sum_{at}") for at, quarter in enumerate(quarters)]
    found = rows.agg(F.count("*").alias("size"), *sums).collect()[0]
    return hashlib.sha256("|".join(str(value) for value in found).encode()).hexdigest(), int(found["size"])


def count(spark: SparkSession, contract: Contract, landing: str, day: date) -> int:
    """Delivered rows, counted by the database; which days of change are past is judged in Python, not in Spark."""
    names, _ = _columns(_table(spark, contract, landing).columns, contract)
    column = names.get("updated_at") if contract.has_updated_at else None
    what = f'"{column}" AS moment, COUNT(*) AS size' if column else "NULL AS moment, COUNT(*) AS size"
    by = f' GROUP BY "{column}"' if column else ""
    query = f"(SELECT {what} FROM {contract.table}{by}) AS counted"
    counted = _load(spark, contract, landing, query, "moment STRING, size STRING")

    def due(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        total = 0
        for batch in batches:
            pairs = zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)
            total += sum(int(size) for text, size in pairs if not _after(text, day))
        yield pa.RecordBatch.from_pydict({"rows": [total]})

    return sum(row["rows"] for row in counted.mapInArrow(due, "rows long").collect())


def day_of(text: Column) -> Column:
    """The date in 2024-03-05, 20240305, 2024/3/5 or 2024年3月5日, with a time behind it or not; else NULL."""
    plain = F.translate(text, _WIDE, _NARROW)
    year, month, day = (F.regexp_extract(plain, _DAY, group) for group in (1, 2, 3))
    return F.try_to_date(F.concat_ws("-", year, F.lpad(month, 2, "0"), F.lpad(day, 2, "0")), "yyyy-MM-dd")


def _after(text: str | None, day: date) -> bool:
    found = re.match(_DAY, (text or "").translate(str.maketrans(_WIDE, _NARROW)))
    try:
        return found is not None and date(*(int(part) for part in found.groups())) > day
    except ValueError:
        return False


def _text(column: str | None) -> Column:
    return F.lit(None).cast("string") if column is None else F.col(f"`{column}`")


def _columns(labels: list[str], contract: Contract) -> tuple[dict[str, str], list[str]]:
    """Field name to the table's column name, and the columns outside the contract."""
    fields = known(contract)
    names = {fields[fold(label)]: label for label in labels if fold(label) in fields}
    return names, [label for label in labels if label not in names.values()]


def _table(spark: SparkSession, contract: Contract, landing: str) -> DataFrame:
    table = str(contract.table)
    labels = _load(spark, contract, landing, table, None).columns
    # The driver's own types would fail on the first value that is not of its column's type.
    return _load(spark, contract, landing, table, ", ".join(f"`{label}` STRING" for label in labels))


def _load(spark: SparkSession, contract: Contract, landing: str, table: str, schema: str | None) -> DataFrame:
    url = _url(contract, landing)
    if not present(contract, landing):
        raise RendiError(f"{contract.source}: no database at {url}: deliver it, or set {_variable(contract)}")
    options: dict[str, Any] = {"url": url, "dbtable": table}
    if schema:
        options["customSchema"] = schema
    if _SQLITE.match(url):
        # 1 is SQLITE_OPEN_READONLY: what was delivered is not touched.
        options["open_mode"] = "1"
    for option in ("user", "password"):
        if value := os.environ.get(f"{_variable(contract)}_{option.upper()}"):
            options[option] = value
    try:
        return spark.read.format("jdbc").options(**options).load()
    except (Py4JJavaError, PySparkException) as error:
        # The driver's own message may name the URL with what is secret in it.
        java = getattr(error, "java_exception", None)
        kind = java.getClass().getSimpleName() if java is not None else type(error).__name__
        raise RendiError(
            f"{contract.source}: table '{contract.table}' cannot be read ({kind}): is the database up, is the table "
            f"there, are {_variable(contract)}, _USER and _PASSWORD right?"
        ) from None


def _url(contract: Contract, landing: str) -> str:
    fs, root = url_to_fs(landing)
    protocols = (fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol
    folder = str(Path(root).resolve()) if "file" in protocols else landing
    url = os.environ.get(_variable(contract)) or str(contract.url)
    return url.replace("{landing}", folder.rstrip("/"))


def _variable(contract: Contract) -> str:
    return f"RENDI_JDBC_{contract.source.upper()}"
