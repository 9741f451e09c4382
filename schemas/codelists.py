"""Code lists: one CSV a list in `codes/`, with a code, its label and further texts that departments write for it."""

import csv
import hashlib
import json
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from schemas.errors import RendiError, nearest

FOLDER = Path(__file__).parent / "codes"
# The lists by which names of persons are known and compared.
OF_NAMES = ("surname", "variant")


def names() -> set[str]:
    """The names of all lists."""
    return {file.stem for file in FOLDER.glob("*.csv")}


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a list as its file has them; RendiError where the list is missing or a row is not whole."""
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        known = sorted(names())
        raise RendiError(f"There is no code list '{name}'{nearest(name, known)}. Known lists: {', '.join(known)}.")
    with path.open(encoding="utf-8", newline="") as file:
        found = tuple(csv.DictReader(file))
    for number, row in enumerate(found, 2):
        if not row.get("code") or not row.get("label") or None in row.values():
            raise RendiError(f"{path.name}, line {number}: needs a code and a label. Write them, or take the line out.")
    return found


def fingerprint(lists: Iterable[str]) -> str:
    """A hash of everything that these lists say: a part of the facts of whoever uses them (64 hex digits)."""
    text = json.dumps({name: rows(name) for name in lists}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def load(name: str) -> dict[str, str]:
    """The list's codes with their labels."""
    return {row["code"]: row["label"] for row in rows(name)}


@cache
def lookup(name: str) -> dict[str, str]:
    """Every accepted text, as `written` gives it, with its code.

    A code wins over a label, a label over an alias. A code that lost its leading zeros stands for itself; where what is
    left is another row's alias, it stands for neither: 1 may be 01 本人 or the class 配偶 of GB/T 4761.
    RendiError where two rows claim one alias.
    """
    found = {written(code): code for code in load(name)}
    for code, label in load(name).items():
        found.setdefault(written(label), code)
    aliases = _aliases(name)
    found = aliases | found
    for code in filter(str.isdecimal, load(name)):
        short = str(int(code))
        if short not in load(name) and aliases.get(short, code) != code:
            del found[short]
        else:
            found.setdefault(short, code)
    return found


@cache
def numbers(name: str) -> dict[str, list[str]]:
    """Code → what may stand for it beside its label, that which alone would stand for neither of two codes included."""
    found: dict[str, list[str]] = {}
    aliases = _aliases(name)
    for code in load(name):
        own = [code] if code.isascii() else []
        own += [alias for alias, of in aliases.items() if of == code and alias.isdecimal()]
        own += [str(int(code))] if code.isdecimal() else []
        found[code] = [*dict.fromkeys(own)]
    return found


def _aliases(name: str) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for row in rows(name):
        for alias in filter(None, map(written, row["aliases"].split("|"))):
            if aliases.setdefault(alias, row["code"]) != row["code"]:
                raise RendiError(f"{name}.csv: '{alias}' stands for {aliases[alias]} and {row['code']}. Keep one.")
    return aliases


def written(text: str) -> str:
    """The form in which texts are compared: widths folded, upper case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())
