"""Rules that a contract states: they are derived, so that nothing is written twice."""

from collections.abc import Iterator
from typing import Any

from schemas.cleaned import cleaned
from schemas.codelists import written
from schemas.contract import Contract, ContractField

# Any text is a clean value of these kinds, so none of it can be invalid.
FREE_TEXT = frozenset({"text", "household"})

# What the frame holds besides the contract's fields.
TECHNICAL = ("_key", "_malformed", "_date", "_delivery", "_file", "_row", "_night", "_night_over")

LINE_READABLE = "line_readable"
KEY_PRESENT = "key_present"
HEADER_REPEATED = "header_repeated"


def judged_columns(contract: Contract) -> list[str]:
    """The columns that a source's rules may name: clean fields, their `<field>_raw`, and the derived fields."""
    return [one.column for one in cleaned(contract)]


def derived_rules(contract: Contract) -> list[dict[str, Any]]:
    """The rules of one contract, as a suite would write them.

    line_readable (critical): a malformed line, which breaks no other rule, for it has no fields.
    key_present (critical): no key field holds a well-formed value; a key is judged by form only, so it looks at `_key`.
    Where the contract has one key field, this is its `_present` as well. header_repeated (critical): the key is its own
    field's label or name, as where files were put one behind the other with their headers. <field>_present (critical):
    nothing was delivered for a required field; a value that is there but invalid is only warned of.
    <field>_valid (warning): text was delivered, and no clean value came out of it. <name>_tells_who (critical): what
    was delivered for a person's required name is none, and no ID number tells who it is, as where the two were
    exchanged.
    """
    return [*_line(), *_key(contract.keys), *_fields(contract), *_persons(contract)]


def _line() -> Iterator[dict[str, Any]]:
    yield _entry(
        "expect_column_values_to_be_null",
        {"column": "_malformed"},
        "critical",
        LINE_READABLE,
        "行无法解析 / line is malformed",
    )


def _key(keys: list[ContractField]) -> Iterator[dict[str, Any]]:
    labels = "、".join(field.label for field in keys)
    yield _entry(
        "expect_column_values_to_not_be_null",
        {"column": "_key", "row_condition": _is_null("_malformed")},
        "critical",
        KEY_PRESENT,
        f"主键缺失或格式不符（{labels}） / no well-formed record key",
        ",".join(field.name for field in keys),
    )
    yield _entry(
        "expect_column_values_to_not_be_in_set",
        {
            "column": "_key",
            "value_set": [f"{f.name}:{written(t)}" for f in keys for t in (f.label, f.name)],
        },
        "critical",
        HEADER_REPEATED,
        "重复的表头行 / a header line among the rows",
        ",".join(field.name for field in keys),
    )


def _fields(contract: Contract) -> Iterator[dict[str, Any]]:
    sole_key = contract.keys[0].name if len(contract.keys) == 1 else None
    for field in contract.fields:
        if field.required and field.name != sole_key:
            yield _entry(
                "expect_column_values_to_not_be_null",
                {
                    "column": field.name,
                    "row_condition": {
                        "type": "and",
                        "conditions": [_is_null("_malformed"), _is_null(f"{field.name}_raw")],
                    },
                },
                "critical",
                f"{field.name}_present",
                f"{field.label}缺失 / {field.name} is missing",
            )
        if field.kind not in FREE_TEXT:
            yield _entry(
                "expect_column_values_to_be_null",
                {"column": f"{field.name}_raw", "row_condition": _is_null(field.name)},
                "warning",
                f"{field.name}_valid",
                f"{field.label}无效 / {field.name} is not valid",
                field.name,
            )


def _persons(contract: Contract) -> Iterator[dict[str, Any]]:
    required = {field.name for field in contract.fields if field.required}
    for mention in contract.mentions:
        if mention.subject == "person" and mention.name in required:
            numbers = [column for columns in mention.keys.values() for column in columns]
            delivered = {**_is_null(f"{mention.name}_raw"), "is_null": False}
            label = contract.field(mention.name).label
            yield _entry(
                "expect_column_values_to_not_be_null",
                {
                    "column": mention.name,
                    "row_condition": {"type": "and", "conditions": [delivered, *map(_is_null, numbers)]},
                },
                "critical",
                f"{mention.name}_tells_who",
                f"{label}不是姓名，又无有效证件号码（可能两栏互换）"
                f" / neither {mention.name} nor a number tells who it is; they may have been exchanged",
            )


def _is_null(column: str) -> dict[str, Any]:
    return {"type": "nullity", "column": {"name": column}, "is_null": True}


def _entry(
    type_: str, kwargs: dict[str, Any], severity: str, rule: str, message: str, column: str | None = None
) -> dict[str, Any]:
    meta = {"rule": rule, "message": message, "column": column}
    return {"type": type_, "kwargs": kwargs, "severity": severity, "meta": meta}
