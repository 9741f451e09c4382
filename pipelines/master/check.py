"""The gate of the masters: a night whose masters break a critical rule does not close (rule 4)."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipelines.lake import Lake
from pipelines.validations import judged
from quality import suite
from quality.compile import check_columns
from quality.suite import Suite
from quality.validate import by_rule, unexpected, validate
from schemas.errors import RendiError

SUITES = {
    "master/person": "master_person",
    "master/legal_entity": "master_legal_entity",
    "master/place": "master_place",
}


def check(lake: Lake, closed: Mapping[str, int], threads: int = 2) -> dict[str, dict[str, Any]]:
    """Judge each master that differs from the last closed night's, or was judged by other rules.

    Gives Great Expectations' result by suite. closed: table → version. RendiError names the suite and the critical
    rules that do not hold.
    """
    due = {}
    for table, name in SUITES.items():
        rules = suite.load(name)
        same = closed.get(table) == lake.version(table) and judged(lake, name).get("rules") == rules.fingerprint
        if lake.exists(table) and not same:
            due[table] = rules
    with ThreadPoolExecutor(threads) as pool:
        jobs = {r.name: pool.submit(_judge, lake.for_thread(), table, r) for table, r in due.items()}
    results = {name: job.result() for name, job in jobs.items()}
    broken = [f"{r.name}: {message}" for r in due.values() for message in _broken(r, results[r.name])]
    if broken:
        raise RendiError(
            f"the masters do not pass their suites ({'; '.join(broken)}); the last closed night stays. Look at "
            "master's newest version with Spark or delta-rs, mend the source or schemas/authority, and run again"
        )
    return results


def _judge(lake: Lake, table: str, rules: Suite) -> dict[str, Any]:
    # No row is set aside for a rule, so that Great Expectations' counts are all that is needed.
    rows = lake.read(table).select(*sorted({c for rule in rules.expectations for c in rule.reads}))
    check_columns(rows, rules)
    result = validate(rows, rules.name, rules.expectations)
    told = {"rules": rules.fingerprint, "version": lake.version(table), "table": lake.identity(table)}
    return {**result, "meta": {**result["meta"], **told}}


def _broken(rules: Suite, result: Mapping[str, Any]) -> list[str]:
    """Messages of the critical rules that do not hold, with how many rows break one that is about rows."""
    said = by_rule(result)
    messages = []
    for rule in (r for r in rules.expectations if r.severity == "critical"):
        rows = unexpected(said[rule.name])
        if rule.finds_rows and rows:
            messages.append(f"{rule.meta.message} ({rows})")
        elif not rule.finds_rows and not said[rule.name]["success"]:
            messages.append(rule.meta.message)
    return messages


def require_judged(lake: Lake, closed: Mapping[str, int]) -> None:
    """RendiError where a master is neither the last closed night's nor one that passed its suite. closed: as above."""
    for table, name in SUITES.items():
        newest = lake.version(table)
        told = judged(lake, name)
        # What was kept of a table that was set aside says nothing of the one that was made anew.
        passed = told.get("version") if told.get("table") == lake.identity(table) else None
        if newest not in (-1, closed.get(table), passed):
            raise RendiError(
                f"{table} has not passed its suite since it changed: nothing of it is opened, the last closed night "
                "stays. Run the night from master on: `rendi run --from master`"
            )
