"""Whether two names of persons can be one person's: the test for one number with two holders (重号)."""

import unicodedata
from functools import cache

from pypinyin import lazy_pinyin

from schemas import codelists
from schemas.values.person_name import NEXT


@cache
def _compound() -> frozenset[str]:
    return frozenset(surname for surname in codelists.load("surname") if len(surname) == 2)


def is_wildcard(character: str) -> bool:
    """Whether it stands for a character that was hidden, or that a department's system lacked: □, ?, *, private use."""
    return character in "□?？\ufffd〓○◯■*×" or unicodedata.category(character) == "Co"


def given(name: str) -> str:
    """The part of a folded name that is not the surname; all of it where the name is not of the Han form."""
    # 马CHENG has letters for a character that a system lacked.
    if len(name) > 4 and not name[1:].isascii():
        return name
    return (name[2:] if name[:2] in _compound() else name[1:]) or name


def same(one: str, other: str) -> bool:
    """Whether two folded names are equal, wildcards apart."""
    if one == other:
        return True
    return len(one) == len(other) and all(
        a == b or is_wildcard(a) or is_wildcard(b) for a, b in zip(one, other, strict=True)
    )


def formerly(former: str | None, name: str) -> bool:
    """Whether a folded name is one of somebody's former names (`person_name.folded_list`)."""
    return former is not None and any(same(one, name) for one in former.split(NEXT))


def compatible(one: str, other: str) -> bool:
    """Whether two folded names are not clearly different: of their given names a character is, or may be, the same, or
    they are said alike.
    """
    if same(one, other):
        return True
    a, b = given(one), given(other)
    if set(a) & set(b) or any(map(is_wildcard, a + b)):
        return True
    return one[:1] == other[:1] and spoken(a) == spoken(b)


@cache
def spoken(name: str) -> str:
    """How a name is said, without tones: 丽 and 莉 are typed alike. Letters stay: 马cheng is 马骋."""
    return "".join(lazy_pinyin(name)).lower()
