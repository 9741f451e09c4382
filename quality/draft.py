"""A starter suite for a source that is new."""

from quality.derive import FREE_TEXT, derived_rules
from schemas.cleaned import axes
from schemas.contract import Contract, ContractField

# Degrees that no place in China has for its latitude.
_LONGITUDE = r"\A[^0-9]*(7[3-9]|[89][0-9]|1[0-3][0-9])(?![0-9])"
_PARTS = {"birth_date": "birth_date", "sex": "sex"}


def draft(contract: Contract) -> str:
    """The text of `quality/suites/<source>.yaml` for a new contract: what that states already, and rules to begin."""
    stated = "\n".join(f"#   {rule['meta']['rule']} ({rule['severity']})" for rule in derived_rules(contract))
    rules = (
        [rule for field in contract.fields for rule in _rules(field)]
        + _amounts(contract)
        + _swapped(contract)
        + _pairs(contract)
    )
    body = "expectations:\n" + "".join(rules) if rules else "expectations: []\n"
    return (
        f"# {contract.title}: what the contract does not state already. The contract states\n{stated}\n"
        "# severity: critical sends a row to quarantine, or refuses the delivery where the rule is about the table;\n"
        "# warning marks the row and keeps it. Nulls pass. A message says what is wrong, and never a value.\n"
        "# A rule of another kind, to copy:\n"
        "#   - type: expect_column_values_to_be_in_set\n"
        f"#     kwargs: {{column: {_text_field(contract)}, value_set: [甲, 乙]}}\n"
        "#     severity: warning\n"
        f"#     meta: {{rule: {_text_field(contract)}_known, message: 取值未知 / not one of the known words}}\n"
        f"name: {contract.source}\n{body}"
    )


def _text_field(contract: Contract) -> str:
    return next((f.name for f in contract.fields if f.kind in FREE_TEXT and not f.key), contract.fields[0].name)


def _rules(field: ContractField) -> list[str]:
    match field.kind:
        case "date":
            return [_by_delivery(field, "交付日期", "_date", ", or_equal: true")]
        case "datetime" if field.name == "updated_at":
            return [_by_delivery(field, "交付", "_night_over")]
        case "decimal" | "integer":
            return [_not_negative(field.name, field.label)]
    return []


def _amounts(contract: Contract) -> list[str]:
    """Amounts that are read out of a text."""
    return [
        _not_negative(one.name, contract.field(one.source).label) for one in contract.derived if one.part == "amount"
    ]


def _by_delivery(field: ContractField, delivery: str, end: str, more: str = "") -> str:
    kwargs = f"{{column_A: {end}, column_B: {field.name}{more}, ignore_row_if: either_value_is_missing}}"
    message = f"{field.label}晚于{delivery} / {field.name} lies after the delivery"
    type_ = "expect_column_pair_values_a_to_be_greater_than_b"
    return _entry(type_, kwargs, f"{field.name}_by_delivery", field.name, message)


def _not_negative(column: str, label: str) -> str:
    kwargs, message = f"{{column: {column}, min_value: 0}}", f"{label}为负 / {column} is negative"
    return _entry("expect_column_values_to_be_between", kwargs, f"{column}_not_negative", column, message)


def _swapped(contract: Contract) -> list[str]:
    """Axes that were swapped, and have been put right."""
    latitude = axes(contract).get("latitude")
    if latitude is None:
        return []
    known = f"{{type: nullity, column: {{name: {latitude}}}, is_null: false}}"
    kwargs = f"{{column: {latitude}_raw, regex: '{_LONGITUDE}', row_condition: {known}}}"
    message = "经纬度颠倒，已对调 / longitude and latitude were swapped and have been put right"
    return [_entry("expect_column_values_to_not_match_regex", kwargs, "axes_as_named", latitude, message)]


def _pairs(contract: Contract) -> list[str]:
    """A field beside the same fact within an ID number."""
    entries = []
    for derived in contract.derived:
        for field in contract.fields:
            if _PARTS.get(derived.part) == field.name and derived.name == f"id_{derived.part}":
                kwargs = f"{{column_A: {field.name}, column_B: {derived.name}, ignore_row_if: either_value_is_missing}}"
                message = f"{field.label}与证件号码不一致 / {field.name} differs from the ID number"
                rule = f"{field.name}_as_in_id"
                equal = "expect_column_pair_values_to_be_equal"
                # A row that contradicts itself (rule 7).
                entries.append(_entry(equal, kwargs, rule, field.name, message, "critical"))
    return entries


def _entry(type_: str, kwargs: str, rule: str, column: str, message: str, severity: str = "warning") -> str:
    return (
        f"  - type: {type_}\n    kwargs: {kwargs}\n    severity: {severity}\n"
        f'    meta:\n      rule: {rule}\n      column: {column}\n      message: "{message}"\n'
    )
