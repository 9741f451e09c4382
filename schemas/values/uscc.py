"""Unified social credit codes (统一社会信用代码, GB 32100-2015) and the numbers that they replaced."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import text as texts

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CHARACTER = "[0-9A-HJ-NPQRTUWXY]"
SEPARATORS = r" \-'`.,_"
# The alphabet leaves these out because they look like digits: who wrote one meant the digit.
MISREAD = {"O": "0", "I": "1", "Z": "2", "S": "5"}
# What each character counts, in digits of the base 34.
RANKS = "0123456789ABCDEFGHIJKLMNOPQRSTU"
# Registration department (1-9, and A, N, Y by later amendments), category, six digits of the region, organisation code.
FORM = f"[1-9ANY]{CHARACTER}[0-9]{{6}}{CHARACTER}{{10}}"


def form(text: Column) -> Column:
    """A code of the right form, its check character not yet verified; NULL for anything else.

    text: string. Case, spaces and separators do not count; a code that `repaired` mends has its check character right.
    """
    bare = texts.compact(text, SEPARATORS)
    return F.when(text.rlike(rf"\A{FORM}\z"), text).when(bare.rlike(rf"\A{FORM}\z"), bare).otherwise(repaired(bare))


def repaired(bare: Column) -> Column:
    """The code with digits for the letters that the alphabet lacks, where its check character holds; else NULL.

    bare: string in upper case, without separators.
    """
    meant = F.translate(bare, "".join(MISREAD), "".join(MISREAD.values()))
    return F.when(meant.rlike(rf"\A{FORM}\z") & holds(meant), meant)


def check_character(body: Column) -> Column:
    """Check character of a code (GB 32100-2015, clause 5.5 and annex B: MOD 31 with weights 3^i).

    body: string column that begins with the 17 characters before it, all of the alphabet.
    """
    weights = [3**i % 31 for i in range(17)]
    # A position counts from 1, a character's value from 0.
    ranks = [F.instr(F.lit(ALPHABET), F.substring(body, i + 1, 1)) * weight for i, weight in enumerate(weights)]
    total = sum(ranks[1:], ranks[0]) - sum(weights)
    return F.substring(F.lit(ALPHABET), (31 - total % 31) % 31 + 1, F.lit(1))


def holds(code: Column) -> Column:
    """Whether the check character of a code of the right form holds (boolean), as a short expression for rare codes.

    It takes longer than `check_character`, which names the code 17 times.
    """
    # Modulo 31 the powers of 34 are those of 3: read backwards, the characters are the digits of the weighted sum. All
    # of them would be too many for a bigint. The first to be read is the check character, whose weight is 1.
    ranks = F.reverse(F.translate(code, ALPHABET, RANKS))
    last, back, front = (
        F.conv(F.substring(ranks, start, length), 34, 10).try_cast("bigint")
        for start, length in ((1, 1), (2, 8), (10, 9))
    )
    return (front + back * (3**9 % 31) + last) % 31 == 0


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
