"""Draft a contract from a sample: names and kinds are guesses for a person to look at."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml
from pypinyin import lazy_pinyin

from pipelines import draft_pages, draft_sample
from pipelines.draft_kinds import guess
from schemas.contract import fold, load_all
from schemas.errors import RendiError, nearest
from schemas.recorded import RESERVED

# What describes a record and does not name it, though no two in a sample may be equal.
DESCRIBES = ("person_name", "org_name", "phone", "address", "date", "datetime", "year_month", "capital", "household")
MEASURES = ("decimal", "integer", "longitude", "latitude", "geometry")
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
    params: Mapping[str, str]
    pii: str | None
    whole: bool
    pinyin: bool


def contract(file: Path, source: str, department: str, subject: str, mode: str) -> str:
    """The text of a contract (ODCS v3.1) for what the sample looks like; RendiError for an unreadable sample."""
    if subject not in KNOWN_BY:
        raise RendiError(f"no subject '{subject}'{nearest(subject, KNOWN_BY)}")
    page = draft_pages.document(file) if file.suffix.lower() == ".json" else None
    kind, encoding, frame = draft_sample.sample(file) if page is None else ("http", None, draft_sample.page(page))
    columns = _columns(frame, subject)
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
        lines += _field(column, column is key)
    if key is None:
        at = next(i for i, line in enumerate(lines) if "logicalType" in line)
        lines[at + 1 : at + 1] = ["        primaryKey: true  # no column without repeats was found: choose the key"]
    return "\n".join(lines) + "\n"


def _columns(frame: pd.DataFrame, subject: str) -> list[_Column]:
    everyone = load_all()
    known = {fold(f.label): f.name for c in everyone for f in c.fields}
    columns: list[_Column] = []
    for label in map(str, frame.columns):
        values = [v for v in frame[label].astype("string").dropna().str.strip() if v]
        named = known.get(fold(label))
        name = _name(named or label)
        found = guess(label, name, values, subject, everyone)
        # Two household numbers would be one column of record.
        kind = "text" if found.kind == "household" and any(c.kind == "household" for c in columns) else found.kind
        if name in {c.name for c in columns}:
            name = f"{name}_{len(columns)}"
        whole = len(values) == len(frame) and len(set(values)) == len(values)
        pinyin = named is None and not label.isascii()
        columns.append(_Column(label, name, kind, found.params, found.pii, whole, pinyin))
    return columns


def _key(columns: list[_Column], subject: str) -> _Column | None:
    """The column that names a record: a legal entity's code, else the department's own number, else what is unique.

    What identifies a person comes last: it may be missing or wrong, and the department's own number stays when it is
    corrected.
    """
    coded = [c for c in columns if c.kind == "uscc" and subject == "legal_entity"]
    named = (c for c in columns if c.whole and c.kind not in (*DESCRIBES, *MEASURES))
    unique = sorted(named, key=lambda c: c.pii is not None)
    return next(iter([*coded, *unique]), None)


def _field(column: _Column, key: bool) -> list[str]:
    logical = {"date": "date", "datetime": "timestamp", "decimal": "number", "integer": "number"}
    grade = {"direct": "一般4级", "quasi": "一般3级", None: "一般2级"}[column.pii]
    return [
        f"      - name: {column.name}{'  # pinyin: give it the name that other contracts use' * column.pinyin}",
        f"        businessName: {json.dumps(column.label, ensure_ascii=False)}",
        f"        logicalType: {logical.get(column.kind, 'string')}",
        *(["        primaryKey: true", "        primaryKeyPosition: 1"] if key else []),
        f"        classification: {grade}",
        "        customProperties:",
        f"          - {{property: kind, value: {column.kind}}}",
        *(f"          - {{property: {k}, value: {json.dumps(v)}}}" for k, v in column.params.items()),
        *([f"          - {{property: pii, value: {column.pii}}}"] if column.pii else []),
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


def _name(label: str) -> str:
    spelled = label if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", label) else "_".join(lazy_pinyin(label))
    name = re.sub(r"[^a-z0-9_]+", "_", spelled.lower()).strip("_") or "field"
    name = name if name[0].isalpha() else f"f_{name}"
    # YAML reads `no` and `on` as true and false.
    return f"delivered_{name}" if name in RESERVED or yaml.safe_load(name) != name else name
