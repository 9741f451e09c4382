"""Draft a contract from a sample: names and kinds are guesses for a person to look at."""

import json
import re
import zipfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
from pypinyin import lazy_pinyin

from pipelines import draft_pages
from schemas.contract import load, sources
from schemas.errors import RendiError, nearest

ROWS = 2000
ENCODINGS = ("utf-8-sig", "gb18030")
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
    ("id_number", r"身份证|公民身份号码"),
    ("uscc", r"统一社会信用代码"),
    ("phone", r"电话|手机"),
    ("capital", r"注册资[金本]"),
    ("address", r"地址|住址|住所"),
    ("date", r"日期$"),
    ("org_name", r"(企业|公司|单位|机构|纳税人|相对人)名称"),
    ("person_name", r"姓名|法人代表|法定代表人|负责人|联系人|监护人$"),
)
DIRECT = ("id_number", "phone", "person_name")
# What describes a record and does not name it, though no two in a sample may be equal.
DESCRIBES = ("person_name", "org_name", "phone", "address", "date", "datetime", "capital")
# Subject -> the kind of value by which its entities are known, and the kind of their names.
KNOWN_BY = {"person": ("id_number", "person_name"), "legal_entity": ("uscc", "org_name"), "place": ("address", None)}
# What is read out of a value of a kind: name, part, and further properties.
PARTS = {
    "uscc": (("organisation_code", "organisation_code", ""),),
    "id_number": (("id_birth_date", "birth_date", ", pii: quasi"), ("id_sex", "sex", "")),
    "capital": (("capital_wan", "amount", ""), ("capital_currency", "currency", "")),
}


@dataclass(frozen=True)
class _Column:
    """A column of the sample. whole: a value in every row, and none twice; pinyin: nobody has named it yet."""

    label: str
    name: str
    kind: str
    whole: bool
    pinyin: bool


def contract(file: Path, source: str, department: str, subject: str, mode: str) -> str:
    """The text of a contract (ODCS v3.1) for what the sample looks like; RendiError for an unreadable sample."""
    if subject not in KNOWN_BY:
        raise RendiError(f"no subject '{subject}'{nearest(subject, KNOWN_BY)}")
    page = draft_pages.document(file) if file.suffix.lower() == ".json" else None
    kind, encoding, frame = _sample(file) if page is None else ("http", None, _page(page))
    columns = _columns(frame)
    key = _key(columns, subject)
    lines = [
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: {source}",
        f"name: {source}  # the resource's Chinese name",
        "version: 1.0.0",
        "status: draft",
        "description:",
        "  purpose: What the source holds, in one sentence.",
        "slaProperties:",
        "  - {property: frequency, value: 1, unit: d}",
        "  - {property: timeOfAvailability, value: '02:00'}",
        "  - {property: retention, value: 10, unit: y}",
        "customProperties:",
        f"  - {{property: department, value: {department}}}",
        f"  - {{property: subject, value: {subject}}}",
        f"  - {{property: mode, value: {mode}}}",
        f"  - {{property: format, value: {kind}}}",
        *([f"  - {{property: encoding, value: {encoding}}}"] if encoding else []),
        *(draft_pages.lines(page, source, file.name) if kind == "http" and page else []),
        # A full delivery takes away what it does not name: half a file would be half a city.
        *(["  - {property: minimumShare, value: 0.8}"] if mode == "full" else []),
        *_mentions(columns, subject),
        *_derived(columns, subject),
        "schema:",
        f"  - name: {source}",
        "    properties:",
    ]
    for column in columns:
        lines += _field(column, subject, column is key)
    if key is None:
        at = next(i for i, line in enumerate(lines) if "logicalType" in line)
        lines[at + 1 : at + 1] = ["        primaryKey: true  # no column without repeats was found: choose the key"]
    return "\n".join(lines) + "\n"


def _columns(frame: pd.DataFrame) -> list[_Column]:
    known = {f.label: f.name for s in sources() for f in load(s).fields}
    columns: list[_Column] = []
    for label in map(str, frame.columns):
        values = [v for v in frame[label].astype("string").dropna().str.strip() if v]
        name = _name(label, known, {c.name for c in columns})
        whole = len(values) == len(frame) and len(set(values)) == len(values)
        columns.append(_Column(label, name, _kind(label, values), whole, label not in known and not label.isascii()))
    return columns


def _key(columns: list[_Column], subject: str) -> _Column | None:
    """The column that names a record: a legal entity's code, else the department's own number, else what is unique.

    An ID number comes last: it may be missing or wrong, and the department's own number stays when it is corrected.
    """
    coded = [c for c in columns if c.kind == "uscc" and subject == "legal_entity"]
    unique = sorted((c for c in columns if c.whole and c.kind not in DESCRIBES), key=lambda c: c.kind == "id_number")
    return next(iter([*coded, *unique]), None)


