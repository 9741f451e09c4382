"""Unified social credit codes (统一社会信用代码, GB 32100-2015) and the numbers that they replaced."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import text as texts

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CHARACTER = "[0-9A-HJ-NPQRTUWXY]"
# Registration department (1-9, and A, N, Y by later amendments), category, six digits of the region, organisation code.
FORM = f"[1-9ANY]{CHARACTER}[0-9]{{6}}{CHARACTER}{{10}}"


def form(text: Column) -> Column:
    """A code of the right form, its check character not yet verified; NULL for anything else.

    text: string. Case, spaces and separators do not count.
    """
    cleaned = texts.matched(texts.compact(text, r" \-'`.,_"), FORM)
    return F.when(text.rlike(rf"\A{FORM}\z"), text).otherwise(cleaned)


def check_character(body: Column) -> Column:
    """Check character of a code (GB 32100-2015, clause 5.5 and annex B: MOD 31 with weights 3^i).

    body: string column that begins with the 17 characters before it, all of the alphabet.
    """
    weights = [3**i % 31 for i in range(17)]
    # A position counts from 1, a character's value from 0.
    ranks = [F.instr(F.lit(ALPHABET), F.substring(body, i + 1, 1)) * weight for i, weight in enumerate(weights)]
    total = sum(ranks[1:], ranks[0]) - sum(weights)
    return F.substring(F.lit(ALPHABET), (31 - total % 31) % 31 + 1, F.lit(1))


def verified(code: Column) -> Column:
    """A code of the right form where its check character holds, else NULL."""
    return F.when(check_character(code) == F.substring(code, 18, 1), code)


def organisation_code(code: Column) -> Column:
    """The organisation code (GB 11714) within a clean code: positions 9 to 17."""
    return F.substring(code, 9, 9)


def region(code: Column) -> Column:
    """County code (6 digits) of the registration department within a clean code: positions 3 to 8."""
    return F.substring(code, 3, 6)


def is_trader(code: Column) -> Column:
    """Whether a clean code is a sole trader's (boolean): department 9, category 2 (GB 32100-2015, table 1)."""
    return code.startswith("92")
