"""The gate of the masters: a night whose masters break a critical rule does not close (rule 4)."""

from collections.abc import Mapping
from typing import Any

from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.scratch import Scratch
from pipelines.validations import judged
from quality import gate, suite
from quality.compile import verdict
from schemas.errors import RendiError

SUITES = {
    "master/person": "master_person",
    "master/legal_entity": "master_legal_entity",
    "master/place": "master_place",
}


def check(lake: Lake, closed: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Judge each master that differs from the last closed night's, or was judged by other rules.

    Gives Great Expectations' result by suite. closed: table → version. RendiError names the suite and the critical
    rules that do not hold.
    """
    results, broken = {}, []
    for table, name in SUITES.items():
        if not lake.exists(table):
            continue
        rules = suite.load(name)
        if closed.get(table) == lake.version(table) and judged(lake, name).get("rules") == rules.fingerprint:
            continue
        with Scratch() as scratch:
            columns = sorted({c for rule in rules.expectations for c in rule.reads})
            measures = gate.measures(rules, all=F.lit(True))
            rows = scratch.keep(verdict(lake.read(table).select(*columns), rules), measures)
            judgement = gate.judge(rows, rules, tally=gate.tallied(rules, scratch.measured(rows), "all"))
        told = {"rules": rules.fingerprint, "version": lake.version(table)}
        results[name] = {**judgement.result, "meta": {**judgement.result["meta"], **told}}
        critical = [r for r in rules.row_rules if r.severity == "critical" and judgement.rules[r.name]]
        messages = [*judgement.refused, *(f"{r.meta.message} ({judgement.rules[r.name]})" for r in critical)]
        broken += [f"{name}: {message}" for message in messages]
    if broken:
        raise RendiError(
            f"the masters do not pass their suites ({'; '.join(broken)}); the last closed night stays. Look at "
            "master's newest version with Spark or delta-rs, mend the source or schemas/authority, and run again"
        )
    return results


def require_judged(lake: Lake, closed: Mapping[str, int]) -> None:
    """RendiError where a master is neither the last closed night's nor one that passed its suite. closed: as above."""
    for table, name in SUITES.items():
        newest = lake.version(table)
        if newest not in (-1, closed.get(table), judged(lake, name).get("version")):
            raise RendiError(
                f"{table} has not passed its suite since it changed, so that the night cannot close; the last closed "
                "night stays. Run the night from master on: `rendi run --from master`"
            )
