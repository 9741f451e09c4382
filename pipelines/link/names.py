"""Whether two names of persons can be one person's: the test for one number with two holders (重号)."""

import unicodedata
from functools import cache

from schemas import codelists


@cache
def _compound() -> frozenset[str]:
    return frozenset(surname for surname in codelists.load("surname") if len(surname) == 2)


def is_wildcard(character: str) -> bool:
    """Whether it stands for a character that a department's system lacked: □, ?, or a private-use code point."""
    return character in "□?？\ufffd" or unicodedata.category(character) == "Co"


def given(name: str) -> str:
    """The part of a folded name that is not the surname; all of it where the name is not of the Han form."""
    if len(name) > 4:
        return name
    return (name[2:] if name[:2] in _compound() else name[1:]) or name


def same(one: str, other: str) -> bool:
    """Whether two folded names are equal, wildcards apart."""
    if one == other:
        return True
    return len(one) == len(other) and all(
        a == b or is_wildcard(a) or is_wildcard(b) for a, b in zip(one, other, strict=True)
    )


def compatible(one: str, other: str) -> bool:
    """Whether two folded names are not clearly different: they share a character of the given name, or may do so."""
    if same(one, other):
        return True
    a, b = given(one), given(other)
    return bool(set(a) & set(b)) or any(map(is_wildcard, a)) or any(map(is_wildcard, b))
