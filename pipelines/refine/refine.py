"""Refine one source: standardise ▶ judge ▶ deduplicate, one delivery after another, oldest first.

Commits a delivery: quarantine, superseded, silver, each at most once and in this order, so that a run that was killed
between two of them finds what it needs to do the same again (rule 3). Then the journal says that it was accepted.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import validations
from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.refine.changed import Rest, Work, to_do
from pipelines.refine.standardise import record_id, standardise
from pipelines.refine.versions import compete, entered, left, survivors
from pipelines.scratch import SENT, Scratch
from pipelines.session import fit, is_small
from quality import compile as rules
from quality import gate, quarantine
from quality.suite import Suite
from schemas.contract import Contract
from schemas.errors import RendiError

# Raise it when refining itself changes: the next night then makes every source anew from bronze.
METHOD = 1
ROW = ("_delivery", "_file", "_row")
_WITHDRAWN = "_withdrawn"
KEYS = {"quarantine": ROW, "superseded": ROW, "silver": ("record_id",)}


@dataclass(frozen=True)
class Source:
    """What refining a source needs: its contract, its suite, the key of record ids and the hash of these facts."""

    contract: Contract
    suite: Suite
    record_key: bytes
    facts: str

    @property
    def name(self) -> str:
        """The source's name."""
        return self.contract.source


def refine(lake: Lake, source: Source, night: dt.date) -> list[Entry]:
    """Refine every landed delivery of the source up to `night`; gives their journal entries.

    Where the facts changed, a table is gone, or a delivery is replaced by a later one for its date, the source is made
    anew from bronze.
    """
    journal = Journal(lake, source.name)
    done = []
    accepted = journal.accepted()
    there = all(lake.exists(f"{zone}/{source.name}") for zone in KEYS)
    if any(e.facts != source.facts or not there for e in accepted):
        rebuild(lake, source, accepted)
    for entry in (e for e in journal.entries() if e.state == "landed" and e.date <= night):
        replaced = [e for e in journal.accepted() if e.date == entry.date]
        if replaced:
            done += _replace(lake, source, entry, replaced)
        else:
            done.append(_refine_one(lake, source, entry))
            journal.write(done[-1])
    return done


def rebuild(lake: Lake, source: Source, entries: list[Entry]) -> list[Entry]:
    """Make quarantine, superseded and silver of a source anew from bronze, and write only what differs.

    entries: the deliveries to take, in order of business date; their nights and figures stay as they were. The new
    state grows in a lake of its own inside this one, so that what is in force stays whole until the last moment.
    """
    if not entries:
        return []
    shadow = lake.inside(f"restricted/rebuild/{source.name}")
    shadow.clear()
    for entry in entries:
        Journal(shadow, source.name).write(entry.model_copy(update={"state": "landed"}))
    made = [_refine_one(shadow, source, e) for e in Journal(shadow, source.name).entries()]
    refused = [e for e in made if e.state == "refused"]
    if refused:
        raise RendiError(
            f"{source.name}: delivery {refused[0].delivery} was accepted once and is refused by the rules of today "
            f"({refused[0].reason}): mend quality/suites/{source.name}.yaml, or refuse the delivery by hand"
        )
    mark = {**shadow.seen(f"silver/{source.name}"), "rebuilt": True}
    for zone, key in KEYS.items():
        table, seen = f"{zone}/{source.name}", mark if zone == "silver" else None
        if lake.exists(table):
            lake.replace(table, shadow.read(table), key, seen=seen)
        else:
            lake.append(table, shadow.read(table), seen, by="_by" if zone == "superseded" else None)
    kept = {e.delivery: e for e in entries}
    for new in made:
        old = kept[new.delivery]
        figures = (
            {} if old.state == "landed" else {f: getattr(old, f) for f in ("accepted", "quarantined", "duplicates")}
        )
        kept[new.delivery] = new.model_copy(update={**figures, "state": "accepted"})
        Journal(lake, source.name).write(kept[new.delivery])
    shadow.clear()
    return list(kept.values())


def judged(rows: DataFrame, source: Source, apart: Sequence[str] = ()) -> DataFrame:
    """Bronze's rows with `_key`, standardised, with record_id, row_hash, `failed` and `warned`.

    apart: columns that part rows which are no duplicates of one another.
    """
    clean = standardise(rows, source.contract)
    keyed = clean.withColumn("record_id", record_id(source.record_key, source.name)).withColumnRenamed(
        "_hash", "row_hash"
    )
    return rules.verdict(keyed, source.suite, apart)


