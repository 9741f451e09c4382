"""What a column of a sample holds, guessed: its kind of value, and whether it identifies a person.

Who drafts in doubt marks too much: a mark that is taken away is a decision, one that is missing shows a number.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.contract import Contract, ContractField, fold

# What nearly all values of a column look like -> kind. The first that fits holds.
FORMS = (
    ("id_number", r"[1-9]\d{5}(18|19|20)\d{9}[\dXx]|[1-9]\d{14}"),
    ("uscc", r"[1-9ANY][0-9A-HJ-NPQRTUWXY]\d{6}[0-9A-HJ-NPQRTUWXY]{10}"),
    ("phone", r"(\+?86)?[- ]?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}"),
    ("date", r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?|(19|20)\d{6}"),
    ("datetime", r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?[ T]\d{1,2}:\d{2}(:\d{2}.*)?"),
)
# What a column's heading says -> kind.
HEADINGS = (
    ("id_number", r"身份证|公民身份号码|证件号|证照号码"),
    ("uscc", r"统一社会信用代码"),
    ("phone", r"电话|手机"),
    ("capital", r"注册资[金本]"),
    ("address", r"地址|住址|住所"),
    ("household", r"(?<![账帐开客用])户号"),
    ("year_month", r"出生年月$"),
    ("date", r"日期$"),
    ("org_name", r"(企业|公司|单位|机构|纳税人|相对人)名称"),
    ("person_name", r"姓名|法人代表|法定代表人|负责人|联系人|监护人$"),
)
# What names a person, and what tells one among few.
DIRECT = ("id_number", "phone", "person_name")
QUASI = r"出生(日期|年月)"
# So many ID numbers make a column one of ID numbers, whatever else stands in it.
SHARE = 0.01
_ID_NUMBER = re.compile(r"[1-9]\d{5}(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]")


@dataclass(frozen=True)
class Guess:
    """What a column holds, as a contract's field says it."""

    kind: str
    params: Mapping[str, str]
    pii: str | None


def guess(label: str, name: str, values: Sequence[str], subject: str, everyone: Iterable[Contract]) -> Guess:
    """By what other contracts call so, what the values look like, and what the heading says.

    values: without blanks. subject: that of the new source; how contracts of the same one see a name comes first.
    """
    alike = _alike(label, name, subject, everyone)
    kinds = {(f.kind, tuple(sorted(f.params.items()))) for f in alike}
    agreed = len(kinds) == 1
    kind, params = kinds.pop() if agreed else (_by_heading(label), ())
    if kind == "text" or not agreed:
        kind = _by_form(values) or kind
    marks = {f.pii for f in alike}
    if kind in DIRECT or (kind == "address" and subject == "person"):
        marks.add("direct")
    numbers = sum(map(_is_id_number, values))
    # A credit code of digits alone may have the form of an ID number.
    if kind != "uscc" and numbers and numbers >= SHARE * len(values):
        marks.add("direct")
    if kind == "household" or re.search(QUASI, fold(label)):
        marks.add("quasi")
    return Guess(kind, dict(params), next((mark for mark in ("direct", "quasi") if mark in marks), None))


def _alike(label: str, name: str, subject: str, everyone: Iterable[Contract]) -> list[ContractField]:
    """The fields of other contracts that bear the label, else those that bear the name."""
    fields = [(c.subject, f) for c in everyone for f in c.fields]
    found = [(s, f) for s, f in fields if fold(f.label) == fold(label)] or [(s, f) for s, f in fields if f.name == name]
    return [f for s, f in found if s == subject] or [f for _, f in found]


def _by_form(values: Sequence[str]) -> str | None:
    for kind, form in FORMS:
        if values and sum(bool(re.fullmatch(form, v)) for v in values) > 0.8 * len(values):
            return kind
    return None


def _by_heading(label: str) -> str:
    return next((kind for kind, form in HEADINGS if re.search(form, fold(label))), "text")


def _is_id_number(value: str) -> bool:
    return _ID_NUMBER.fullmatch("".join(unicodedata.normalize("NFKC", value).split()).upper()) is not None
