"""A rule that compares a column with a value of another type says what to write."""

import pytest

from quality import suite
from schemas import contract
from schemas.errors import RendiError

BETWEEN, IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
LENGTH, PAIR = "expect_column_value_lengths_to_equal", "expect_column_pair_values_to_be_equal"
UNIQUE = "expect_compound_columns_to_be_unique"


def parsed(type_: str, kwargs: str, source: str = "police_household") -> suite.Rule:
    """The rule, its arguments written as in YAML."""
    text = (
        f"name: {source}\nexpectations:\n  - type: {type_}\n    kwargs: {{{kwargs}}}\n    severity: warning\n"
        "    meta: {rule: one, message: 错 / wrong}\n"
    )
    return suite.parse(text, f"{source}.yaml", contract.load(source)).expectations[-1]


def compared(column: str, parameter: str) -> str:
    condition = f"{{type: comparison, column: {{name: {column}}}, operator: '==', parameter: {parameter}}}"
    both = f"{{type: and, conditions: [{condition}]}}"
    return f"column: name, row_condition: {{type: or, conditions: [{both}]}}"


@pytest.mark.parametrize(
    ("type_", "kwargs", "said"),
    [
        (BETWEEN, "column: birth_date, min_value: 1990", "min_value: 1990 does not fit 'birth_date', which is date"),
        (BETWEEN, "column: _date, max_value: true", "max_value: a number or a date"),
        (BETWEEN, "column: birth_date, min_value: [1990]", "min_value: a number or a date"),
        (BETWEEN, "column: sex, min_value: 1", "bounds do not fit 'sex', which is text; use a regex"),
        (BETWEEN, "column: name_raw, max_value: 2000-01-01", "bounds do not fit 'name_raw'"),
        (BETWEEN, "column: _row, min_value: 2000-01-01", "which is number: write a number, without quotes"),
        (
            IN_SET,
            "column: sex, value_set: [1, 2]",
            "value_set: 1 does not fit 'sex', which is text: write",
        ),
        (IN_SET, "column: sex, value_set: [01, yes]", "in quotes, as '01' (YAML reads 01 as a number"),
        (IN_SET, "column: sex, value_set: ['1', yes]", "value_set: true does not fit 'sex'"),
        (IN_SET, "column: birth_date, value_set: [1990]", "write a day, as 1949-10-01"),
        (IN_SET, compared("sex", "1") + ", value_set: [甲]", "row_condition: 1 does not fit 'sex'"),
        (IN_SET, compared("birth_date", "['1990']") + ", value_set: [甲]", 'row_condition: "1990" does not fit'),
        (IN_SET, "column: 1, value_set: ['1']", "column: the name of a column is needed"),
        (IN_SET, "column: [sex], value_set: ['1']", "column: the name of a column is needed"),
        (PAIR, "column_A: sex, column_B: yes", "column_B: the name of a column is needed"),
        (UNIQUE, "column_list: sex", "column_list: a list of columns is needed"),
        (UNIQUE, "column_list: []", "column_list: a list of columns is needed"),
        (LENGTH, "column: sex, value: '1'", "value: expect_column_value_lengths_to_equal counts: a number is needed"),
        ("expect_column_value_lengths_to_be_between", "column: sex, min_value: 2000-01-01", "a number is needed"),
    ],
)
def test_a_value_of_another_type_is_told_with_what_to_write(type_: str, kwargs: str, said: str) -> None:
    with pytest.raises(RendiError) as told:
        parsed(type_, kwargs)
    assert str(told.value).startswith("police_household.yaml: one: ")
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("source", "type_", "kwargs"),
    [
        ("police_household", BETWEEN, "column: birth_date, min_value: 1990-01-01"),
        ("police_household", BETWEEN, "column: updated_at, min_value: 1990-01-01"),
        ("police_household", IN_SET, "column: sex, value_set: ['01', 'yes']"),
        ("police_household", IN_SET, compared("birth_date", "1990-01-01") + ", value_set: [甲]"),
        ("market_register", BETWEEN, "column: capital_wan, min_value: 0.5, max_value: 10"),
        ("market_register", IN_SET, "column: capital_wan, value_set: [1, 2.5]"),
        # What a derived field is, only the frame says.
        ("company_register", BETWEEN, "column: capital_wan, min_value: 0"),
    ],
)
def test_a_value_of_the_columns_type_is_taken(source: str, type_: str, kwargs: str) -> None:
    assert parsed(type_, kwargs, source).name == "one"


def test_a_key_that_is_no_word_is_told() -> None:
    with pytest.raises(RendiError, match="unknown key '1'"):
        suite.parse("name: a\nexpectations: []\n1: x", "a.yaml")
