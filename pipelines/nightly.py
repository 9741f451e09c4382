"""The night: which units run in which order, over which tables, and what closes it. The only file that knows."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

from pipelines import decisions, figures, ops, state, validations
from pipelines.damage import Damage, damaged
from pipelines.deliveries import Journal
from pipelines.lake import Lake
from pipelines.land import strays
from pipelines.land.land import land
from pipelines.land.land_files import landed_again
from pipelines.lineage.events import new_run
from pipelines.lineage.told import Told
from pipelines.link.link import link
from pipelines.locks import held
from pipelines.master.check import SUITES, check, require_judged
from pipelines.master.master import master
from pipelines.mend import mend
from pipelines.protect.keyring import KeyRing
from pipelines.protect.protect import protect
from pipelines.publish.publish import described, publish
from pipelines.refine.refine import METHOD, rebuild, refine
from pipelines.refine.replay import replay
from pipelines.refine.source import Source
from pipelines.report import Report, Tell
from pipelines.session import fit
from pipelines.topics.topics import FOLDER as TOPICS
from pipelines.topics.topics import topics
from quality import suite
from schemas import codelists, topic
from schemas.contract import Contract, load_all, sources
from schemas.errors import RendiError, nearest


@dataclass(frozen=True)
class Unit:
    """One unit: what it reads, what it writes, what one commit of it covers."""

    name: str
    reads: str
    writes: str
    commit: str


UNITS = (
    Unit("land", "the landing folder or table", "original, bronze", "a delivery"),
    Unit("refine", "bronze, decision", "quarantine, superseded, silver", "a delivery"),
    Unit("link", "silver, superseded, decision", "link", "a night and subject"),
    Unit("protect", "silver, superseded, link", "vault, record_version, record", "a night and source"),
    Unit("master", "record, record_version, link's ledger, decision", "master", "a night and table"),
    Unit("topics", "record, master", "topic", "a night and topic"),
    Unit("publish", "master, record, topic", "catalog, open", "a night and table"),
)
NAMES = tuple(u.name for u in UNITS)
PER_SOURCE = ("land", "refine")
SERIAL = "everything after silver"


@dataclass(frozen=True)
class Night:
    """What a night works on. contracts: the sources to land and refine; what stands behind silver takes all."""

    lake: Lake
    landing: str
    date: dt.date
    contracts: tuple[Contract, ...]
    keys: KeyRing
    threads: int = 2
    rebuild: bool = False
    tell: Tell = lambda unit, source, state: None
    lineage_url: str | None = None


def locks() -> list[str]:
    """The names of all locks under which tables are written."""
    return [*sources(), SERIAL, decisions.LOCK]


def chosen(first: str, last: str, rebuild: bool = False) -> tuple[str, ...]:
    """The units from `first` to `last`; RendiError for a word that is no unit, and where a rebuild has no source."""
    for word in (first, last):
        if word not in NAMES:
            raise RendiError(f"no unit '{word}'{nearest(word, NAMES)}; the units are {', '.join(NAMES)}")
    start, end = NAMES.index(first), NAMES.index(last)
    if start > end:
        raise RendiError(f"'{first}' comes after '{last}': the units run in the order {', '.join(NAMES)}")
    if rebuild and first not in PER_SOURCE:
        raise RendiError(
            f"--rebuild makes sources anew, and '{first}' comes after them: give `rendi run --rebuild`, or leave it out"
        )
    return NAMES[start : end + 1]


def run(night: Night, first: str = NAMES[0], last: str = NAMES[-1]) -> Report:
    """Run the units from `first` to `last`; a night that ran to the end closes with one commit (rule 4).

    A source that fails stops alone and keeps yesterday's state. RendiError where a unit behind silver cannot go on: the
    last closed night stays in place. The closing tells of all units of the night, whichever process ran them.
    """
    units = chosen(first, last, night.rebuild)
    damage = list(damaged(night.lake.root)) if night.rebuild else []
    with ExitStack() as locks:
        # Two nights on one lake would close over each other's half-done sources.
        if damage or units[-1] not in PER_SOURCE:
            locks.enter_context(held(night.lake.root, SERIAL))
        if damage:
            _mend(night, damage)
        return _run(night, units)


def _run(night: Night, units: tuple[str, ...]) -> Report:
    id = figures.run(night.lake.root, night.date, new_run().hex)
    report = Report(Told(night.lake, id, night.date, night.lineage_url), night.tell)
    per_source = [u for u in units if u in PER_SOURCE]
    if per_source:
        # Largest first, so that two threads end at about the same time.
        ordered = sorted(night.contracts, key=lambda contract: -_size(night.lake, contract))
        with ThreadPoolExecutor(night.threads) as pool:
            jobs = {c.source: pool.submit(_source, night, report, c, per_source) for c in ordered}
        for source, job in jobs.items():
            error = job.exception()
            if error is not None and source not in report.failed:
                report.never_began(units[0], source, error)
    serial = [u for u in units if u not in per_source]
    if serial:
        rows = _rows_in_force(night)
        for unit in serial:
            # link puts the mentions of all sources side by side, a subject at a time; the others read a source or two.
            fit(night.lake.spark, sum(rows) // len(state.MASTERS) if unit == "link" else max(rows, default=0))
            try:
                _serial(night, report, unit)
            except RendiError:
                raise
            except Exception as error:
                raise RendiError(f"{unit}: {report.reason(unit, error)}; the last closed night stays") from None
        if units[-1] == NAMES[-1]:
            _close(night, report)
    return report


def _close(night: Night, report: Report) -> None:
    lake = night.lake
    validations.show(lake, f"Rendi 人地 {night.date}")
    told, edges = figures.of(lake.root, night.date), report.told.facts.all()
    for killed in (u for u in told if u.reason == figures.KILLED):
        report.told.abort(killed)
    _keep_strays(night, told)
    ops.close(lake, report.run, night.date, told, load_all(), SUITES.values(), edges)
    figures.clear(lake.root, night.date)
    report.closed = True


def _keep_strays(night: Night, told: Sequence[figures.Figure]) -> None:
    # A night that landed nothing need not know where departments put their files.
    if any(u.unit == "land" for u in told):
        strays.keep(night.lake.root, strays.strays(night.landing, load_all()))


def _mend(night: Night, damage: Sequence[Damage]) -> None:
    """Let nothing damaged stand in the way of a rebuild."""
    contracts = load_all()
    with ExitStack() as locks:
        for contract in contracts:
            locks.enter_context(held(night.lake.root, contract.source))
        mend(night.lake, damage, contracts, [c.source for c in night.contracts])


def _rows_in_force(night: Night) -> list[int]:
    """How many rows each source delivered last: what the units behind silver may have to read."""
    return [_delivered_last(night.lake, contract) for contract in load_all()]


def _delivered_last(lake: Lake, contract: Contract) -> int:
    accepted = Journal(lake, contract.source).accepted()
    return accepted[-1].delivered if accepted else 0


def _size(lake: Lake, contract: Contract) -> int:
    try:
        return _delivered_last(lake, contract)
    except RendiError:
        # The source itself will say so.
        return 0


def _source(night: Night, report: Report, contract: Contract, units: list[str]) -> None:
    lake = night.lake.for_thread()
    with held(night.lake.root, contract.source):
        if not contract.asked and (night.rebuild or _lacks_bronze(lake, contract)):
            landed_again(lake, contract, Journal(lake, contract.source).entries())
        if "land" in units:
            with report.timed("land", contract.source):
                told = decisions.overrides(lake.root, contract.source)
                land(lake, contract, night.landing, night.date, told)
        if "refine" in units:
            with report.timed("refine", contract.source):
                source = _decided(lake, refined_by(contract, night.keys), night.date)
                if night.rebuild:
                    rebuild(lake, source, Journal(lake, contract.source).accepted())
                refine(lake, source, night.date)
                if source.corrections or source.dismissals:
                    replay(lake, source, source.corrections, source.dismissals)


def _lacks_bronze(lake: Lake, contract: Contract) -> bool:
    """Whether what was taken last stands in the originals alone: bronze was set aside, or a backup left it out."""
    taken = Journal(lake, contract.source).in_force()
    return bool(taken and taken[-1].delivered) and not lake.has(
        f"bronze/{contract.source}", "_delivery", taken[-1].delivery
    )


def replayed(lake: Lake, contract: Contract, keys: KeyRing, date: dt.date) -> int:
    """Judge a source's quarantine again with all decisions up to `date`; gives how many rows passed."""
    with held(lake.root, contract.source):
        source = _decided(lake, refined_by(contract, keys), date)
        return replay(lake, source, source.corrections, source.dismissals)


