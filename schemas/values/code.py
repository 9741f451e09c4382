"""Values of a code list: the code or its label comes in, the code goes out."""

import re
from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas import codelists
from schemas.values.lookup import SMALL, lookup

# Spaces, the empty fraction of a code that a program took for a float, and what parts a code from its label: 1-男.
JUNK = r"(?<=[0-9])\.0+\z| |(?<=\A[0-9A-Za-z]{1,8} ?)[\-:.、_](?= ?\p{IsHan})"
HAN = re.compile(r"[\u4e00-\u9fff]")


def of(codes: str) -> Callable[[Column], Column]:
    """The function that gives the code of list `codes` for a code, a label, an alias, or a code beside its label.

    NULL for anything else, and where code and label say two things.
    """
    known = "|".join(map(re.escape, codelists.load(codes)))
    table = _with_both(codes)

    def code(text: Column) -> Column:
        # What is a code already needs no search; one pattern makes a shorter plan than a set of literals.
        return F.when(text.rlike(rf"\A(?:{known})\z"), text).otherwise(
            lookup(table, F.upper(F.regexp_replace(text, JUNK, "")))
        )

    return code


def _with_both(codes: str) -> dict[str, str]:
    # 1男 and 男(1), behind the other texts, as a table in the plan is searched from its beginning; a list for which it
    # would become too long for a plan goes without.
    table, numbers = codelists.lookup(codes), codelists.numbers(codes)
    both = {
        written: code
        for text, code in table.items()
        if HAN.search(text)
        for number in numbers[code]
        for written in (f"{number}{text}", f"{text}({number})")
    }
    whole = table | both | table
    return whole if len(whole) <= SMALL else table


def label(codes: str) -> Callable[[Column], Column]:
    """The function that gives the label of a clean code of list `codes`."""
    return lambda code: lookup(codelists.load(codes), code)