def silver_columns(frame: DataFrame) -> list[str]:
    """The columns of silver among those of a judged frame."""
    return [c for c in frame.columns if c not in ("failed", "_malformed", "_extra", "_key")]


def _replace(lake: Lake, source: Source, entry: Entry, replaced: list[Entry]) -> list[Entry]:
    journal = Journal(lake, source.name)
    withdrawn = {e.delivery for e in replaced}
    kept = [e for e in journal.accepted() if e.delivery not in withdrawn]
    rebuilt = rebuild(lake, source, sorted([*kept, entry], key=lambda e: (e.date, e.delivery)))
    old = [e.model_copy(update={"state": "replaced", "reason": f"replaced by {entry.delivery}"}) for e in replaced]
    for one in old:
        journal.write(one)
    return [*old, *(e for e in rebuilt if e.delivery == entry.delivery)]


def _refine_one(lake: Lake, source: Source, entry: Entry) -> Entry:
    mark = lake.seen(f"silver/{source.name}")
    if mark.get("delivery") == entry.delivery and mark.get("facts") == source.facts and not mark.get("rebuilt"):
        # Killed after the last commit: only the journal is missing.
        return Entry.model_validate(mark["entry"])
    fit(lake.spark, entry.delivered)
    accepted = Journal(lake, source.name).accepted()
    before = next((e for e in reversed(accepted) if e.date < entry.date and e.facts == source.facts), None)
    with Scratch() as scratch:
        work = to_do(lake, source.contract, entry, before, scratch)
        verdicts, tally, withdrawn = _verdicts(source, before, work, scratch)
        judgement = gate.judge(verdicts, source.suite, _whole(lake, source, verdicts, work, scratch), tally)
        validations.keep(lake, source.suite.name, judgement.result)
        if judgement.refused:
            return entry.model_copy(update={"state": "refused", "reason": "; ".join(judgement.refused)})
        good = verdicts.where(F.size("failed") == 0)
        latest = scratch.keep(survivors(good, source.contract).select(*silver_columns(verdicts)))
        figures = _figures(entry, judgement, scratch.count(latest), work.rest)
        kept = before.rules if before is not None and work.withdrawn is not None else {}
        # Of the rows that keep their verdict, as the delivery before says.
        broken = {rule: n + kept.get(rule, 0) - withdrawn[rule] for rule, n in judgement.rules.items()}
        done = entry.model_copy(
            update={"state": "accepted", "facts": source.facts, "rules": broken, **figures.__dict__}
        )
        _write_quarantine(lake, source, entry, verdicts, judgement.failed, latest, work)
        late = any(e.date > entry.date for e in accepted)
        _write_versions(lake, source, done, verdicts, latest, work, late, scratch)
    Journal(lake, source.name).write(done)
    return done


def _verdicts(
    source: Source, before: Entry | None, work: Work, scratch: Scratch
) -> tuple[DataFrame, gate.Tally, dict[str, int]]:
    """The judged rows, what their verdicts say, and how many of the rows that they stand in for broke each rule."""
    rows = work.rows.withColumn(_WITHDRAWN, F.lit(False))
    if work.withdrawn is not None and before is not None and any(before.rules.values()):
        # In one pass: to plan it twice costs more than to judge a few rows more.
        rows = rows.unionByName(work.withdrawn.withColumn(_WITHDRAWN, F.lit(True)))
    old = F.col(_WITHDRAWN)
    both = scratch.keep(judged(rows, source, [_WITHDRAWN]), gate.measures(source.suite, new=~old, old=old))
    tally, withdrawn = (gate.tallied(source.suite, scratch.measured(both), name) for name in ("new", "old"))
    return both.where(~old).drop(_WITHDRAWN), tally, withdrawn.rules


def _whole(lake: Lake, source: Source, verdicts: DataFrame, work: Work, scratch: Scratch) -> DataFrame | None:
    """The delivery as table-level rules see it: what was judged now, and in silver what keeps its verdict."""
    rules = source.suite.table_rules
    if work.gone is None or not rules:
        return None
    columns = sorted({c for rule in rules for c in rule.reads})
    gone = work.gone.select(record_id(source.record_key, source.name).alias("record_id"))
    named = verdicts.select("record_id").union(gone).where("record_id IS NOT NULL").distinct()
    rest = lake.read(f"silver/{source.name}").join(F.broadcast(named), "record_id", "left_anti")
    return scratch.keep(verdicts.select("record_id", *columns).unionByName(rest.select("record_id", *columns)))


