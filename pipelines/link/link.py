"""link: who is the same person, legal entity and place. Reads silver and decisions, writes crosswalk and ledger.

For each subject: what changed ▶ what that touches ▶ clusters ▶ identifiers ▶ mentions that only find ▶ one commit each
for the ledger, the redirects and, last, the crosswalk, whose commit says what was seen.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, Protocol

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.link import affected, decisions, earlier, identifiers, ladder, ledger, past, persons, resolve
from pipelines.link.decisions import Decisions
from pipelines.link.mentions import COLUMNS, fields, mentions, union
from pipelines.link.reach import Close, Far, Reach
from pipelines.link.subject import PERSON, SUBJECTS, Subject
from pipelines.scratch import SENT, Scratch
from pipelines.session import fit
from schemas import codelists
from schemas.contract import Contract
from schemas.crosswalk import COMMUNITY, NOW, ROW, version

# Raise it when linking itself changes: the next night then links everything anew.
METHOD = 8
_KEPT = (*COLUMNS, COMMUNITY, "method", "score", "spine", "conflict", "left_on")


class Keys(Protocol):
    """The part of the key ring that linking needs."""

    @property
    def identifier(self) -> bytes:
        """The key of entity identifiers."""


def link(lake: Lake, contracts: Iterable[Contract], keys: Keys, night: date, threads: int = 3) -> None:
    """Bring crosswalk and ledger of all three subjects up to the silver tables of `contracts`.

    keys: whose `identifier` makes the identifiers. night: the business date that events and leavings bear.
    """
    chosen = sorted(contracts, key=lambda c: c.source)
    with ThreadPoolExecutor(threads) as pool:
        for job in [pool.submit(_link, lake.for_thread(), subject, chosen, keys, night) for subject in SUBJECTS]:
            job.result()


def _link(lake: Lake, subject: Subject, contracts: Sequence[Contract], keys: Keys, night: date) -> None:
    concerned = [c for c in contracts if subject.mentions(c) and lake.exists(f"silver/{c.source}")]
    if not concerned:
        return
    for before in _untold(lake, subject, concerned, night):
        with Scratch() as scratch:
            _Run(lake, subject, concerned, keys.identifier, before, scratch, again=True).run()
    with Scratch() as scratch:
        _Run(lake, subject, concerned, keys.identifier, night, scratch).run()


def _untold(lake: Lake, subject: Subject, contracts: Sequence[Contract], night: date) -> list[date]:
    """The nights that a ledger which was lost has yet to be told again; none where it is whole."""
    told = lake.seen(subject.record).get("told") if lake.exists(subject.record) else ""
    if told is None:
        return []
    nights = past.nights(lake, (c.source for c in contracts), night)
    return [one for one in nights if one.isoformat() > told]


class _Run:
    """One subject's run; what it has seen before stands in the crosswalk's last commit."""

    def __init__(
        self,
        lake: Lake,
        subject: Subject,
        contracts: Sequence[Contract],
        key: bytes,
        night: date,
        scratch: Scratch,
        again: bool = False,
    ) -> None:
        """again: whether an earlier night is told again, on silver as it was then."""
        self.lake, self.subject, self.contracts, self.key, self.night = lake, subject, contracts, key, night
        self.scratch, self.again = scratch, again
        self.first = not lake.exists(subject.record)
        self.before: dict[str, Any] = {} if self.first else lake.seen(subject.record)
        self.inputs = {table: lake.version(table) for c in contracts for table in _tables(c)}
        self.decided = self._decisions() if subject is PERSON else Decisions()
        self.facts = _facts(contracts, subject)

    def run(self) -> None:
        seen: dict[str, Any] = {"inputs": self.inputs, "facts": self.facts, "decided": self.decided.digest(self.key)}
        if self.again:
            # The run that follows takes all rows, for what this one saw is no version of silver.
            seen |= {"inputs": {}, "told": self.night.isoformat()}
        if all(self.before.get(name) == value for name, value in seen.items()):
            return
        keep = self.scratch.keep
        change, count = self._change()
        round_before = int(self.before.get("round", 0))
        same = self._same_facts() and seen["decided"] == self.before.get("decided")
        if not self.first and same and not count:
            # The records changed, but nothing by which they are linked.
            self._write_crosswalk(self._none(_KEPT, "id string"), None, seen | {"round": round_before})
            return
        reach = self._reach(count)
        near = self._neighbours(change, reach)
        rows = keep(self._clusters(affected.gather(change, near, self.subject)))
        assigned = identifiers.assign(rows, reach.ledger(rows), self.subject, self.key, self.night, self.scratch)
        minting = keep(self._identified(rows, assigned))
        finding = keep(self._finding(change, near, minting, reach))
        wrote = self._write_events(assigned.events, round_before)
        seen["round"] = round_before + wrote
        self._write_crosswalk(minting, finding, seen)

    def _same_facts(self) -> bool:
        return bool(self.before.get("facts") == self.facts)

    # ---- what changed ------------------------------------------------------------------------------------------
    def _decisions(self) -> Decisions:
        rows = {
            t: decisions.read(t, self.lake.read(t), self.night) if self.lake.exists(t) else []
            for t in (decisions.ALIAS, decisions.JUDGEMENT)
        }
        return decisions.decide(rows[decisions.ALIAS], rows[decisions.JUDGEMENT])

    def _change(self) -> tuple[DataFrame, int]:
        """As `affected.changed`, over all sources whose records moved, and how many rows that are."""
        moved = self._moved()
        whole = [c.source for c, ids in moved if ids is None]
        records = [ids for _, ids in moved if ids is not None]
        if not whole and self.lake.at_hand(self.subject.record, sum(ids.num_rows for ids in records)):
            # What is read is what moved, not all that the sources hold.
            fit(self.lake.spark, sum(ids.num_rows for ids in records))
        fresh: list[DataFrame] = []
        before: list[DataFrame] = []
        for contract, ids in moved:
            silver, superseded = _tables(contract)
            if self.again:
                now = past.silver_after(self.lake, contract.source, self.night)
            else:
                now = self._rows(silver, ids, fields(contract, self.subject))
            fresh.append(mentions(now, contract, self.subject))
            if self.inputs[superseded] >= 0 and not self.again:
                left = self._rows(superseded, ids, [*fields(contract, self.subject), *ROW])
                before.append(mentions(left, contract, self.subject, version()))
        return self._differing(fresh, before, self._known(whole, records))

    def _moved(self) -> list[tuple[Contract, pa.Table | None]]:
        """The sources of which anything was written since, and the record_id of what moved; None means all."""
        since = self.before.get("inputs", {}) if self._same_facts() else {}
        found = []
        for contract in self.contracts:
            written = [t for t in _tables(contract) if since.get(t) != self.inputs[t]]
            if written:
                found.append((contract, _distinct([self.lake.changed(t, since.get(t), "record_id") for t in written])))
        return found

    def _differing(self, fresh: list[DataFrame], before: list[DataFrame], known: DataFrame) -> tuple[DataFrame, int]:
        """What records name now, then what their earlier versions did, each beside what the crosswalk knows."""
        keep, count = self.scratch.keep, self.scratch.count
        named = self._spined(union(fresh) if fresh else self._none(COLUMNS))
        last = known.where(F.col("version") == NOW)
        now = keep(affected.changed(named, last))
        if not before:
            return now, count(now)
        standing = earlier.standing(now.where("f IS NOT NULL").select("f.*"), last)
        others = earlier.elsewhere(keep(self._spined(union(before))), standing)
        then = keep(affected.changed(others, known.where(F.col("version") != NOW)))
        if not count(then):
            return now, count(now)
        both, rows = now.unionByName(then), count(now) + count(then)
        return (keep(both) if rows <= SENT else both), rows

    def _spined(self, named: DataFrame) -> DataFrame:
        return persons.with_spine(named, self.decided) if self.subject is PERSON else _without_spine(named)

    def _rows(self, table: str, ids: pa.Table | None, columns: Sequence[str]) -> DataFrame:
        return self.lake.among(table, ids, self.inputs[table], columns)

    def _known(self, whole: list[str], records: list[pa.Table]) -> DataFrame:
        """The crosswalk's rows of the sources that count as a whole, and of these records."""
        in_whole = F.col("source").isin(whole)
        known = [self._crosswalk().where(in_whole)] if whole or not records else []
        if records:
            known.append(self.lake.among(self.subject.record, pa.concat_tables(records)).where(~in_whole))
        return union(known)

    def _reach(self, count: int) -> Reach:
        before = int(self.before.get("round", 0))
        if not self.first and self._same_facts() and self.lake.at_hand(self.subject.record, count):
            return Close(self.lake, self.subject, before)
        events = None
        if not self.first and self.lake.exists(self.subject.event):
            events = self.lake.read(self.subject.event).where(F.col("round") <= before)
        return Far(self._crosswalk(), events, self.subject, self.scratch)

    def _neighbours(self, change: DataFrame, reach: Reach) -> DataFrame:
        if self.first or not self._same_facts():
            return self._crosswalk().where("mints")
        moved = self.before.get("decided") != self.decided.digest(self.key)
        numbers = self.decided.numbers if moved else ()
        # A judged mention may meet its partner on any later night.
        return reach.near(change, numbers, self.decided.mentions)

    # ---- who is who --------------------------------------------------------------------------------------------
    def _clusters(self, rows: DataFrame) -> DataFrame:
        if self.subject is PERSON:
            spined = persons.with_spine(rows.drop("spine"), self.decided)
            return persons.cluster(spined, self.decided, self.scratch)
        return ladder.climb(rows.drop("spine"), self.subject)

    def _identified(self, rows: DataFrame, assigned: identifiers.Assigned) -> DataFrame:
        """The crosswalk's minting rows: with those of records that left, under what their identifier became."""
        stays = rows.where("stays")
        joined = stays.join(assigned.ids, "label", "left").join(assigned.merged, "old_id", "left")
        left = F.when(F.col("ghost"), F.coalesce("left_on", F.lit(self.night)))
        return (
            joined.withColumn("id", F.coalesce("id", "target", "old_id"))
            .withColumns({"left_on": left, COMMUNITY: F.lit(None).cast("string")})
            .select("id", *_KEPT)
        )

    def _finding(self, change: DataFrame, near: DataFrame, minting: DataFrame, reach: Reach) -> DataFrame:
        """The crosswalk's rows of mentions that only find: those that changed, and those whose key's entity did."""
        here = minting.where("left_on IS NULL").select("keys", "name", "id")
        new = change.where("NOT f.mints").select("f.*").select(*COLUMNS)
        if self.first:
            asking, entities = new, resolve.keys_of(here)
        else:
            was = near.where("left_on IS NULL").withColumnRenamed(self.subject.id, "id")
            now, then = resolve.keys_of(here), resolve.keys_of(was)
            moved = now.subtract(then).union(then.subtract(now)).select("_key").distinct()
            again = reach.waiting(moved).join(change.select(*affected.NAMES), affected.NAMES, "left_anti")
            asking = self.scratch.keep(new.unionByName(again.select(*COLUMNS)))
            tried = asking.select(F.explode("keys").alias("_key")).distinct()
            still = reach.bearing(tried).join(near.select(*affected.NAMES), affected.NAMES, "left_anti")
            others = still.select("keys", "name", F.col(self.subject.id).alias("id"))
            entities = resolve.keys_of(others.union(here)).join(tried, "_key", "left_semi")
        found = resolve.resolve(asking, entities, self.subject)
        gone = change.where("f IS NULL AND NOT o.mints").select("o.*").withColumnRenamed(self.subject.id, "id")
        return (
            found.withColumns({"conflict": F.lit(None).cast("string"), "left_on": F.lit(None).cast("date")})
            .select("id", *_KEPT)
            .unionByName(gone.withColumn("left_on", F.lit(self.night)).select("id", *_KEPT))
        )

    # ---- writing -----------------------------------------------------------------------------------------------
    def _write_events(self, learned: DataFrame, before: int) -> int:
        """Add the night's events to the ledger; 1 where there were any. What a killed run left behind is replaced."""
        table = self.subject.event
        fresh = learned.withColumn("round", F.lit(before + 1))
        # No run leaves out a number, and each that was killed wrote under this one.
        here = pa.table({"round": pa.array([before + 1], pa.int32())})
        torn = self.lake.exists(table) and not self.lake.among(table, here, columns=["round"]).isEmpty()
        if torn:
            later = self.lake.read(table).where(F.col("round") > before).select("round").distinct().toArrow()
            self.lake.replace(table, fresh, key=list(ledger.KEY), touched=later)
        kinds = {row["event"] for row in learned.select("event").distinct().collect()}
        if kinds and not torn:
            # The ledger's first events are not kept: they may be all entities of a city, whenever these come.
            few = not self.first and self.lake.exists(table) and self.scratch.count(learned) <= SENT
            self.lake.append(table, fresh, few=few)
        if torn or kinds & {"merge", "return"}:
            merged = self.lake.among(table, pa.table({"event": ["merge"]}), columns=["id"]).distinct().toArrow()
            leading = ledger.redirects(self.lake.among(table, merged))
            self.lake.replace(self.subject.redirect, leading, key=["old_id"])
        elif not self.lake.exists(self.subject.redirect):
            self.lake.append(self.subject.redirect, self._empty("old_id string, id string"))
        return int(bool(kinds))

    def _write_crosswalk(self, minting: DataFrame, finding: DataFrame | None, seen: dict[str, Any]) -> None:
        order = [
            "record_id",
            "source",
            "role",
            self.subject.id,
            *(c for c in _KEPT if c not in ("record_id", "source", "role")),
        ]
        rows = (
            (minting if finding is None else minting.unionByName(finding))
            .withColumnRenamed("id", self.subject.id)
            .select(*order)
        )
        self.lake.upsert(self.subject.record, rows, affected.NAMES, seen)

    # ---- tables that may not be there yet ----------------------------------------------------------------------
    def _crosswalk(self) -> DataFrame:
        if not self.first:
            return self.lake.read(self.subject.record)
        return self._empty(f"{self.subject.id} string, {_DDL}")

    def _none(self, columns: Sequence[str], ddl: str = "") -> DataFrame:
        return self._empty(f"{_DDL}{', ' if ddl else ''}{ddl}").select(*columns, *(d.split()[0] for d in [ddl] if d))

    def _empty(self, ddl: str) -> DataFrame:
        # The filter lets Spark see, while it plans, that there is nothing.
        return self.lake.spark.createDataFrame([], ddl).where("false")


_DDL = (
    "record_id string, role string, version string, source string, mints boolean, keys array<string>, mention string, "
    "name string, former_name string, first_date date, community_code string, method string, score double, "
    "spine string, conflict string, left_on date"
)


def _tables(contract: Contract) -> tuple[str, str]:
    return f"silver/{contract.source}", f"superseded/{contract.source}"


def _distinct(found: Sequence[pa.Table | None]) -> pa.Table | None:
    """The record_id of all tables, once each; None where one of them stands for all rows."""
    told = [ids for ids in found if ids is not None]
    if len(told) < len(found):
        return None
    return pa.concat_tables(told).group_by(["record_id"]).aggregate([])


def _without_spine(rows: DataFrame) -> DataFrame:
    return rows.withColumn("spine", F.lit(None).cast("string"))


def _facts(contracts: Sequence[Contract], subject: Subject) -> str:
    said = {c.source: [m.model_dump() for m in subject.mentions(c)] for c in contracts}
    lists = codelists.fingerprint(codelists.OF_NAMES)
    text = json.dumps([METHOD, said, lists], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
