"""Values of a code list: the code or its label comes in, the code goes out."""

import re
from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas import codelists
from schemas.values import text as texts
from schemas.values.lookup import lookup


def of(codes: str) -> Callable[[Column], Column]:
    """The function that gives the code of list `codes` for a code, a label or an alias, and NULL for anything else."""
    known = "|".join(map(re.escape, codelists.load(codes)))
    table = codelists.lookup(codes)

    def code(text: Column) -> Column:
        # What is a code already needs no search; one pattern makes a shorter plan than a set of literals.
        return F.when(text.rlike(rf"\A(?:{known})\z"), text).otherwise(lookup(table, texts.compact(texts.whole(text))))

    return code


def label(codes: str) -> Callable[[Column], Column]:
    """The function that gives the label of a clean code of list `codes`."""
    return lambda code: lookup(codelists.load(codes), code)
