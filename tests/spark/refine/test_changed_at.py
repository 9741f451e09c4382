"""When a record says that it changed, and what a slip in that time may not do."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines.refine.versions import order
from schemas import contract
from schemas.changed_at import changed_at

SCHEMA = "updated_at string, _date string, _delivery string, _file string, _row int"


def frame(spark: SparkSession, *rows: tuple[str | None, str, str]) -> DataFrame:
    made = spark.createDataFrame([(*row, "f", 1) for row in rows], SCHEMA)
    return made.withColumns({"updated_at": F.col("updated_at").cast("timestamp"), "_date": F.col("_date").cast("date")})


def test_a_time_that_the_delivery_could_not_know_yet_is_its_business_date(spark: SparkSession) -> None:
    told = {
        "2026-02-03 04:05:00": "2026-02-03 04:05:00",
        # The night after the date may read what changed while it ran.
        "2026-03-02 03:00:00": "2026-03-02 03:00:00",
        "2026-03-03 00:00:00": "2026-03-01 00:00:00",
        "2042-03-01 00:00:00": "2026-03-01 00:00:00",
        None: "2026-03-01 00:00:00",
    }
    rows = frame(spark, *((when, "2026-03-01", "d") for when in told))
    for source, wanted in (("tax_payer", list(told.values())), ("market_penalty", ["2026-03-01 00:00:00"] * 5)):
        found = rows.select(changed_at(contract.load(source)).cast("string")).collect()
        assert [row[0] for row in found] == wanted


def test_a_slip_keeps_no_later_correction_out_of_force(spark: SparkSession) -> None:
    rows = frame(spark, ("2042-03-01", "2026-03-01", "20260301-a"), ("2026-03-02", "2026-03-02", "20260302-b"))
    (first, _) = rows.orderBy(order(contract.load("tax_payer")).desc()).collect()
    assert first["_delivery"] == "20260302-b"