def _field(column: _Column, subject: str, key: bool) -> list[str]:
    direct = column.kind in DIRECT or (column.kind == "address" and subject == "person")
    logical = {"date": "date", "datetime": "timestamp"}.get(column.kind, "string")
    return [
        f"      - name: {column.name}{'  # pinyin: give it the name that other contracts use' * column.pinyin}",
        f"        businessName: {json.dumps(column.label, ensure_ascii=False)}",
        f"        logicalType: {logical}",
        *(["        primaryKey: true", "        primaryKeyPosition: 1"] if key else []),
        f"        classification: {'一般4级' if direct else '一般2级'}",
        "        customProperties:",
        f"          - {{property: kind, value: {column.kind}}}",
        *(["          - {property: pii, value: direct}"] if direct else []),
        "          - {property: sharing, value: 有条件共享}",
        "          - {property: openness, value: 不予开放}",
    ]


def _mentions(columns: list[_Column], subject: str) -> list[str]:
    """Whom a record names; what reaches no master because nobody is named is the commonest mistake."""
    first = {c.kind: c.name for c in reversed(columns)}
    known_by, named_by = KNOWN_BY[subject]
    keys = {known_by: first[known_by]} if known_by in first else {}
    if "uscc" in keys:
        keys["organisation_code"] = "organisation_code"
    name = f", name: {first[named_by]}" if named_by in first else ""
    said = ", ".join(f"{key}: [{field}]" for key, field in keys.items())
    here = [f"      - {{role: self, subject: {subject}, keys: {{{said}}}{name}}}"] if keys or name else []
    if subject != "place" and "address" in first:
        role = "home" if subject == "person" else "premises"
        here.append(f"      - {{role: {role}, subject: place, mints: false, keys: {{address: [{first['address']}]}}}}")
    if subject == "legal_entity" and "person_name" in first:
        number = f"keys: {{id_number: [{first['id_number']}]}}, " if "id_number" in first else ""
        here.append(f"      # - {{role: legal_rep, subject: person, {number}name: {first['person_name']}}}")
    return [
        "  # Whom a record names: role, and the fields by which it is known. Who is not mentioned reaches no master.",
        *(["  - property: mentions", "    value:", *here] if here else ["  # - property: mentions"]),
    ]


def _derived(columns: list[_Column], subject: str) -> list[str]:
    taken = {c.name for c in columns}
    kinds = {c.kind: c.name for c in reversed(columns) if c.kind != "id_number" or subject == "person"}
    lines = [
        f"      - {{name: {name}, from: {field}, part: {part}{more}}}"
        for kind, field in kinds.items()
        for name, part, more in PARTS.get(kind, ())
        if name not in taken
    ]
    return ["  - property: derived", "    value:", *lines] if lines else []


def _kind(label: str, values: list[str]) -> str:
    for kind, form in FORMS:
        if values and sum(bool(re.fullmatch(form, v)) for v in values) > 0.8 * len(values):
            return kind
    return next((kind for kind, form in HEADINGS if re.search(form, label)), "text")


def _name(label: str, known: dict[str, str], taken: set[str]) -> str:
    spelled = label if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", label) else "_".join(lazy_pinyin(label))
    name = known.get(label) or re.sub(r"[^a-z0-9_]+", "_", spelled.lower()).strip("_") or "field"
    name = name if name[0].isalpha() else f"f_{name}"
    return name if name not in taken else f"{name}_{len(taken)}"


def _page(page: dict[str, object]) -> pd.DataFrame:
    found = draft_pages.records(page)
    return pd.DataFrame(found[1][:ROWS] if found else [])


def _sample(file: Path) -> tuple[str, str | None, pd.DataFrame]:
    """Format, encoding and the first rows."""
    try:
        return _read(file)
    # What the readers of the formats say of a file that is cut, empty or something else.
    except (OSError, ValueError, KeyError, StopIteration, zipfile.BadZipFile):
        raise RendiError(
            f"{file.name}: cannot be read as {file.suffix}: it is empty, damaged or in another encoding"
        ) from None


def _read(file: Path) -> tuple[str, str | None, pd.DataFrame]:
    ending = file.suffix.lower()
    if ending == ".csv":
        for encoding in ENCODINGS:
            try:
                frame = pd.read_csv(
                    file, encoding=encoding, dtype=str, nrows=ROWS, on_bad_lines="skip", keep_default_na=False
                )
            except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
                continue
            return "csv", encoding if encoding == "gb18030" else "utf-8", frame
        raise RendiError(f"{file.name}: neither UTF-8 nor GB18030 text with a header row")
    if ending == ".xlsx":
        sheet = openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets[0]
        cells = [list(r) for r in islice(sheet.iter_rows(values_only=True), ROWS)]
        head = max(range(min(5, len(cells))), key=lambda i: sum(c is not None for c in cells[i]))
        names = [str(c) if c is not None else f"column {i + 1}" for i, c in enumerate(cells[head])]
        return "xlsx", None, pd.DataFrame(cells[head + 1 :], columns=names)
    if ending in (".jsonl", ".json"):
        with file.open(encoding="utf-8") as lines:
            return "jsonl", None, pd.DataFrame([json.loads(line) for line in islice(lines, ROWS) if line.strip()])
    if ending == ".parquet":
        return "parquet", None, next(pq.ParquetFile(file).iter_batches(ROWS)).to_pandas()
    raise RendiError(
        f"{file.name}: a sample is a .csv, .xlsx, .jsonl or .parquet file, or a page of an interface as .json"
    )
