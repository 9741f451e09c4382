"""Refine one delivery: standardise ▶ judge ▶ deduplicate.

Commits: quarantine, superseded, silver, each at most once and in this order, so that a run that was killed between two
of them finds what it needs to do the same again (rule 3). Then the journal says that it was accepted.
"""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import validations
from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.refine.changed import Rest, Work, to_do
from pipelines.refine.source import Source, judged, silver_columns
from pipelines.refine.versions import repeated, survivors
from pipelines.refine.write import write_quarantine, write_versions
from pipelines.scratch import SENT_IDS, Scratch
from pipelines.session import fit, is_small
from quality import gate
from schemas.errors import RendiError
from schemas.record_key import record_id


@dataclass(frozen=True)
class _Verdicts:
    """What was judged.

    rows: those to judge, with their verdicts. tally: what these say. withdrawn: how many of the rows that they stand in
    for broke each rule. still: judged rows that stay in quarantine as they are, None where no rule asks for them.
    """

    rows: DataFrame
    tally: gate.Tally
    withdrawn: dict[str, int]
    still: DataFrame | None


def refine_one(lake: Lake, source: Source, entry: Entry) -> Entry:
    """Judge one landed delivery and commit what became of its rows; gives its entry, accepted or refused."""
    mark = lake.seen(f"silver/{source.name}")
    if mark.get("delivery") == entry.delivery and mark.get("facts") == source.facts and not mark.get("rebuilt"):
        # Killed after the last commit: only the journal is missing.
        return Entry.model_validate(mark["entry"])
    accepted = Journal(lake, source.name).accepted()
    before = None
    if not source.suite.needs_all_rows:
        before = next((e for e in reversed(accepted) if e.date < entry.date and e.facts == source.facts), None)
    with Scratch() as scratch:
        work = to_do(lake, source.contract, entry, before)
        # Rules about the whole table look at all rows, whatever changed.
        fit(lake.spark, entry.delivered if source.suite.table_rules else work.size)
        found = _verdicts(source, before, work, scratch)
        verdicts = found.rows
        judgement = gate.judge(verdicts, source.suite, _whole(lake, source, found, work, scratch), found.tally)
        validations.keep(lake, source.suite.name, judgement.result)
        if judgement.refused and source.overrides.get(entry.delivery) != "accept":
            return entry.model_copy(update={"state": "refused", "reason": "; ".join(judgement.refused)})
        good = verdicts.where(F.size("failed") == 0)
        several = scratch.keep(repeated(good), {"more": F.sum("more")})
        latest = _latest(good, several, source, scratch).select(*silver_columns(verdicts))
        figures = _figures(entry, judgement, scratch.measured(several).get("more") or 0, work.rest)
        kept = before.rules if before is not None and work.withdrawn is not None else {}
        # Of the rows that keep their verdict, as the delivery before says.
        broken = {rule: n + kept.get(rule, 0) - found.withdrawn[rule] for rule, n in judgement.rules.items()}
        done = entry.model_copy(
            update={"state": "accepted", "facts": source.facts, "begun": "", "rules": broken, **figures.__dict__}
        )
        Journal(lake, source.name).write(entry.model_copy(update={"begun": source.facts}))
        later = [e for e in accepted if e.date > entry.date]
        write_quarantine(lake, source, entry, verdicts, judgement.failed, latest, work, later)
        write_versions(lake, source, done, verdicts, latest, work, bool(later), scratch)
    Journal(lake, source.name).write(done)
    return done


def _verdicts(source: Source, before: Entry | None, work: Work, scratch: Scratch) -> _Verdicts:
    """Judge the rows, and what else has to be judged, in one pass: to plan one costs more than to judge a few rows."""
    sides = {"new": work.rows}
    if work.withdrawn is not None and before is not None and any(before.rules.values()):
        sides["old"] = work.withdrawn
    if work.bad is not None and source.suite.table_rules:
        sides["still"] = work.bad
    rows = reduce(DataFrame.unionByName, (frame.withColumn("_side", F.lit(side)) for side, frame in sides.items()))
    among = {side: F.col("_side") == side for side in ("new", "old")}
    every = scratch.keep(judged(rows, source, ["_side"]), gate.measures(source.suite, **among))
    tally, old = (gate.tallied(source.suite, scratch.measured(every), side) for side in among)
    new, still = (every.where(F.col("_side") == side).drop("_side") for side in ("new", "still"))
    return _Verdicts(new, tally, old.rules, still if "still" in sides else None)


def _whole(lake: Lake, source: Source, verdicts: _Verdicts, work: Work, scratch: Scratch) -> DataFrame | None:
    """The delivery as table-level rules see it: what was judged now, and what keeps its verdict."""
    rules = source.suite.table_rules
    if work.gone is None or not rules:
        return None
    columns = sorted({c for rule in rules for c in rule.reads})
    gone = work.gone.select(record_id(source.record_key, source.name).alias("record_id"))
    named = verdicts.rows.select("record_id").union(gone).where("record_id IS NOT NULL").distinct()
    rest = lake.read(f"silver/{source.name}").join(F.broadcast(named), "record_id", "left_anti")
    parts = [part for part in (verdicts.rows, rest, verdicts.still) if part is not None]
    return scratch.keep(reduce(DataFrame.unionByName, (part.select("record_id", *columns) for part in parts)))


def _latest(good: DataFrame, several: DataFrame, source: Source, scratch: Scratch) -> DataFrame:
    """One row a record; several: the records that more rows state."""
    count = scratch.count(several)
    if not count:
        return good
    if is_small(good.sparkSession):
        return survivors(good, source.contract)
    return survivors(good, source.contract, F.broadcast(several) if count <= SENT_IDS else several)


def _figures(entry: Entry, judgement: gate.Judgement, duplicates: int, rest: Rest) -> Rest:
    """duplicates: how many rows stand behind others of their record."""
    total = Rest(
        accepted=rest.accepted + judgement.rows - judgement.failed - duplicates,
        quarantined=rest.quarantined + judgement.failed,
        duplicates=rest.duplicates + duplicates,
    )
    if total.accepted + total.quarantined + total.duplicates != entry.delivered or min(total.__dict__.values()) < 0:
        raise RendiError(
            f"{entry.source}: delivery {entry.delivery} does not add up: {entry.delivered} rows delivered, but "
            f"{total.accepted} accepted + {total.quarantined} quarantined + {total.duplicates} duplicates. "
            "Nothing was written; keep the file and report this."
        )
    return total
