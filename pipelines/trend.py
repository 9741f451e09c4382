"""What governed/ops tells of the last nights: how each went, what each unit took, how often each suite was broken."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from pipelines.late import late
from pipelines.state import MASTERS, closings, deliveries, last_units, open_table, ops
from schemas.contract import Contract
from schemas.errors import RendiError


def units(root: str, night: dt.date) -> list[dict[str, Any]]:
    """What each unit took in a night, of each source as of the last closing that it ran in, in the order of the units.

    Gives unit, sources (how many it ran for; None of a unit that runs once), failed, seconds (added up over sources),
    rows_in, rows_out (None in nights from before these were counted).
    """
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in last_units(root):
        if row["night"] == night:
            found[row["unit"]].append(row)
    return [
        {
            "unit": unit,
            "sources": len({r["source"] for r in rows if r["source"]}) or None,
            "failed": sum(r["state"] == "failed" for r in rows),
            "seconds": round(sum(r["seconds"] for r in rows), 1),
            "rows_in": _sum(r.get("rows_in") for r in rows),
            "rows_out": _sum(r.get("rows_out") for r in rows),
        }
        for unit, rows in found.items()
    ]


def nights(root: str, contracts: Iterable[Contract], days: int) -> list[dict[str, Any]]:
    """The nights of the last `days` days, oldest first; the last one that took anything ends them.

    Gives night, closed (its last closing, None where it did not), seconds (of all its runs that closed), delivered,
    accepted, quarantined, duplicates (rows of accepted deliveries), refused (deliveries), late (sources, those that
    never delivered left out), failed (units, as of their last closing), and the rows of each master at its closing.
    """
    contracts, entries = list(contracts), deliveries(root)
    runs: dict[dt.date, list[dict[str, Any]]] = defaultdict(list)
    for run in reversed(closings(root)):
        runs[run["night"]].append(run)
    failed = Counter(r["night"] for r in last_units(root) if r["state"] == "failed")
    told = []
    for night in _last({*runs, *(e.night for e in entries)}, days):
        closed = runs[night]
        of = [e for e in entries if e.night == night]
        taken = [e for e in of if e.state == "accepted"]
        sums = {what: sum(getattr(e, what) for e in taken) for what in ("delivered", "accepted", "quarantined")}
        told.append(
            {
                "night": night,
                "closed": closed[-1]["ended"] if closed else None,
                "seconds": round(sum((r["ended"] - r["started"]).total_seconds() for r in closed), 1),
                **sums,
                "duplicates": sum(e.duplicates for e in taken),
                "refused": sum(e.state == "refused" for e in of),
                "late": sum(one["state"] == "late" for one in late(entries, contracts, night)),
                "failed": failed[night],
                **{master: _count(root, master, closed) for master in MASTERS},
            }
        )
    return told


def quality(root: str, days: int) -> list[dict[str, Any]]:
    """Every suite in each of the last `days` days' nights in which it judged something, by suite and night.

    Gives suite, night, delivered (rows judged; None of a master's suite), broken (how often a row broke a rule), rule
    (that most rows broke, None where none did).
    """
    entries = [e for e in deliveries(root) if e.state in ("accepted", "replaced")]
    night_of = {(e.source, e.delivery): e.night for e in entries}
    rules: dict[tuple[str, dt.date], Counter[str]] = defaultdict(Counter)
    for row in ops(root, "quality"):
        # The masters are judged by night, and belong to no delivery.
        night = night_of.get((row["source"], row["delivery"])) if row["delivery"] else row["date"]
        if night is not None:
            rules[row["source"], night][row["rule"]] += row["broken"]
    judged: Counter[tuple[str, dt.date]] = Counter()
    for e in entries:
        judged[e.source, e.night] += e.delivered
    shown = _last({night for _, night in (*rules, *judged)}, days)
    told = []
    for suite, night in sorted({*rules, *judged}):
        if night in shown:
            worst = rules[suite, night].most_common(1)
            told.append(
                {
                    "suite": suite,
                    "night": night,
                    "delivered": judged.get((suite, night)),
                    "broken": rules[suite, night].total(),
                    "rule": worst[0][0] if worst else None,
                }
            )
    return told


def _last(found: Iterable[dt.date], days: int) -> list[dt.date]:
    found = sorted(found)
    return [night for night in found if (found[-1] - night).days < days]


def _count(root: str, master: str, closed: list[dict[str, Any]]) -> int | None:
    version = closed[-1]["versions"].get(f"master/{master}") if closed else None
    if version is None:
        return None
    try:
        table = open_table(root, f"master/{master}", version)
    except RendiError:
        # It was made anew since, or its log no longer reaches back so far.
        return None
    files = pa.table(table.get_add_actions())
    return int(sum(files["num_records"].to_pylist()))


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
