"""SQL expressions that stand in YAML: which columns they read, so that a misspelt one is found before any table is."""

import re
from collections.abc import Iterable

from schemas.errors import RendiError, nearest

_TEXT = re.compile(r"'[^']*'")
# Columns are lower case and keywords capitals; a word before a bracket is a function.
_COLUMN = re.compile(r"(?<![\w.])(_?[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)(?![\w.]|\s*\()")


def columns_of(expression: str) -> set[str]:
    """The columns, qualified ones as `table.column`, that an expression with its keywords in capitals reads."""
    return set(_COLUMN.findall(_TEXT.sub("''", expression)))


def check(expression: str, known: Iterable[str], where: str) -> None:
    """RendiError where the expression names a column that is not known, with the nearest one that is."""
    names = list(known)
    for column in sorted(columns_of(expression)):
        if column not in names:
            raise RendiError(
                f"{where}: no column '{column}'{nearest(column, names)} (keywords are written in capitals)"
            )
