"""How a contract's fields are made clean: tidied, then step by step, each in a layer of its own."""

from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.values.kinds import Kind
from schemas.values.text import tidy

Clean = Callable[..., dict[str, Any]]


def standardise(texts: DataFrame, kinds: dict[str, Kind]) -> DataFrame:
    """Frame of text columns → the same columns clean, each by its kind."""
    frame = texts.select(*[tidy(F.col(name)).alias(name) for name in kinds])
    for layer in range(max(len(held.steps) for held in kinds.values())):
        columns = []
        for name, held in kinds.items():
            column = F.col(name)
            columns.append((held.steps[layer](column) if layer < len(held.steps) else column).alias(name))
        frame = frame.select(*columns)
    return frame
