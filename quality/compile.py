"""Row rules as Spark columns: which rows break which rule.

Great Expectations counts failing rows but cannot hand them over (its lists are cut at 200 rows), so the same rules
are compiled here once, each to one Boolean column with Great Expectations' meaning: nulls pass.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from quality.broken import broken
from quality.condition import to_column
from quality.literals import check_literals
from quality.suite import Rule, Suite
from schemas.errors import RendiError, nearest


def verdict(frame: DataFrame, suite: Suite, apart: Sequence[str] = ()) -> DataFrame:
    """Judge every row.

    frame: the columns that the suite names. apart: columns that part rows which are no duplicates of one another.
    Returns it with `failed` (rules of severity critical that the row breaks)
    and `warned` (those of severity warning), both array<struct<rule, column, message: string>>, empty for a good row.
    RendiError where a rule names a column that the frame has not.
    """
    check_columns(frame, suite)
    return frame.withColumns(
        {
            "failed": _broken([rule for rule in suite.row_rules if rule.severity == "critical"], apart),
            "warned": _broken([rule for rule in suite.row_rules if rule.severity == "warning"], apart),
        }
    )


def check_columns(frame: DataFrame, suite: Suite) -> None:
    """RendiError where a rule names a missing column, or compares one with what its type cannot be."""
    types = {field.name: field.dataType.simpleString() for field in frame.schema.fields}
    for rule in suite.expectations:
        where = f"suite {suite.name}: rule '{rule.name}'"
        for column in rule.reads:
            if column not in types:
                raise RendiError(f"{where} names the missing column '{column}'{nearest(column, types)}")
        check_literals(rule.type, rule.kwargs, rule.condition, types, where)


def breaks(rule: Rule, apart: Sequence[str] = ()) -> Column:
    """Whether a row breaks the rule: a Boolean column that is never NULL. apart: as in `verdict`."""
    within = [F.col(column) for column in apart]
    if rule.condition is None:
        return F.coalesce(_compiled(rule, within), F.lit(False))
    holds = F.coalesce(to_column(rule.condition), F.lit(False))
    return F.coalesce(holds & _compiled(rule, [*within, holds]), F.lit(False))


def _compiled(rule: Rule, within: list[Column]) -> Column:
    """within: columns that part the rows among which a value is unique."""
    if rule.type in _UNIQUE:
        return _UNIQUE[rule.type](rule.kwargs, within)
    return _ROW[rule.type](rule.kwargs)


def _broken(rules: list[Rule], apart: Sequence[str]) -> Column:
    return broken((breaks(rule, apart), rule.name, rule.column, rule.meta.message) for rule in rules)


def _between(value: Column, kwargs: dict[str, Any]) -> Column:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    outside = []
    if low is not None:
        outside.append(value <= F.lit(low) if kwargs.get("strict_min") else value < F.lit(low))
    if high is not None:
        outside.append(value >= F.lit(high) if kwargs.get("strict_max") else value > F.lit(high))
    return reduce(lambda a, b: a | b, outside)


def _more_than_one(columns: list[str], within: list[Column]) -> Column:
    return F.count(F.lit(1)).over(Window.partitionBy(*within, *columns)) > 1


def _pair(kwargs: dict[str, Any], broken: Column) -> Column:
    left, right = F.col(kwargs["column_A"]), F.col(kwargs["column_B"])
    match kwargs.get("ignore_row_if", "both_values_are_missing"):
        case "neither":
            return broken
        case "both_values_are_missing":
            return ~(left.isNull() & right.isNull()) & broken
        case _:
            return left.isNotNull() & right.isNotNull() & broken


def _many(kwargs: dict[str, Any], broken: Column) -> Column:
    missing = [F.col(name).isNull() for name in kwargs["column_list"]]
    match kwargs.get("ignore_row_if", "all_values_are_missing"):
        case "never":
            return broken
        case "all_values_are_missing":
            return ~reduce(lambda a, b: a & b, missing) & broken
        case _:
            return ~reduce(lambda a, b: a | b, missing) & broken


def _equal_pair(kwargs: dict[str, Any]) -> Column:
    return _pair(kwargs, ~F.col(kwargs["column_A"]).eqNullSafe(F.col(kwargs["column_B"])))


def _greater_pair(kwargs: dict[str, Any]) -> Column:
    left, right = F.col(kwargs["column_A"]), F.col(kwargs["column_B"])
    return _pair(kwargs, ~((left >= right) | left.eqNullSafe(right)) if kwargs.get("or_equal") else ~(left > right))


def _repeated_in_row(kwargs: dict[str, Any]) -> Column:
    names = kwargs["column_list"]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return _many(kwargs, reduce(lambda a, b: a | b, (F.col(a).eqNullSafe(F.col(b)) for a, b in pairs)))


_ROW: dict[str, Callable[[dict[str, Any]], Column]] = {
    "expect_column_values_to_not_be_null": lambda k: F.col(k["column"]).isNull(),
    "expect_column_values_to_be_null": lambda k: F.col(k["column"]).isNotNull(),
    "expect_column_values_to_be_in_set": lambda k: ~F.col(k["column"]).isin(k["value_set"]),
    "expect_column_values_to_not_be_in_set": lambda k: F.col(k["column"]).isin(k["value_set"]),
    "expect_column_values_to_match_regex": lambda k: ~F.col(k["column"]).rlike(k["regex"]),
    "expect_column_values_to_not_match_regex": lambda k: F.col(k["column"]).rlike(k["regex"]),
    "expect_column_values_to_be_between": lambda k: _between(F.col(k["column"]), k),
    "expect_column_value_lengths_to_be_between": lambda k: _between(F.length(k["column"]), k),
    "expect_column_value_lengths_to_equal": lambda k: F.length(k["column"]) != F.lit(k["value"]),
    "expect_column_pair_values_to_be_equal": _equal_pair,
    "expect_column_pair_values_a_to_be_greater_than_b": _greater_pair,
    "expect_select_column_values_to_be_unique_within_record": _repeated_in_row,
}
_UNIQUE: dict[str, Callable[[dict[str, Any], list[Column]], Column]] = {
    "expect_column_values_to_be_unique": lambda k, w: F.col(k["column"]).isNotNull() & _more_than_one([k["column"]], w),
    "expect_compound_columns_to_be_unique": lambda k, w: _many(k, _more_than_one(k["column_list"], w)),
}