def _figures(entry: Entry, judgement: gate.Judgement, accepted: int, rest: Rest) -> Rest:
    total = Rest(
        accepted=rest.accepted + accepted,
        quarantined=rest.quarantined + judgement.failed,
        duplicates=rest.duplicates + judgement.rows - judgement.failed - accepted,
    )
    if total.accepted + total.quarantined + total.duplicates != entry.delivered or min(total.__dict__.values()) < 0:
        raise RendiError(
            f"{entry.source}: delivery {entry.delivery} does not add up: {entry.delivered} rows delivered, but "
            f"{total.accepted} accepted + {total.quarantined} quarantined + {total.duplicates} duplicates. "
            "Nothing was written; keep the file and report this."
        )
    return total


def _write_quarantine(
    lake: Lake, source: Source, entry: Entry, verdicts: DataFrame, failed: int, latest: DataFrame, work: Work
) -> None:
    """failed: how many rows of `verdicts` failed."""
    table = f"quarantine/{source.name}"
    found = [work.carried] if work.carried is not None else []
    if failed or not lake.exists(table):
        found.append(_set_aside(source, verdicts, work.rows))
    if not lake.exists(table):
        lake.append(table, reduce(DataFrame.unionByName, found))
        return
    cases = lake.read(table).where((F.col("status") == quarantine.OPEN) & (F.col("_delivery") != entry.delivery))
    closed = quarantine.resolve(cases, latest.select("record_id", "_date", "_delivery"))
    found.append(closed.where(F.col("status") != quarantine.OPEN))
    lake.upsert(table, reduce(DataFrame.unionByName, found), ROW)


def _set_aside(source: Source, verdicts: DataFrame, delivered: DataFrame) -> DataFrame:
    """Quarantine's rows, with the fields as they were delivered."""
    fields = [f.name for f in source.contract.fields]
    rest = ["record_id", "_date", "_night", "failed"]
    bad = verdicts.where(F.size("failed") > 0).select(*ROW, *rest, "row_hash")
    whole = delivered.select(*ROW, "_malformed", *fields).join(F.broadcast(bad), list(ROW))
    # As a struct: a field of its own may be called `status` too.
    kept = F.struct(F.struct(*fields).alias("delivered"), "row_hash")
    return quarantine.rows(whole.select(*ROW, "_malformed", kept.alias("delivered"), *rest), source.facts)


def _write_versions(
    lake: Lake,
    source: Source,
    done: Entry,
    verdicts: DataFrame,
    latest: DataFrame,
    work: Work,
    late: bool,
    scratch: Scratch,
) -> None:
    silver, superseded = f"silver/{source.name}", f"superseded/{source.name}"
    mark = {"delivery": done.delivery, "facts": source.facts, "entry": done.model_dump(mode="json")}
    if not lake.exists(silver):
        none = compete(latest.where("false"), latest.where("false"), None, source.contract, F.lit(done.date))
        lake.put(superseded, left(none).withColumn("_by", F.lit(done.delivery)), "_by", done.delivery)
        lake.append(silver, latest, mark)
        return
    full = source.contract.mode == "full"
    standing = lake.read(silver)
    named = verdicts.select("record_id").where("record_id IS NOT NULL").distinct()
    gone: DataFrame | None = None
    touched: DataFrame | None = named
    if full and not late:
        if work.gone is None:
            gone, touched = standing.select("record_id").join(named, "record_id", "left_anti"), None
        else:
            gone = work.gone.select(record_id(source.record_key, source.name).alias("record_id"))
            touched = named.union(gone)
    if touched is not None:
        # Where rows are few, to send them twice costs less than to keep them.
        sent = F.broadcast(touched) if is_small(lake.spark) else scratch.keep(touched)
        standing = standing.join(sent, "record_id", "left_semi")
    fates = scratch.keep(compete(standing, latest, gone, source.contract, F.lit(done.date), born=not (full and late)))
    count = scratch.count(fates)
    lost = left(fates).withColumn("_by", F.lit(done.delivery))
    if count:
        lake.put(superseded, lost, "_by", done.delivery, few=count <= SENT)
    lake.change(silver, entered(fates), KEYS["silver"], count, mark)