def _decided(lake: Lake, source: Source, date: dt.date) -> Source:
    """The source with what people decided about it up to `date`."""
    corrections, dismissals = (
        [d for d in decisions.decided(lake.root, table) if d["source"] == source.name and d["night"] <= date]
        for table in ("correction", "dismissal")
    )
    overrides = decisions.overrides(lake.root, source.name)
    return replace(source, overrides=overrides, corrections=corrections, dismissals=dismissals)


def refined_by(contract: Contract, keys: KeyRing) -> Source:
    """What refine needs of one source, with the hash of these facts (rule 10)."""
    rules = suite.load(contract.source, contract)
    lists = codelists.fingerprint(codelists.names() & {f.params.get("codes", f.kind) for f in contract.fields})
    text = str(METHOD) + contract.model_dump_json() + lists + rules.fingerprint + keys.fingerprint("record")
    return Source(contract, rules, keys.record, hashlib.sha256(text.encode()).hexdigest()[:16])


def _serial(night: Night, report: Report, unit: str) -> None:
    lake, contracts = night.lake, load_all()
    if unit == "protect":
        with ThreadPoolExecutor(night.threads) as pool:
            jobs = [pool.submit(_protect, night, report, c) for c in contracts]
        for job in jobs:
            job.result()
        return
    with report.timed(unit, ""):
        match unit:
            case "link":
                link(lake, contracts, night.keys, night.date)
            case "master":
                master(lake, contracts, night.date)
                for name, result in check(lake, state.closed_versions(lake.root)).items():
                    validations.keep(lake, name, result)
            case "topics":
                topics(lake, night.date)
            case "publish":
                # What was opened cannot be taken back.
                require_judged(lake, state.closed_versions(lake.root))
                publish(lake, [described(t) for t in topic.load(TOPICS)], night.date)


def _protect(night: Night, report: Report, contract: Contract) -> None:
    lake = night.lake.for_thread()
    with report.timed("protect", contract.source):
        protect(lake, contract, night.keys, _delivered_last(lake, contract))
