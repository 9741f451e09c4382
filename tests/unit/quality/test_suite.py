"""A suite that is wrong says where, which key, and the nearest right word."""

import great_expectations.expectations as gx
import pytest
import yaml
from great_expectations.expectations.registry import get_expectation_impl

from quality import suite
from quality.derive import derived_rules
from quality.draft import draft
from quality.vocabulary import FORMS
from schemas import contract
from schemas.errors import RendiError

HOUSEHOLD = contract.load("police_household")
GOOD = {
    "type": "expect_column_values_to_be_in_set",
    "kwargs": {"column": "sex", "value_set": ["1", "2"]},
    "severity": "warning",
    "meta": {"rule": "sex_known", "message": "性别未知 / sex is unknown"},
}


def parsed(**changes: object) -> suite.Suite:
    text = yaml.safe_dump({"name": "police_household", "expectations": [{**GOOD, **changes}]}, allow_unicode=True)
    return suite.parse(text, "police_household.yaml", HOUSEHOLD)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"type": "expect_column_values_to_be_in_sett"},
            ["sex_known", "did you mean 'expect_column_values_to_be_in_set'"],
        ),
        ({"kwargs": {"column": "sexx", "value_set": ["1"]}}, ["unknown column 'sexx'", "did you mean 'sex"]),
        ({"kwargs": {"column": "sex", "value_sets": ["1"]}}, ["takes no 'value_sets'", "did you mean 'value_set'"]),
        ({"kwargs": {"column": "sex"}}, ["needs 'value_set'"]),
        ({"kwargs": {"column": "sex", "value_set": [None, "1"]}}, ["value_set", "nulls pass"]),
        ({"severity": "criticl"}, ["sex_known: severity", "'critical' or 'warning'"]),
        ({"sevrity": "warning"}, ["sevrity", "did you mean 'severity'"]),
        ({"meta": {"rule": "sex_known", "mesage": "x"}}, ["meta.message"]),
        ({"meta": {"rule": "Sex known", "message": "x"}}, ["meta.rule"]),
        ({"meta": {"rule": "name_present", "message": "x"}}, ["rule 'name_present' stands twice"]),
        (
            {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "sex", "regex": "^[12]$"}},
            [r"end with \z"],
        ),
        (
            {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "sex", "regex": r"\A(1|2\z"}},
            ["sex_known: regex", "unterminated"],
        ),
        (
            {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "sex", "regex": r"\A1(,[12])*\z"}},
            ["sex_known: regex", "write )*+ for )*"],
        ),
        (
            {"type": "expect_column_values_to_be_between", "kwargs": {"column": "birth_date"}},
            ["needs 'min_value' or 'max_value'"],
        ),
        (
            {"type": "expect_column_values_to_be_between", "kwargs": {"column": "sex", "min_value": "1"}},
            ["min_value", "use a regex for text"],
        ),
        (
            {
                "type": "expect_column_value_lengths_to_be_between",
                "kwargs": {"column": "sex", "min_value": 2, "max_value": 1},
            },
            ["min_value lies above max_value"],
        ),
        (
            {
                "kwargs": {
                    "column": "sex",
                    "value_set": ["1"],
                    "row_condition": {"type": "nullity", "column": {"name": "statuss"}, "is_null": True},
                }
            },
            ["unknown column 'statuss'", "did you mean 'status'"],
        ),
        (
            {"kwargs": {"column": "sex", "value_set": ["1"], "row_condition": {"type": "nulity"}}},
            ["row_condition"],
        ),
        (
            {
                "type": "expect_column_pair_values_to_be_equal",
                "kwargs": {"column_A": "sex", "column_B": "id_sex", "ignore_row_if": "either_value_missing"},
            },
            ["did you mean 'either_value_is_missing'"],
        ),
    ],
)
def test_a_wrong_rule_names_file_key_and_nearest_word(changes: dict[str, object], words: list[str]) -> None:
    with pytest.raises(RendiError) as error:
        parsed(**changes)
    assert "police_household.yaml" in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_a_suite_that_is_no_yaml_names_the_line() -> None:
    with pytest.raises(RendiError, match=r"x\.yaml, line 2"):
        suite.parse("name: x\nexpectations: ]\ntable: y", "x.yaml")


def test_a_suite_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(RendiError, match="did you mean 'police_household'"):
        suite.load("police_houshold")


def test_a_suite_under_anothers_name_is_refused() -> None:
    with pytest.raises(RendiError, match="the file's name says 'b'"):
        suite.parse("name: a\nexpectations: []", "b.yaml")


def test_every_suite_loads_and_every_source_has_one() -> None:
    for table in suite.tables():
        of_source = contract.load(table) if table in contract.sources() else None
        assert suite.load(table, of_source).expectations
    assert set(contract.sources()) <= set(suite.tables())
    assert {"master_person", "master_legal_entity", "master_place"} <= set(suite.tables())


def test_messages_are_in_both_languages() -> None:
    for table in suite.tables():
        of_source = contract.load(table) if table in contract.sources() else None
        for rule in suite.load(table, of_source).expectations:
            chinese, _, english = rule.meta.message.partition(" / ")
            assert chinese and english.isascii(), f"{table}: {rule.name}"


def test_a_contract_states_presence_validity_and_key() -> None:
    rules = {rule["meta"]["rule"]: rule["severity"] for rule in derived_rules(HOUSEHOLD)}
    assert rules["line_readable"] == rules["key_present"] == rules["name_present"] == "critical"
    assert rules["id_number_valid"] == "warning"
    assert rules["name_valid"] == rules["address_valid"] == "warning"
    assert "person_no_present" not in rules
    assert rules["name_tells_who"] == "critical"
    assert "former_name_tells_who" not in rules


def test_a_date_in_yaml_is_compared_as_iso_text() -> None:
    kwargs = {"column": "birth_date", "min_value": "1949-10-01"}
    text = yaml.safe_dump(
        {"name": "x", "expectations": [{**GOOD, "type": "expect_column_values_to_be_between", "kwargs": kwargs}]}
    )
    rule = suite.parse(text.replace("'1949-10-01'", "1949-10-01"), "x.yaml").expectations[0]
    assert rule.kwargs["min_value"] == "1949-10-01"


def test_mostly_makes_a_rule_about_the_table() -> None:
    known = {**GOOD, "kwargs": {**GOOD["kwargs"], "mostly": 0.9}}  # type: ignore[dict-item]
    assert [rule.name for rule in parsed(**known).table_rules] == ["sex_known"]


def test_a_fingerprint_follows_the_rules() -> None:
    assert parsed().fingerprint == parsed().fingerprint
    assert parsed().fingerprint != parsed(severity="critical").fingerprint


@pytest.mark.parametrize("type_", sorted(FORMS))
def test_the_vocabulary_is_great_expectations_own(type_: str) -> None:
    fields = get_expectation_impl(type_).__fields__
    form = FORMS[type_]
    assert set(form.known) <= set(fields)
    assert {name for name, field in fields.items() if field.required} <= {*form.columns, *form.needs}
    assert gx.Expectation in get_expectation_impl(type_).__mro__


@pytest.mark.parametrize("source", contract.sources())
def test_a_draft_is_a_suite_of_its_contract(source: str) -> None:
    of_source = contract.load(source)
    drafted = suite.parse(draft(of_source), f"{source}.yaml", of_source)
    assert len(drafted.expectations) >= len(derived_rules(of_source))
