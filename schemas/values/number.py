"""Amounts and counts."""

import re
from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.errors import RendiError, nearest
from schemas.values import text as texts
from schemas.values.lookup import lookup

MANTISSA = r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})"
PLAIN = MANTISSA + "(?:[eE][+-]?[0-9]{1,2})?"
GROUPED = r"[+-]?[0-9]{1,3}(?:,[0-9]{3})++(?:\.[0-9]{0,20})?"
SIGNS = r" |人民币|RMB|CNY|[¥￥]|整\z"
# Powers of ten by which a unit is more than a yuan.
UNITS = {"yuan": 0, "wan": 4}
SUFFIXES = {"元": 0, "圆": 0, "万": 4, "万元": 4, "亿": 8, "亿元": 8}


def amount_text(unit: str = "yuan") -> Callable[[Column], Column]:
    """The function that gives an amount of money in `unit` (yuan or wan, ten thousand yuan) as a plain number in text.

    It takes off thousands separators, signs and names of the currency and the unit; where the text names another unit
    than the field's, the number is converted. The unit may stand in brackets, and 每月 behind it. NULL for what is no
    amount. RendiError for an unknown unit.
    """
    if unit not in UNITS:
        raise RendiError(f"There is no unit '{unit}' of money{nearest(unit, UNITS)}. Known units: {', '.join(UNITS)}.")
    shifts = {suffix: f"E{power - UNITS[unit]}" for suffix, power in SUFFIXES.items()}
    # Both brackets or none; a number in brackets, which accountants mean as a negative one, has no unit within them.
    unit_in = rf"(?=\([^()]+\)|[^()]+\z)\(?({'|'.join(SUFFIXES)})\)?"
    written = rf"\A({MANTISSA}|{GROUPED}){unit_in}(?:[/每]月)?\z"

    def amount(text: Column) -> Column:
        bare = F.regexp_replace(F.upper(text), SIGNS, "")
        digits = F.regexp_replace(F.regexp_extract(bare, written, 1), ",", "")
        shifted = F.concat(digits, lookup(shifts, F.regexp_extract(bare, written, 2)))
        return F.when(text.rlike(rf"\A{PLAIN}\z"), text).when(bare.rlike(written), shifted).otherwise(plain_text(bare))

    return amount


def plain_text(text: Column) -> Column:
    """A number as plain text, without thousands separators and spaces; NULL for what is no number."""
    bare = F.regexp_replace(text, " ", "")
    return (
        F.when(text.rlike(rf"\A{PLAIN}\z"), text)
        .when(bare.rlike(rf"\A{PLAIN}\z"), bare)
        .when(bare.rlike(rf"\A{GROUPED}\z"), F.regexp_replace(bare, ",", ""))
    )


def typed(ddl: str) -> Callable[[Column], Column]:
    """The function that reads plain text as type `ddl` (a decimal type), rounded half up; NULL where too large."""
    return lambda text: text.try_cast(ddl)


def whole(text: Column) -> Column:
    """A whole number (bigint) from plain text; NULL for a number with a fraction."""
    exact = text.try_cast("decimal(38,10)")
    return F.when(exact == F.floor(exact), exact.try_cast("bigint"))


def is_decimal(ddl: str) -> bool:
    """Whether this is a decimal type that Spark has."""
    parts = re.fullmatch(r"decimal\((\d+),(\d+)\)", ddl)
    return parts is not None and int(parts[2]) <= int(parts[1]) <= 38 and int(parts[1]) > 0


def form(pattern: str) -> Callable[[Column], Column]:
    """The function that takes case, spaces and separators out and keeps what then matches `pattern` (a key's form)."""
    return lambda text: F.when(text.rlike(rf"\A(?:{pattern})\z"), text).otherwise(
        texts.matched(texts.compact(texts.whole(text), r" \-'`.,_"), pattern)
    )
