"""The catalogue's own code lists: categories, providers, kinds, formats and cycles of update (catalog/codes/*.csv)."""

import csv
from functools import cache
from pathlib import Path

from schemas.errors import RendiError, nearest

FOLDER = Path(__file__).parent / "codes"


@cache
def load(name: str) -> dict[str, dict[str, str]]:
    """One list as a dict from its first column to the row, in the file's order."""
    path = FOLDER / f"{name}.csv"
    if not path.exists():
        known = [p.stem for p in FOLDER.glob("*.csv")]
        raise RendiError(f"no code list '{name}' in catalog/codes/{nearest(name, known)}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = {next(iter(row.values())): row for row in rows}
    if len(codes) != len(rows):
        raise RendiError(f"catalog/codes/{name}.csv: a code stands twice in its first column")
    return codes


def entry(name: str, code: str, where: str) -> dict[str, str]:
    """The row of `code` in list `name`; RendiError names `where` it was used, the list and the nearest code."""
    codes = load(name)
    if code not in codes:
        raise RendiError(f"{where}: '{code}' is not in catalog/codes/{name}.csv{nearest(code, codes)}")
    return codes[code]


def levels(category: str, where: str) -> list[str]:
    """The names of a category's 类, 项, 目 and 细目 (政务信息资源目录编制指南: 1, 2, 3 and any number of digits)."""
    parts = [category[:1], category[:3], category[:6], category]
    return [entry("categories", part, where)["name"] for part in parts]


def cycle(days: int) -> dict[str, str]:
    """The shortest 更新周期 of the list that is not shorter than `days`."""
    rows = load("cycles")
    fitting = [int(code) for code in rows if int(code) >= days] or [max(int(code) for code in rows)]
    return rows[str(min(fitting))]
