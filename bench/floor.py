"""The floor: the person sources' extracts read by Spark and written to Delta untouched, and nothing else."""

import datetime as dt
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from pipelines.land import rows
from pipelines.land.discover import deliveries
from pipelines.session import fit, start
from pipelines.settings import settings
from schemas.contract import Contract, load_all


def persons() -> list[Contract]:
    """The contracts of what departments hold about people."""
    return [contract for contract in load_all() if contract.subject == "person"]


def read(spark: SparkSession, contract: Contract, landing: str, day: dt.date) -> DataFrame:
    """The extract as text, by Spark's own reader where it has one."""
    fields = ", ".join(f"`{field.name}` STRING" for field in contract.fields)
    if contract.format == "jdbc":
        url = str(contract.url).replace("{landing}", landing)
        table = spark.read.format("jdbc").options(url=url, dbtable=str(contract.table), customSchema=fields)
        return table.load().selectExpr(*(f"concat(`{field.name}`, '') AS `{field.name}`" for field in contract.fields))
    (delivery,) = deliveries(landing, contract, day)
    paths = [part.path for part in delivery.parts]
    match contract.format:
        case "csv":
            encoding = contract.encoding.removesuffix("-sig")
            return spark.read.option("header", "true").option("encoding", encoding).csv(paths)
        case "jsonl":
            return spark.read.schema(fields).json(paths)
        case "parquet":
            return spark.read.parquet(*paths)
    return rows.read(spark, delivery, contract).select(*(field.name for field in contract.fields))


def main(landing: str, date: str, lake: str, count: str, out: str) -> None:
    """Write the extracts of `date` under `lake`, two at once as the night does; count: rows that are expected."""
    chosen = settings()
    spark = start(chosen.master, chosen.driver_memory)
    fit(spark, int(count))
    began = time.monotonic()

    def write(contract: Contract) -> None:
        frame = read(spark, contract, landing, dt.date.fromisoformat(date))
        frame.write.format("delta").save(f"{lake}/{contract.source}")

    with ThreadPoolExecutor(chosen.threads) as pool:
        list(pool.map(write, persons()))
    seconds = time.monotonic() - began
    found = sum(spark.read.format("delta").load(f"{lake}/{contract.source}").count() for contract in persons())
    Path(out).write_text(json.dumps({"seconds": seconds, "rows": found}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
