"""What a row breaks, as `failed` and `warned` hold it."""

from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F

BROKEN = "array<struct<rule:string,column:string,message:string>>"


def broken(rules: Iterable[tuple[Column, str, str, str]]) -> Column:
    """The rules that a row breaks, in their order. rules: whether it does (Boolean, never NULL), name, column, message.

    Without `array_compact`: it takes a function, and Spark interprets the whole expression around a function.
    """
    none = _entry("", "", "")
    whole = [F.when(breaks, _entry(*names)).otherwise(none) for breaks, *names in rules]
    if not whole:
        return F.array().cast(BROKEN)
    return F.call_function("array_remove", F.array(*whole), none).cast(BROKEN)


def _entry(rule: str, column: str, message: str) -> Column:
    return F.struct(F.lit(rule).alias("rule"), F.lit(column).alias("column"), F.lit(message).alias("message"))
