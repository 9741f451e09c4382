"""Industry codes (GB/T 4754-2017): the letter of the section and two to four digits of division, group and class."""

from functools import cache

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas import codelists
from schemas.values import code as codes
from schemas.values import text as texts
from schemas.values.lookup import lookup


@cache
def sections() -> dict[str, str]:
    """Division (two digits) → the letter of its section."""
    found = {}
    for row in codelists.rows("industry"):
        first, last = row["divisions"].split("-")
        found.update({f"{division:02d}": row["code"] for division in range(int(first), int(last) + 1)})
    return found


def lettered(text: Column) -> Column:
    """A code with its letter, or a section's letter for its name; NULL for what has no such form.

    text: string; C3011, 3011, c3011, 30.11, 30, C, 制造业; 30.0 and 1.0 are divisions that a program took for floats.
    """
    code = F.upper(F.regexp_replace(text, r"(?<=[0-9])\.0+\z|[ \-.]", ""))
    digits = texts.matched(F.regexp_replace(code, r"\A(?=[1-9]\z)", "0"), "[0-9]{2,4}")
    letter = lookup(sections(), F.substring(digits, 1, 2))
    return F.when(text.rlike(r"\A[A-T](?:[0-9]{2,4})?\z"), text).otherwise(
        F.coalesce(texts.matched(code, "[A-T](?:[0-9]{2,4})?"), F.concat(letter, digits), codes.of("industry")(text))
    )


def consistent(code: Column) -> Column:
    """A lettered code whose division belongs to its section, else NULL."""
    section = lookup(sections(), F.substring(code, 2, 2))
    return F.when((F.length(code) == 1) | (section == F.substring(code, 1, 1)), code)
