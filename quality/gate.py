"""The gate: Great Expectations runs a suite over the judged rows, and its counts must equal ours, rule by rule."""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from quality.compile import check_columns
from quality.condition import Condition, to_column
from quality.suite import Rule, Suite
from schemas.errors import RendiError

# Counts, and nothing that was counted: a result with example values would carry identifiers into reports.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}

# Below so many rows one task is faster than several: without an exchange, every aggregate is one job and not two.
_SMALL = 50_000

# Great Expectations keeps its data sources in one list a process; sources run in two or three threads.
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Judgement:
    """What a suite said of one frame.

    rows: how many were judged. failed: how many of them break a critical rule. rules: rows that break each row rule.
    refused: messages of the critical table-level rules that failed, for which the delivery is refused. noted: those of
    severity warning. result: Great Expectations' own validation result as plain data, for Data Docs; it holds no value
    of the table.
    """

    suite: str
    rows: int
    failed: int
    rules: dict[str, int]
    refused: list[str]
    noted: list[str]
    result: dict[str, Any]


def judge(judged: DataFrame, suite: Suite, whole: DataFrame | None = None) -> Judgement:
    """Run a suite by Great Expectations over rows that `verdict` has judged.

    judged: the suite's columns, `failed` and `warned`; persist it before, for it is read several times.
    whole: the rows that table-level rules judge where `judged` is but the changed part of a delivery.
    RendiError where a column is missing, a check cannot run, or Great Expectations counts other rows than `verdict`.
    """
    check_columns(judged, suite)
    for column in ("failed", "warned"):
        if column not in judged.columns:
            raise RendiError(f"suite {suite.name}: the frame has no column '{column}': call verdict() before judge()")
    named, total, bad = _counts(judged)
    if total < _SMALL:
        judged = judged.coalesce(1)
    if whole is None:
        results = _validate(judged, suite.name, suite.expectations)
    else:
        results = _merged(
            _validate(judged, suite.name, suite.row_rules), _validate(whole, suite.name, suite.table_rules)
        )
    by_rule = {one["expectation_config"]["meta"]["rule"]: one for one in results["results"]}
    rules = {rule.name: int(by_rule[rule.name]["result"].get("unexpected_count") or 0) for rule in suite.row_rules}
    _check_equal(suite, rules, named)
    fell = [rule for rule in suite.table_rules if not by_rule[rule.name]["success"]]
    return Judgement(
        suite=suite.name,
        rows=total,
        failed=bad,
        rules=rules,
        refused=[rule.meta.message for rule in fell if rule.severity == "critical"],
        noted=[rule.meta.message for rule in fell if rule.severity == "warning"],
        result=results,
    )


def counts(judged: DataFrame) -> dict[str, int]:
    """How many rows name each rule in `failed` or `warned`; rules that no row names are not there."""
    return _counts(judged)[0]


def _counts(judged: DataFrame) -> tuple[dict[str, int], int, int]:
    # A row that names no rule still gives one row, without a rule; with the first of a row's names marked, the same
    # job counts the rows.
    names = F.posexplode_outer(F.concat("failed.rule", "warned.rule")).alias("at", "rule")
    named = judged.select(names, (F.size("failed") > 0).alias("bad"))
    first = F.coalesce("at", F.lit(0)) == 0
    found = (
        named.groupBy("rule")
        .agg(
            F.count("rule").alias("named"),
            F.count_if(first).alias("rows"),
            F.count_if(first & F.col("bad")).alias("bad"),
        )
        .collect()
    )
    rules = {row["rule"]: row["named"] for row in found if row["rule"]}
    return rules, sum(row["rows"] for row in found), sum(row["bad"] for row in found)


def _check_equal(suite: Suite, theirs: dict[str, int], ours: dict[str, int]) -> None:
    differ = [
        f"{rule} ({ours.get(rule, 0)} rows named, {theirs.get(rule, 0)} counted)"
        for rule in sorted(theirs.keys() | ours.keys())
        if ours.get(rule, 0) != theirs.get(rule, 0)
    ]
    if differ:
        raise RendiError(
            f"suite {suite.name}: verdicts and Great Expectations differ on {', '.join(differ)}; nothing was written. "
            "Judge the frame again with the suite as it is now"
        )


