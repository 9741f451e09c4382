"""From the parts of a delivery to rows of text, whatever their format."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import cast

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from pipelines.land import read_csv, read_geojson, read_jsonl, read_parquet, read_xlsx
from pipelines.land.batch import columns_ddl
from pipelines.land.discover import Delivery
from pipelines.land.header import Header, judge
from pipelines.land.unpack import unreadable
from schemas.contract import Contract
from schemas.errors import RendiError

_MARK = "RendiError: "


def read(spark: SparkSession, delivery: Delivery, contract: Contract, few: bool = False) -> DataFrame:
    """The rows of a delivery, in no order.

    few: whether they are known to be few: they are read here and now, and no worker has to be started for them.

    Columns: every contract field as string (NULL where absent, text as delivered), _file string, _row int (1-based over
    the file's data rows, malformed ones counted), _malformed string (the whole line, NULL for a good row), _extra
    map<string,string> (columns outside the contract, NULL if there are none). Each stretch of a file is a task of its
    own, which opens the file itself, so that paths must be readable by all executors.

    Raises RendiError for a part without a known header, or one of few rows that is damaged further on; `refusal` finds
    the one that a task raises.
    """
    reader = _reader(contract)
    pieces = [piece for part in delivery.parts for piece in reader.pieces(part, contract)]

    def parse(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for numbers in batches:
            for number in numbers.column(0).to_pylist():
                yield from reader.parse(pieces[number], contract)

    if few:
        schema = cast(StructType, StructType.fromDDL(columns_ddl(contract)))
        found = [batch for piece in pieces for batch in reader.parse(piece, contract)]
        table = pa.Table.from_batches(found, to_arrow_schema(schema)).combine_chunks()
        return spark.createDataFrame(table, schema)
    # A range gives exactly one number to each partition; a repartition would not.
    return spark.range(0, len(pieces), 1, len(pieces)).mapInArrow(parse, columns_ddl(contract))


def check_header(delivery: Delivery, contract: Contract) -> Header:
    """Columns that some part of the delivery lacks or brings along.

    Raises RendiError for a part that is unreadable as a whole: empty, in another encoding, no such format.
    """
    for part in delivery.parts:
        if part.size == 0:
            raise unreadable(part.name, "it is empty")
    found = [_reader(contract).columns(part, contract) for part in delivery.parts]
    everywhere = set.intersection(*(set(columns.fields) for columns in found))
    judged = judge(everywhere, {label for columns in found for label in columns.extra}, contract)
    return replace(judged, unread=tuple(one for columns in found for one in columns.unread))


def count(delivery: Delivery, contract: Contract) -> int:
    """Delivered rows, counted independently of the parser behind `read` (rule 1).

    Reads every byte of an archive, so that one that is damaged or expands too far raises RendiError here and not in
    a task.
    """
    return sum(_reader(contract).count(part, contract) for part in delivery.parts)


def refusal(error: Exception) -> RendiError | None:
    """The RendiError that a task raised, out of Spark's exception; None for any other failure."""
    lines = [line for line in str(error).splitlines() if _MARK in line]
    return RendiError(lines[-1].split(_MARK, 1)[1].strip()) if lines else None


def _reader(contract: Contract) -> ModuleType:
    readers = {
        "csv": read_csv,
        "xlsx": read_xlsx,
        "jsonl": read_jsonl,
        "http": read_jsonl,
        "parquet": read_parquet,
        "geojson": read_geojson,
    }
    if contract.format not in readers:
        raise RendiError(f"{contract.source}: format '{contract.format}' is not read from files")
    return readers[contract.format]
