"""The gate: Great Expectations runs a suite over the judged rows, and its counts must equal ours, rule by rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from quality.compile import check_columns
from quality.suite import Suite
from quality.validate import by_rule, unexpected, validate
from schemas.errors import RendiError

# Below so many rows one task is faster than several: without an exchange, every aggregate is one job and not two.
_SMALL = 50_000


@dataclass(frozen=True)
class Tally:
    """What verdicts say of rows.

    rows: how many. failed: how many of them break a critical rule. named: how often they name a rule. rules: how many
    rows break each row rule of the suite.
    """

    rows: int
    failed: int
    named: int
    rules: dict[str, int]


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


def judge(judged: DataFrame, suite: Suite, whole: DataFrame | None = None, tally: Tally | None = None) -> Judgement:
    """Run a suite by Great Expectations over rows that `verdict` has judged.

    judged: the suite's columns, `failed` and `warned`; persist it before, for it is read several times.
    whole: the rows that table-level rules judge where `judged` is but the changed part of a delivery.
    tally: of `judged`, where its rows were counted already.
    RendiError where a column is missing, a check cannot run, or Great Expectations counts other rows than `verdict`.
    """
    check_columns(judged, suite)
    for column in ("failed", "warned"):
        if column not in judged.columns:
            raise RendiError(f"suite {suite.name}: the frame has no column '{column}': call verdict() before judge()")
    if tally is None:
        (found,) = judged.agg(*(c.alias(name) for name, c in measures(suite, all=F.lit(True)).items())).collect()
        tally = tallied(suite, found.asDict(), "all")
    if tally.rows < _SMALL:
        judged = judged.coalesce(1)
    if whole is None:
        results = validate(judged, suite.name, suite.expectations)
    else:
        results = _merged(validate(judged, suite.name, suite.row_rules), validate(whole, suite.name, suite.table_rules))
    said = by_rule(results)
    rules = {rule.name: unexpected(said[rule.name]) for rule in suite.row_rules}
    _check_equal(suite, rules, tally)
    fell = [rule for rule in suite.table_rules if not said[rule.name]["success"]]
    return Judgement(
        suite=suite.name,
        rows=tally.rows,
        failed=tally.failed,
        rules=rules,
        refused=[rule.meta.message for rule in fell if rule.severity == "critical"],
        noted=[rule.meta.message for rule in fell if rule.severity == "warning"],
        result=results,
    )


def measures(suite: Suite, **among: Column) -> dict[str, Column]:
    """Aggregates over judged rows, for `tallied` to read; they cost no job where a frame is computed anyway.

    among: name of a tally -> whether a row belongs to it.
    """
    made = {}
    for name, mine in among.items():
        made[f"{name}_rows"] = F.count_if(mine)
        made[f"{name}_failed"] = F.count_if(mine & (F.size("failed") > 0))
        made[f"{name}_named"] = F.sum(F.when(mine, F.size("failed") + F.size("warned")).otherwise(0))
        for rule in suite.row_rules:
            names = F.col("failed.rule" if rule.severity == "critical" else "warned.rule")
            made[f"{name}_rule_{rule.name}"] = F.count_if(mine & F.array_contains(names, rule.name))
    return made


def tallied(suite: Suite, found: Mapping[str, int | None], name: str) -> Tally:
    """The tally of a name from what `measures` came to; of no row nothing needs to have come."""
    return Tally(
        rows=found.get(f"{name}_rows") or 0,
        failed=found.get(f"{name}_failed") or 0,
        named=found.get(f"{name}_named") or 0,
        rules={rule.name: found.get(f"{name}_rule_{rule.name}") or 0 for rule in suite.row_rules},
    )


def _check_equal(suite: Suite, theirs: dict[str, int], tally: Tally) -> None:
    ours = tally.rules
    differ = [
        f"{rule} ({ours[rule]} rows named, {theirs[rule]} counted)"
        for rule in sorted(ours)
        if ours[rule] != theirs[rule]
    ]
    stray = tally.named - sum(ours.values())
    if stray:
        differ.append(f"rules of another suite ({stray} times named)")
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
