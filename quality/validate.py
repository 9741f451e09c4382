"""Great Expectations over one frame: a suite's rules in, its own validation result out, with counts and no values."""

import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from quality.condition import Condition, to_column
from quality.suite import Rule
from schemas.errors import RendiError

# Counts, and nothing that was counted: a result with example values would carry identifiers into reports.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}

_ENGINE = "SparkDFExecutionEngine"

# Great Expectations keeps its data sources in one list a process; sources run in two or three threads.
_LOCK = threading.Lock()


def validate(frame: DataFrame, name: str, rules: list[Rule]) -> dict[str, Any]:
    """Run rules over a frame; gives Great Expectations' validation result as plain data, each rule by its own words.

    name: of the suite. RendiError where a rule could not be checked.
    """
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


def by_rule(result: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a validation result says of each rule, by its name."""
    return {one["expectation_config"]["meta"]["rule"]: one for one in result["results"]}


def unexpected(said: Mapping[str, Any]) -> int:
    """How many rows break a rule. said: as `by_rule`; 0 for a rule that finds no rows."""
    return int(said["result"].get("unexpected_count") or 0)


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
    _without_examples()
    return context


def _without_examples() -> None:
    """Answer every question for example values with none.

    No result holds any, and still Great Expectations would plan and run a query a rule that ends in `LIMIT 0`: four
    tenths of a small suite's time.
    """
    from great_expectations.expectations import registry  # noqa: PLC0415

    for name, metric in registry._registered_metrics.items():
        providers = metric["providers"]
        if name.endswith(".unexpected_values") and _ENGINE in providers:
            owner, _ = providers[_ENGINE]
            providers[_ENGINE] = (owner, lambda *_, **__: [])


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
