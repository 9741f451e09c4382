"""Text as every other kind of value starts from it: one width, single spaces, nothing invisible."""

import re
import unicodedata
from functools import cache

from pyspark.sql import Column
from pyspark.sql import functions as F

# Words by which systems say "no value". 未知 is not one of them: it is the label of a code.
NULL_WORDS = (
    *("NULL", "(NULL)", "<NULL>", "[NULL]", "NIL", "N/A", "NONE", "NAN", r"\N"),
    # A spreadsheet's formula that came to nothing.
    *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"),
    *("-", "--", "---", "—", "——", "/", "无", "暂无", "不详", "空"),
)

SPACES = r"\s\x{1C}-\x{1F}\x{85}\p{Z}"
# Controls and formats, variation selectors, the fillers that show as nothing, and lone surrogates.
INVISIBLE = (
    r"\p{Cc}\p{Cf}\p{Cs}\x{034F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{3164}"
    r"\x{FE00}-\x{FE0F}\x{FFA0}\x{E0100}-\x{E01EF}"
)
# Blocks in which one character is another one in a different width or a copy for old character sets.
FOLDED = ((0x2E80, 0x2FDF), (0x3000, 0x3001), (0xF900, 0xFAFF), (0xFF01, 0xFFEE), (0x2F800, 0x2FA1F))
# What needs no look: few ranges, as Java tries them one after another for every character.
CLEAN = r"\x{4E00}-\x{9FFF}!-~\x{B7}"


@cache
def folds() -> dict[str, str]:
    """Character → the one character that Unicode's NFKC has for it, within `FOLDED`."""
    found = {}
    for first, last in FOLDED:
        for code in range(first, last):
            single = unicodedata.normalize("NFKC", chr(code))
            if len(single) == 1 and single != chr(code):
                found[chr(code)] = single
    return found


@cache
def null_pattern() -> str:
    """Pattern of delivered text that means "no value", in any width and case and with any spaces around."""
    same: dict[str, set[str]] = {}
    for character, single in folds().items():
        same.setdefault(single, set()).add(character)

    def written(character: str) -> str:
        forms = {character, character.lower()}
        forms |= {form for one in tuple(forms) for form in same.get(one, ())}
        return "[" + "".join(sorted(rf"\x{{{ord(form):X}}}" for form in forms)) + "]"

    # Possessive: else a value of many spaces would be tried from each of them.
    junk = f"[{SPACES}{INVISIBLE}]*+"
    # An invisible character within a word is not seen either; a space would be.
    inner = f"[{INVISIBLE}]*"
    words = "|".join(inner.join(map(written, word)) for word in NULL_WORDS)
    return rf"\A{junk}(?:{words})?{junk}\z"


def tidy(text: Column) -> Column:
    """Delivered text in one form; NULL where it says that there is no value.

    text: string column as delivered. Returns it with full-width and compatibility characters folded (Unicode NFKC,
    where that is one character), without control, zero-width and other invisible characters, trimmed, and with one
    space for a run of them.
    """
    source, target = "".join(folds()), "".join(folds().values())
    visible = F.regexp_replace(F.regexp_replace(text, rf"[{SPACES}]+", " "), f"[{INVISIBLE}]+", "")
    # Folding and removal can bring spaces together.
    folded = F.trim(F.regexp_replace(F.translate(visible, source, target), " {2,}", " "))
    # Most values are clean, and two short patterns are all that they cost. Possessive: for each turn that it might take
    # back, Java keeps a frame on the stack, and a value of ten thousand words would end the JVM.
    words = "|".join(map(re.escape, NULL_WORDS))
    clean = text.rlike(rf"\A[{CLEAN}]++(?: [{CLEAN}]++)*+\z") & ~text.rlike(rf"\A(?i:{words})\z")
    return F.when(clean, text).when(~text.rlike(null_pattern()), folded)


def said(text: Column) -> Column:
    """Text that was cleaned further; NULL where what is left of it says that there is no value."""
    return F.when(~text.rlike(null_pattern()), text)


def compact(text: Column, junk: str = " ") -> Column:
    """Upper case without the characters of the class `junk`: how numbers and codes are compared."""
    return F.upper(F.regexp_replace(text, f"[{junk}]", ""))


def whole(text: Column) -> Column:
    """The text without the empty fraction of a number that a program took for a float: 13800138000.0."""
    return F.regexp_replace(text, r"(?<=[0-9])\.0+\z", "")


def matched(text: Column, pattern: str) -> Column:
    """`text` where all of it matches `pattern` (a Java regular expression), else NULL."""
    return F.nullif(F.regexp_extract(text, rf"\A(?:{pattern})\z", 0), F.lit(""))
