"""What gives a person away in a piece of text: a valid ID number, a phone number, a name that the city knows."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from stdnum import numdb
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from pipelines.protect.masks import ID_15, ID_18, LANDLINE, MOBILE, PROVINCE

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af\ue000-\uf8ff□"
_HAN_RUN = re.compile(rf"[{_HAN}·]+")
_HAS_HAN = re.compile(rf"[{_HAN}]")
_PIECES = re.compile(r"[;；,，、|/:：=\"'“”<>()（）\[\]{}\t]+")
_FOLD = {ord("０") + i: ord("0") + i for i in range(10)} | {ord("Ｘ"): "X", ord("ｘ"): "x", ord("－"): "-", 0x3000: " "}
_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
# Among millions of hashes some hold an ID number's form, and one in a thousand holds eleven digits between letters: for
# ID numbers only whole hashes are passed over, for phone numbers all that looks like a part of one.
_HASH = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9A-Za-z])")
_HEX = re.compile(r"[0-9A-Fa-f]{16,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# A number may start within another, so every place is tried.
_ID_18 = re.compile(rf"(?=({ID_18}))")
# Part of a decimal number is no number of a person's.
_ID_15 = re.compile(rf"(?<![0-9]\.){ID_15}")
_PHONE = re.compile(rf"(?<![0-9]\.)(?:{MOBILE}|(?<![0-9]-){LANDLINE})(?!\.[0-9])")
_PROVINCE = re.compile(PROVINCE)

# First cuts for Arrow, whose RE2 has no look-around: a text that does not match holds no number, or no name.
_ESCAPED = r"\\u[0-9a-fA-F]{4}|&#"
NUMBER_LIKE = (
    "|".join((ID_18, ID_15, MOBILE, LANDLINE, "[０-９－\u3000]", _ESCAPED))
    .replace("(?<![0-9])", "(?:^|[^0-9])")
    .replace("(?![0-9])", "(?:$|[^0-9])")
)
NAME_LIKE = rf"[{_HAN}]|{_ESCAPED}"
LATIN_NAME_LIKE = rf"{NAME_LIKE}|[A-Za-z][ ·.,'-]+[A-Za-z]"


@dataclass(frozen=True)
class Known:
    """What the scan is told: the names of the city's persons, and values that are public though they look alike."""

    names: frozenset[str] = field(repr=False)
    public: frozenset[str] = field(repr=False)
    latin: frozenset[str] = field(repr=False)


def known(names: Iterable[str], public: Iterable[str]) -> Known:
    """names: full names; those of one character are left out. public: words and numbers that are no leak."""
    allowed = frozenset(public)
    full = frozenset(name for name in names if len(name) > 1) - allowed
    return Known(full, allowed, frozenset(name for name in full if not _HAS_HAN.search(name)))


def kinds_in(text: str, told: Known) -> set[str]:
    """The kinds of evidence in `text`: of `id_number`, `phone`, `full_name`."""
    return number_kinds(text, told) | ({"full_name"} if holds_name(text, told) else set())


def number_kinds(text: str, told: Known) -> set[str]:
    """Which numbers stand in `text`: of `id_number`, `phone`."""
    text = _HASH.sub(_blank, _plain(text).translate(_FOLD))
    found = set()
    if any(number not in told.public for number in _id_numbers(text)):
        found.add("id_number")
    if any(phone.group() not in told.public for phone in _PHONE.finditer(_HEX.sub(_blank, text))):
        found.add("phone")
    return found


def holds_name(text: str, told: Known) -> bool:
    """Whether a known full name stands in `text`, whole or set off from other words."""
    text = _plain(text)
    return any(name in told.names for name in _names(text)) or (bool(told.latin) and _latin_name(text, told))


def is_id_number(number: str, whole: bool = True) -> bool:
    """Whether `number` is a valid resident ID number, or one of 15 digits (GB 11643-1999, clause 4).

    whole: it stands alone, so that a known province is enough (the county table lags behind new districts); within a
    longer number the county has to be known. Residence permits (81, 82, 83) and permanent residence cards (9) count.
    """
    if len(number) == 15:
        return _is_date(f"19{number[6:12]}") and _county(number[:6])
    number = number.upper()
    if not (_is_date(number[6:14]) and mod_11_2.is_valid(number)):
        return False
    if number[0] == "9":
        # A credit code of digits alone has the same form.
        return _PROVINCE.match(number, 1) is not None and not uscc.is_valid(number)
    return _PROVINCE.match(number) is not None if whole else _county(number[:6])


def _plain(text: str) -> str:
    """`text` without the escapes of JSON and HTML."""
    if "\\u" in text:
        text = _ESCAPE.sub(_unescape, text)
    return html.unescape(text) if "&#" in text else text


def _id_numbers(text: str) -> Iterator[str]:
    for match in _ID_18.finditer(text):
        number = re.sub("[- ]", "", match.group(1))
        behind = re.match("[0-9]*", text[match.end(1) :])
        # Two digits more are a disability card's kind and grade, or a sole trader's taxpayer number.
        whole = not text[: match.start()][-1:].isdigit() and behind is not None and len(behind.group()) in (0, 2)
        if is_id_number(number, whole):
            yield number
    for match in _ID_15.finditer(text):
        number = re.sub("[- ]", "", match.group())
        if is_id_number(number):
            yield number


def _names(text: str) -> Iterator[str]:
    for run in _HAN_RUN.finditer(text):
        before, after = text[: run.start()][-1:], text[run.end() : run.end() + 1]
        # A star follows a masked name, a digit stands beside part of an address.
        if after not in ("*", "＊") and not before.isdigit() and not after.isdigit():
            yield run.group()


def _latin_name(text: str, told: Known) -> bool:
    return text.strip() in told.latin or any(piece.strip() in told.latin for piece in _PIECES.split(text))


def _is_date(digits: str) -> bool:
    try:
        return bool(date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])))
    except ValueError:
        return False


@lru_cache(maxsize=10_000)
def _county(code: str) -> bool:
    if code in ("810000", "820000", "830000"):
        return True
    return any("county" in facts for _, facts in numdb.get("cn/loc").info(code))


def _blank(match: re.Match[str]) -> str:
    return match.group() if match.group().isdigit() else "#"


def _unescape(match: re.Match[str]) -> str:
    units = bytes.fromhex(match.group().replace("\\u", ""))
    return units.decode("utf-16-be", "replace")
