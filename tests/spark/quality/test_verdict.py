"""Each expectation type finds the rows it should, and Great Expectations counts as many."""

import re
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines.session import MANY, another, fit
from quality.compile import verdict
from quality.gate import judge
from quality.suite import Rule, Suite
from schemas.errors import RendiError

G_IS_X = {"type": "comparison", "column": {"name": "g"}, "operator": "==", "parameter": "x"}
G_NOT_NULL = {"type": "nullity", "column": {"name": "g"}, "is_null": False}
AB = {"column_A": "a", "column_B": "b"}
DE = {"column_A": "d", "column_B": "e"}
EITHER = {"ignore_row_if": "either_value_is_missing"}

CASES: list[tuple[str, dict[str, Any], set[int]]] = [
    ("expect_column_values_to_not_be_null", {"column": "a"}, {3, 5}),
    ("expect_column_values_to_not_be_null", {"column": "a", "row_condition": G_IS_X}, {5}),
    ("expect_column_values_to_be_null", {"column": "a", "row_condition": G_IS_X}, {1, 2}),
    (
        "expect_column_values_to_be_null",
        {"column": "a", "row_condition": {"type": "and", "conditions": [G_NOT_NULL, G_IS_X]}},
        {1, 2},
    ),
    (
        "expect_column_values_to_be_null",
        {
            "column": "n",
            "row_condition": {
                "type": "or",
                "conditions": [
                    G_IS_X,
                    {"type": "comparison", "column": {"name": "n"}, "operator": ">", "parameter": 100},
                ],
            },
        },
        {1, 2, 6},
    ),
    (
        "expect_column_values_to_be_null",
        {
            "column": "n",
            "row_condition": {
                "type": "comparison",
                "column": {"name": "g"},
                "operator": "NOT_IN",
                "parameter": ["x", "y"],
            },
        },
        {8},
    ),
    ("expect_column_values_to_be_in_set", {"column": "a", "value_set": ["a", "𠮷田"]}, {2, 6, 8}),
    ("expect_column_values_to_not_be_in_set", {"column": "a", "value_set": ["a", ""]}, {1, 4, 8}),
    ("expect_column_values_to_match_regex", {"column": "a", "regex": r"\A[a-z]\z"}, {6, 7, 8}),
    ("expect_column_values_to_not_match_regex", {"column": "a", "regex": r"\A[a-z]\z"}, {1, 2, 4}),
    ("expect_column_values_to_be_between", {"column": "n", "min_value": 0, "max_value": 100}, {2, 6}),
    ("expect_column_values_to_be_between", {"column": "n", "min_value": 0, "strict_min": True}, {2, 7}),
    ("expect_column_values_to_be_between", {"column": "n", "max_value": 100, "strict_max": True}, {4, 6}),
    ("expect_column_values_to_be_between", {"column": "d", "min_value": "2000-01-01"}, {6}),
    ("expect_column_value_lengths_to_be_between", {"column": "a", "min_value": 1, "max_value": 1}, {6, 7, 8}),
    ("expect_column_value_lengths_to_equal", {"column": "a", "value": 2}, {1, 2, 4, 8}),
    ("expect_column_values_to_be_unique", {"column": "a"}, {1, 4}),
    ("expect_column_values_to_be_unique", {"column": "a", "row_condition": G_IS_X}, set()),
    ("expect_column_pair_values_to_be_equal", AB, {2, 3, 4, 6, 8}),
    ("expect_column_pair_values_to_be_equal", AB | EITHER, {2, 6, 8}),
    ("expect_column_pair_values_to_be_equal", AB | EITHER | {"row_condition": G_IS_X}, {2}),
    ("expect_column_pair_values_a_to_be_greater_than_b", DE | EITHER, {1, 6, 7}),
    ("expect_column_pair_values_a_to_be_greater_than_b", DE | EITHER | {"or_equal": True}, {6}),
    ("expect_column_pair_values_a_to_be_greater_than_b", DE | {"or_equal": True}, {6}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["b", "g"]}, {1, 2}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["a", "b"]}, {1, 7}),
    (
        "expect_select_column_values_to_be_unique_within_record",
        {"column_list": ["d", "e"], "ignore_row_if": "never"},
        {1, 5, 7},
    ),
]


def rule(type_: str, kwargs: dict[str, Any], name: str = "r", severity: str = "warning") -> Rule:
    meta = {"rule": name, "message": f"说明 / {name} is broken"}
    return Rule.model_validate({"type": type_, "kwargs": kwargs, "severity": severity, "meta": meta})


