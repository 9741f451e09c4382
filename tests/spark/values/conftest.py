"""One column of texts made clean."""

from typing import Any

import pytest
from cleaning import Clean, standardise
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas.values.kinds import kind


@pytest.fixture(scope="session")
def clean(spark: SparkSession) -> Clean:
    """clean(kind, [texts], **params) → text: clean value; with part=…, text: that part of the clean value."""

    def run(name: str, texts: list[str], part: str | None = None, **params: str) -> dict[str, Any]:
        chosen = kind(name, **params)
        frame = spark.createDataFrame([(text,) for text in texts], "value string").coalesce(1)
        frame = standardise(frame, {"value": chosen})
        if part:
            frame = frame.select(chosen.parts[part](F.col("value")).alias("value"))
        return dict(zip(texts, (row[0] for row in frame.collect()), strict=True))

    return run
