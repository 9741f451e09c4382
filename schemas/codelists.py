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

    A code wins over a label, a label over an alias. A code that lost its leading zeros stands for itself where nothing
    else does. RendiError where two rows claim one alias.
    """
    found = {written(code): code for code in load(name)}
    for code, label in load(name).items():
        found.setdefault(written(label), code)
    aliases: dict[str, str] = {}
    for row in rows(name):
        for alias in filter(None, map(written, row["aliases"].split("|"))):
            if aliases.setdefault(alias, row["code"]) != row["code"]:
                raise RendiError(f"{name}.csv: '{alias}' stands for {aliases[alias]} and {row['code']}. Keep one.")
    found = aliases | found
    for code in load(name):
        if code.isdecimal():
            found.setdefault(str(int(code)), code)
    return found


def written(text: str) -> str:
    """The form in which texts are compared: widths folded, upper case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())