def named(judged: DataFrame, name: str) -> set[int]:
    both = F.concat("failed.rule", "warned.rule")
    return {row["id"] for row in judged.where(F.array_contains(both, name)).select("id").collect()}


def test_each_type_finds_its_rows_and_great_expectations_counts_as_many(people: DataFrame) -> None:
    suite = Suite(name="all", expectations=[rule(type_, kwargs, f"r{i}") for i, (type_, kwargs, _) in enumerate(CASES)])
    judged = verdict(people, suite).persist()
    found = {row["id"]: row["names"] for row in judged.select("id", F.col("warned.rule").alias("names")).collect()}
    for i, (type_, kwargs, ids) in enumerate(CASES):
        assert {id_ for id_, names in found.items() if f"r{i}" in names} == ids, (type_, kwargs)
    counted = judge(judged, suite).rules
    judged.unpersist()
    assert counted == {f"r{i}": len(ids) for i, (_, _, ids) in enumerate(CASES)}


def test_a_row_names_every_rule_it_breaks_by_severity(people: DataFrame) -> None:
    suite = Suite(
        name="two",
        expectations=[
            rule("expect_column_values_to_not_be_null", {"column": "a"}, "a_present", "critical"),
            rule("expect_column_values_to_not_be_null", {"column": "b"}, "b_present", "critical"),
            rule("expect_column_values_to_not_be_null", {"column": "n"}, "n_present"),
        ],
    )
    row = verdict(people, suite).where("id = 5").select("failed", "warned").collect()[0]
    assert [(one["rule"], one["column"]) for one in row["failed"]] == [("a_present", "a"), ("b_present", "b")]
    assert [one["message"] for one in row["warned"]] == ["说明 / n_present is broken"]
    good = verdict(people, suite).where("id = 1").select("failed", "warned").collect()[0]
    assert (good["failed"], good["warned"]) == ([], [])


def test_rules_are_compiled_where_rows_are_many(spark: SparkSession) -> None:
    large = another(spark)
    fit(large, MANY)
    rows = large.range(3).withColumn("a", F.col("id").cast("string"))
    kinds = [("expect_column_values_to_not_be_null", {"column": "a"}, "here"),
             ("expect_column_values_to_match_regex", {"column": "a", "regex": "^[01]$"}, "low")]  # fmt: skip
    judged = verdict(rows, Suite(name="x", expectations=[rule(*kind) for kind in kinds]))
    plan = judged._jdf.queryExecution().executedPlan().toString()  # type: ignore[operator]
    # An expression that Spark cannot compile keeps the whole step around it out of the compiled code.
    assert re.search(r"^\*\(1\) Project", plan), plan
    assert [row["warned"] for row in judged.orderBy("id").select("warned.rule").toDF("warned").collect()] == [
        [],
        [],
        ["low"],
    ]


def test_a_suite_without_rules_gives_empty_arrays_of_the_same_type(people: DataFrame) -> None:
    some = verdict(people, Suite(name="x", expectations=[rule("expect_column_values_to_not_be_null", {"column": "a"})]))
    none = verdict(people, Suite(name="x", expectations=[]))
    assert none.schema["failed"].dataType.simpleString() == some.schema["warned"].dataType.simpleString()


@pytest.mark.parametrize(
    "kwargs",
    [
        {"column": "aa"},
        {"column": "a", "row_condition": {"type": "nullity", "column": {"name": "aa"}, "is_null": True}},
    ],
)
def test_a_rule_on_a_missing_column_stops_before_anything_runs(people: DataFrame, kwargs: dict[str, Any]) -> None:
    suite = Suite(name="people", expectations=[rule("expect_column_values_to_not_be_null", kwargs, "r")])
    with pytest.raises(RendiError, match="suite people: rule 'r' names the missing column 'aa'; did you mean 'a'"):
        verdict(people, suite)
    with pytest.raises(RendiError, match="missing column"):
        judge(people.withColumns({"failed": F.array(), "warned": F.array()}), suite)


def test_numbers_do_not_bound_text(people: DataFrame) -> None:
    suite = Suite(
        name="people", expectations=[rule("expect_column_values_to_be_between", {"column": "a", "min_value": 1})]
    )
    with pytest.raises(RendiError, match=r"bounds do not fit .*, which is text"):
        verdict(people, suite)


def test_an_empty_frame_breaks_no_rule(spark: SparkSession, people: DataFrame) -> None:
    suite = Suite(name="all", expectations=[rule(type_, kwargs, f"r{i}") for i, (type_, kwargs, _) in enumerate(CASES)])
    assert set(judge(verdict(people.limit(0), suite), suite).rules.values()) == {0}
