"""A department's table: all columns as text, as it is or as of the end of a business date."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.land.header import judge, known
from pipelines.land.jdbc import Database, quoted
from pipelines.land.numbers import numbered
from pipelines.scratch import SENT, Scratch
from schemas.contract import Contract, fold
from schemas.errors import RendiError

# As Java reads it: blanks are those of ASCII.
_DAY = r"^\s*([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})"
_WIDE, _NARROW = "０１２３４５６７８９／－", "0123456789/-"
# Connections that read one table side by side: more would be felt by those whose database it is.
_CONNECTIONS = 8


@dataclass(frozen=True)
class Due:
    """Which rows a delivery takes, by `updated_at`: those from `since` (None: from the beginning) to the end of `day`,
    and those whose time is unreadable (rule 2); where `day` is None, all rows.

    A full delivery takes all: what it does not name is removed, and a row that changed after `day` is still there.
    """

    day: date | None
    since: date | None = None


def read(database: Database, due: Due, size: int) -> DataFrame:
    """The rows that are due, without _row. size: how many they are, by which is decided how many tasks read them.

    Columns: every contract field as string, _file (the table's name), _malformed (NULL), _extra map<string,string>
    (columns outside the contract). Persist it: every action asks the database again. RendiError for a missing column.
    """
    contract = database.contract
    columns = database.columns
    names, extra = _columns(list(columns), contract)
    header = judge(names, extra, contract)
    if header.missing:
        raise RendiError(f"{contract.source}: table '{contract.table}': {header.reason}")
    # Of a field the name of its column among the texts.
    texts = {field: database.named[label] for field, label in names.items()}
    parts = _parts(database, [texts[f.name] for f in contract.keys if f.name in texts], size)
    table = database.texts(_where(columns, names.get("updated_at"), due), parts)
    # The driver for SQLite calls TEXT a varchar(0), and Delta would then refuse every value: metadata goes.
    fields = [_text(texts.get(field.name)).alias(field.name, metadata={}) for field in contract.fields]
    others = [pair for label in sorted(extra) for pair in (F.lit(label), _text(database.named[label]))]
    rows = table.select(*fields, (F.create_map(*others) if others else F.lit(None)).alias("_extra"))
    if due.day is not None and "updated_at" in names and not columns[names["updated_at"]]:
        rows = rows.where(_is_due(day_of(F.col("updated_at")), due))
    return rows.select(
        *(field.name for field in contract.fields),
        F.lit(contract.table).alias("_file"),
        F.lit(None).cast("string").alias("_malformed"),
        F.col("_extra").cast("map<string,string>").alias("_extra"),
    )


def number(rows: DataFrame, contract: Contract, scratch: Scratch) -> tuple[DataFrame, int]:
    """The rows, read once, with _row, and how many they are.

    Rows of one record key follow `updated_at` and content, so that their numbers are the same each time.
    """
    keys = [F.col(field.name) for field in contract.keys]
    last = [name for name in ("updated_at",) if contract.has_updated_at]
    rest = [field.name for field in contract.fields if field.key is None and field.name not in last]
    order = [*keys, *map(F.col, [*last, *rest]), F.to_json("_extra")]
    return numbered(rows, F.coalesce(*keys), order, scratch)


def identity(rows: DataFrame, content: Column) -> tuple[str, int]:
    """Content hash (64 hex digits) and number of rows, whatever their order. content: text that tells a row."""
    # The seed stands first: behind the content, two that collide once would collide every time.
    hashes = [F.xxhash64(F.lit(seed), content) for seed in range(4)]
    # Halves, so that no sum overflows. Sums, unlike an exclusive or, see that a row came twice.
    halves = [half for one in hashes for half in (F.shiftrightunsigned(one, 32), one.bitwiseAND(F.lit(0xFFFFFFFF)))]
    sums = [F.sum(half).alias(f"sum_{at}") for at, half in enumerate(halves)]
    found = rows.agg(F.count("*").alias("size"), *sums).collect()[0]
    return hashlib.sha256("|".join(str(value) for value in found).encode()).hexdigest(), int(found["size"])


def count(database: Database, due: Due) -> int:
    """Rows that are due, counted by the database; where the time is text, Python judges it and not Spark."""
    columns = database.columns
    label = _columns(list(columns), database.contract)[0].get("updated_at")
    by_day = due.day is not None and label is not None and not columns[label]
    moment, group = (quoted(str(label)), f" GROUP BY {quoted(str(label))}") if by_day else ("NULL", "")
    query = (
        f"SELECT {moment} AS moment, COUNT(*) AS size FROM {database.contract.table} "
        f"WHERE {_where(columns, label, due)}{group}"
    )
    counted = database.ask(f"({query}) AS counted", "moment STRING, size STRING")

    def total(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found = 0
        for batch in batches:
            pairs = zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)
            found += sum(int(size) for text, size in pairs if _counts(text, due))
        yield pa.RecordBatch.from_pydict({"rows": [found]})

    return sum(row["rows"] for row in counted.mapInArrow(total, "rows long").collect())


def day_of(text: Column) -> Column:
    """The date in 2024-03-05, 20240305, 2024/3/5 or 2024年3月5日, with a time behind it or not; else NULL."""
    plain = F.translate(text, _WIDE, _NARROW)
    year, month, day = (F.regexp_extract(plain, _DAY, group) for group in (1, 2, 3))
    return F.try_to_date(F.concat_ws("-", year, F.lpad(month, 2, "0"), F.lpad(day, 2, "0")), "yyyy-MM-dd")


def _parts(database: Database, keys: list[str], size: int) -> list[str]:
    """Conditions that share out a large table by its record key, which is text and has no bounds to cut at.

    Every connection looks at the whole table and sends its share: sending is what takes the time.
    """
    tasks = min(_CONNECTIONS, database.spark.sparkContext.defaultParallelism)
    if database.snapshot is None or size <= SENT or not keys or tasks < 2:
        return []
    key = " || ".join(f"COALESCE({quoted(label)}, '')" for label in keys)
    return [f"(hashtext({key}) & 2147483647) % {tasks} = {part}" for part in range(tasks)]


def _where(columns: dict[str, bool], label: str | None, due: Due) -> str:
    """The condition by which the database chooses the rows that are due; it is left to Spark where the time is text."""
    if due.day is None or label is None or not columns[label]:
        return "1 = 1"
    moment, end = quoted(label), due.day + timedelta(days=1)
    bounds = f"{moment} < DATE '{end}'" + (f" AND {moment} >= DATE '{due.since}'" if due.since else "")
    return f"({moment} IS NULL OR NOT isfinite({moment}) OR ({bounds}))"


def _is_due(changed: Column, due: Due) -> Column:
    inside = changed <= F.lit(due.day)
    return changed.isNull() | (inside & (changed >= F.lit(due.since)) if due.since else inside)


def _counts(text: str | None, due: Due) -> bool:
    found = re.match(_DAY, (text or "").translate(str.maketrans(_WIDE, _NARROW)), re.ASCII)
    try:
        changed = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        changed = None
    return changed is None or (due.since or date.min) <= changed <= (due.day or date.max)


def _text(name: str | None) -> Column:
    return F.lit(None).cast("string") if name is None else F.col(name)


def _columns(labels: list[str], contract: Contract) -> tuple[dict[str, str], list[str]]:
    """Field name to the table's column name, and the columns outside the contract; RendiError as `header.match`."""
    fields = known(contract)
    names: dict[str, str] = {}
    for label in labels:
        field = fields.get(fold(label))
        if field in names:
            raise RendiError(
                f"{contract.source}: table '{contract.table}': columns '{names[field]}' and '{label}' are both "
                f"'{contract.field(field).label}': which one is right? Let the contract name a view that has one"
            )
        if field is not None:
            names[field] = label
    return names, [label for label in labels if label not in names.values()]