def _merged(rows: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    results = [*rows["results"], *table["results"]]
    good = sum(one["success"] for one in results)
    statistics = {
        "evaluated_expectations": len(results),
        "successful_expectations": good,
        "unsuccessful_expectations": len(results) - good,
        "success_percent": 100.0 * good / len(results) if results else None,
    }
    return {**rows, "success": good == len(results), "results": results, "statistics": statistics}


def _validate(frame: DataFrame, name: str, rules: list[Rule]) -> dict[str, Any]:
    from great_expectations import ExpectationSuite  # noqa: PLC0415 (takes seconds to import)
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration  # noqa: PLC0415

    folded = {rule.name: rule for rule in rules if _folds(rule)}
    # Each rule plans its own queries over all columns that it is given.
    own = sorted({column for rule in rules for column in rule.reads}) or frame.columns[:1]
    view = frame.select(
        *own, *(_within(rule, rule.condition).alias(_column(rule)) for rule in folded.values() if rule.condition)
    )
    suite = ExpectationSuite(name=name)
    suite.expectations = [
        ExpectationConfiguration(
            type=rule.type,
            kwargs=_folded(rule) if rule.name in folded else rule.kwargs,
            meta=rule.meta.model_dump(exclude_none=True),
            severity=rule.severity,
        ).to_domain_obj()
        for rule in rules
    ]
    with _batch(view) as batch:
        results: dict[str, Any] = batch.validate(suite, result_format=_RESULT_FORMAT).to_json_dict()
    for one in results["results"]:
        config = one["expectation_config"]
        rule = config["meta"]["rule"]
        if one["exception_info"].get("raised_exception", True):
            # Its text could hold a value of the data.
            raise RendiError(f"suite {name}: rule '{rule}' could not be checked; see whether its columns' types fit it")
        if rule in folded:
            config["kwargs"] = {**folded[rule].kwargs, "batch_id": name}
        else:
            config["kwargs"]["batch_id"] = name
    # Names of this run's making, and the time: the same rows give the same result.
    results["meta"] = {
        "great_expectations_version": results["meta"]["great_expectations_version"],
        "active_batch_definition": {"data_asset_name": name},
    }
    return results


def _folds(rule: Rule) -> bool:
    """Whether the row condition can be folded into the judged column: NULL where it does not hold, and nulls pass.

    Great Expectations runs a job or more for every different row condition; folded, a suite needs one for all
    (14 conditions on 330 thousand rows: 56 jobs, folded 4). A share of rows and the count of equal values would mean
    something else.
    """
    return (
        rule.condition is not None
        and rule.finds_rows
        and rule.judged == [rule.kwargs.get("column")]
        and rule.type != "expect_column_values_to_be_unique"
    )


def _within(rule: Rule, condition: Condition) -> Column:
    """The judged column where the rule's condition holds; elsewhere a value that passes."""
    column, holds = F.col(rule.judged[0]), to_column(condition)
    if rule.type == "expect_column_values_to_not_be_null":
        return F.when(holds, column.cast("string")).otherwise(F.lit(""))
    return F.when(holds, column)


def _column(rule: Rule) -> str:
    return f"_folded_{rule.name}"


def _folded(rule: Rule) -> dict[str, Any]:
    plain = {key: value for key, value in rule.kwargs.items() if key != "row_condition"}
    return {**plain, "column": _column(rule)}


@cache
def _context() -> Any:
    # Read when the package is imported: no usage statistics leave the machine.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx  # noqa: PLC0415

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


@contextmanager
def _batch(frame: DataFrame) -> Iterator[Any]:
    """A batch of its own data source: one that several threads share would hand one thread another's rows."""
    name = uuid.uuid4().hex
    with _LOCK:
        context = _context()
        # By default every batch is persisted and never released.
        source = context.data_sources.add_spark(name, persist=False)
        definition = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
        batch = definition.get_batch(batch_parameters={"dataframe": frame})
    try:
        yield batch
    finally:
        with _LOCK:
            context.data_sources.delete(name)
