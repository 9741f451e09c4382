"""Division codes: GB/T 2260 counties with their years in force, and town and community codes by their county."""

import re
from collections import defaultdict
from functools import cache
from importlib import resources
from typing import NamedTuple

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import text as texts
from schemas.values import trie
from schemas.values.lookup import lookup

STILL = 9999
# Years of birth that a number may bear.
FIRST, LAST = 1850, 2199
# Years by which the ends of counties are grouped, for a shorter pattern.
SPAN = 5
# 83 stands in the numbers of residence permits for people from Taiwan (and 81, 82 for Hong Kong and Macao).
PERMITS = {"810000": "香港特别行政区", "820000": "澳门特别行政区", "830000": "台湾省"}
# Counties that are younger than python-stdnum's list, with their first year.
YOUNGER = {"330113": ("临平区", 2021), "330114": ("钱塘区", 2021)}
# In statistical codes (统计用区划代码) a development zone that is no county has such a number within its city.
ZONES = "7[1-9]"


class Name(NamedTuple):
    """A name that a code had, and the years in which it had it (0 and 9999 where open)."""

    name: str
    first: int
    last: int


@cache
def names() -> dict[str, tuple[Name, ...]]:
    """Every six-digit code of a province, city or county there ever was, with its names (python-stdnum's `loc.dat`)."""
    found: dict[str, tuple[Name, ...]] = {code: (Name(name, 0, STILL),) for code, name in PERMITS.items()}
    province = ""
    for line in (resources.files("stdnum.cn") / "loc.dat").read_text("utf-8").splitlines():
        if head := re.match(r"(\d{2}) ", line):
            province = head[1]
        elif entry := re.match(r' +(\d{4}) county="(.+)"', line):
            parts = re.findall(r"(?:\[(\d*)-(\d*)\])?([^\[\],]+)", entry[2])
            found[province + entry[1]] = tuple(Name(n, int(a or 0), int(b or STILL)) for a, b, n in parts)
    return found | {code: (Name(name, first, STILL),) for code, (name, first) in YOUNGER.items()}


@cache
def pattern() -> str:
    """Pattern of six digits that are or were a division."""
    return trie.pattern(names())


@cache
def zone_pattern() -> str:
    """Pattern of six digits that number a development zone within a known city."""
    return trie.pattern({code[:4] for code in names() if code.endswith("00")}) + ZONES


@cache
def birth_pattern() -> str:
    """Pattern of a county code and a year of birth (10 digits) that go together: the code was in force then or later.

    A registry goes on giving out a code after the county's end: codes that ended in one span of `SPAN` years count to
    the end of the next.
    """
    groups: dict[int, list[str]] = defaultdict(list)
    for code, held in names().items():
        # No county, but all that an old number from Taiwan or a permit has, ends in 0000.
        if code in {"710000", *PERMITS} or not code.endswith("0000"):
            last = max(name.last for name in held)
            groups[min(last // SPAN * SPAN + 2 * SPAN - 1, LAST)].append(code)
    current = trie.pattern(groups.pop(LAST))
    years = {last: trie.pattern(map(str, range(FIRST, last + 1))) for last in groups}
    ended = [f"(?=.{{6}}{years[last]}){trie.pattern(groups[last])}" for last in sorted(groups, reverse=True)]
    # Most numbers are of counties in force.
    return "|".join([current, *ended])


def label(code: str) -> str:
    """The name of a code now, or the last that it had; an empty string for an unknown one."""
    held = names().get(code)
    return max(held, key=lambda name: name.last).name if held else ""


@cache
def codes_by_label() -> dict[str, str]:
    """Name → code, for names that mean one place: with city and province before it, with city, or alone.

    A name in force wins over one of the past.
    """
    claims: dict[str, dict[bool, set[str]]] = defaultdict(lambda: {True: set(), False: set()})
    for code, held in names().items():
        province, city = label(code[:2] + "0000"), label(code[:4] + "00")
        levels = [level for level in (province, city) if level and not level.endswith(("市辖区", "县"))]
        for name in held:
            # 市辖区 and 县 are groups, 省直辖县级行政区划 too.
            if re.search(r"^(?:市辖区|县|市区|郊区|.*直辖.*)$", name.name):
                continue
            above = [] if code.endswith("0000") else levels[:1] if code.endswith("00") else levels
            for start in range(len(above) + 1):
                claims["".join([*above[start:], name.name])][name.last == STILL].add(code)
            if len(above) == 2:
                claims[above[0] + name.name][name.last == STILL].add(code)
    found = {}
    for name_, claim in claims.items():
        codes = claim[True] or claim[False]
        if len(codes) == 1:
            found[name_] = next(iter(codes))
    return found


def digits(text: Column) -> Column:
    """A code of 6, 9 or 12 digits, or the name of a county, as code; NULL for anything else."""
    common = text.rlike(r"\A[1-9][0-9]{5}(?:[0-9]{3}){0,2}\z")
    return F.when(common, text).otherwise(
        F.coalesce(
            texts.matched(texts.compact(texts.whole(text), r" \-.'"), "[1-9][0-9]{5}(?:[0-9]{3}){0,2}"),
            lookup(codes_by_label(), F.when(~common, F.regexp_replace(text, " ", ""))),
        )
    )


def known(code: Column) -> Column:
    """The code where its first six digits are or were a division, or are a development zone's, else NULL.

    Towns and communities are judged by form: their list is the city's own.
    """
    return F.when(code.rlike(rf"\A(?:{pattern()}|{zone_pattern()})"), code)


def of(code: Column) -> Column:
    """The six digits of the county with which a longer code begins."""
    return F.substring(code, 1, 6)
