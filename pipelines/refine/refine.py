"""Refine one source: one delivery after another, oldest first; or all of them anew from bronze."""

import datetime as dt
from collections.abc import Sequence

from pipelines.deliveries import BY_HAND, Entry, Journal
from pipelines.lake import Lake
from pipelines.refine.delivery import refine_one
from pipelines.refine.replay import replay, waits
from pipelines.refine.source import KEYS, Source
from schemas.errors import RendiError

# Raise it when refining itself changes: the next night then makes every source anew from bronze.
METHOD = 5
REBUILT = "rebuilt"
FIGURES = ("accepted", "quarantined", "duplicates")


def refine(lake: Lake, source: Source, night: dt.date) -> list[Entry]:
    """Refine every landed delivery of the source up to `night`; gives their journal entries.

    Where the facts changed, a table is gone, a delivery is replaced by a later one for its date, or one was killed that
    does not go on, the source is made anew from bronze.
    """
    journal = Journal(lake, source.name)
    done = []
    accepted = journal.accepted()
    landed = _landed(journal, night)
    torn = [e for e in journal.entries() if e.begun and not _goes_on(source, e, landed)]
    if torn or any(e.facts != source.facts for e in accepted) or (accepted and len(_there(lake, source)) < len(KEYS)):
        rebuild(lake, source, accepted)
        for entry in torn:
            journal.write(entry.model_copy(update={"begun": ""}))
    for entry in _landed(journal, night):
        accepted = journal.accepted()
        replaced = [e for e in accepted if e.date == entry.date]
        if source.overrides.get(entry.delivery) == "refuse":
            done.append(entry.model_copy(update={"state": "refused", "reason": BY_HAND}))
            journal.write(done[-1])
        elif replaced or _overtaken(source, entry, accepted) or (not accepted and _there(lake, source)):
            done += _replace(lake, source, entry, replaced)
        else:
            # Before what came later, as a rebuild does; else the rows that it corrected would come too late.
            _decide(lake, source, entry.night)
            done.append(refine_one(lake, source, entry))
            journal.write(done[-1])
    return done


def _landed(journal: Journal, night: dt.date) -> list[Entry]:
    return [e for e in journal.entries() if e.state == "landed" and e.date <= night]


def _goes_on(source: Source, begun: Entry, landed: Sequence[Entry]) -> bool:
    """Whether a delivery that was killed is the next to be judged, by the same facts: then it ends what it began."""
    refused = source.overrides.get(begun.delivery) == "refuse"
    return begun in landed[:1] and begun.begun == source.facts and not refused


def _there(lake: Lake, source: Source) -> list[str]:
    return [table for zone in KEYS if lake.exists(table := f"{zone}/{source.name}")]


def _overtaken(source: Source, entry: Entry, accepted: Sequence[Entry]) -> bool:
    """Whether a delivery comes behind a later one that may have said again what silver has from before both.

    What is said again writes nothing, so silver does not know that it is younger than this delivery. Where a record has
    a time of its own, that decides; a full delivery that comes late changes nothing in force.
    """
    alone = source.contract.mode == "delta" and not source.contract.has_updated_at
    return alone and any(e.date > entry.date for e in accepted)


def rebuild(lake: Lake, source: Source, entries: list[Entry], withdrawn: Sequence[Entry] = ()) -> list[Entry]:
    """Make quarantine, superseded and silver of a source anew from bronze, and write only what differs.

    entries: the deliveries to take, in order of business date; their nights and figures stay as they were. withdrawn:
    what the journal is to say of deliveries that are taken no more. The new state grows in a lake of its own inside
    this one, so that what is in force stays whole until the last moment. A new delivery that is refused leaves
    everything as it was, and is all that is given back. Without entries nothing stays in the tables.
    """
    if not entries:
        _empty(lake, source)
        return []
    shadow = lake.inside(f"restricted/rebuild/{source.name}")
    made = _grown(shadow, source, entries)
    refused = [e for e in made if e.state == "refused"]
    new = {e.delivery for e in entries if e.state == "landed"}
    if refused and {e.delivery for e in refused} <= new:
        shadow.clear()
        for entry in refused:
            Journal(lake, source.name).write(entry)
        return refused
    if refused:
        name = refused[0].delivery
        raise RendiError(
            f"{source.name}: delivery {name} was accepted once and is refused by the rules of today "
            f"({refused[0].reason}): mend quality/suites/{source.name}.yaml, deliver corrected files for "
            f"{refused[0].date}, or accept it as it is: rendi delivery accept {name} --reason …"
        )
    _take_over(lake, source, shadow, [e for e in entries if e.state == "landed"])
    # Before those that stand in for them, or a run that is killed here would leave two of one date in force.
    for entry in withdrawn:
        Journal(lake, source.name).write(entry)
    kept = {e.delivery: e for e in entries}
    for entry in made:
        old = kept[entry.delivery]
        figures = {} if old.state == "landed" else {figure: getattr(old, figure) for figure in FIGURES}
        kept[entry.delivery] = entry.model_copy(update={**figures, "state": "accepted"})
        Journal(lake, source.name).write(kept[entry.delivery])
    shadow.clear()
    return list(kept.values())


def _grown(shadow: Lake, source: Source, entries: Sequence[Entry]) -> list[Entry]:
    """Refine deliveries one after another into an empty lake; gives their entries, accepted or refused."""
    shadow.clear()
    for entry in entries:
        Journal(shadow, source.name).write(entry.model_copy(update={"state": "landed"}))
    made: list[Entry] = []
    for entry in Journal(shadow, source.name).entries():
        if made:
            _decide(shadow, source, entry.night)
        made.append(refine_one(shadow, source, entry))
    return made


def _take_over(lake: Lake, source: Source, shadow: Lake, new: Sequence[Entry]) -> None:
    """Bring the tables up to a rebuild's own. new: its deliveries that were not in force before."""
    # If it is killed from here on, their rows stand where they belong, and there is no half to go on from.
    for entry in new:
        Journal(lake, source.name).write(entry.model_copy(update={"begun": REBUILT}))
    mark = {**shadow.seen(f"silver/{source.name}"), "rebuilt": True}
    for zone, key in KEYS.items():
        table, seen = f"{zone}/{source.name}", mark if zone == "silver" else None
        if lake.exists(table):
            lake.replace(table, shadow.read(table), key, seen=seen)
        else:
            lake.append(table, shadow.read(table), seen, by="_by" if zone == "superseded" else None)


def _empty(lake: Lake, source: Source) -> None:
    for table in _there(lake, source):
        lake.replace(table, lake.read(table).where("false"), KEYS[table.split("/")[0]])


def _decide(lake: Lake, source: Source, until: dt.date) -> None:
    """Apply what people decided before the night `until` on rows that are quarantined still.

    A correction that was made before a delivery came was in force until then.
    """
    corrections, dismissals = (
        [d for d in decided if d["night"] < until] for decided in (source.corrections, source.dismissals)
    )
    if waits(lake, source, [*corrections, *dismissals]):
        replay(lake, source, corrections, dismissals)


def _replace(lake: Lake, source: Source, entry: Entry, replaced: list[Entry]) -> list[Entry]:
    """Take a delivery where it belongs among those that are in force, without the ones that it replaces."""
    withdrawn = {e.delivery for e in replaced}
    kept = [e for e in Journal(lake, source.name).accepted() if e.delivery not in withdrawn]
    reason = f"replaced by {entry.delivery}"
    nothing = dict.fromkeys(FIGURES, 0)
    old = [e.model_copy(update={**nothing, "state": "replaced", "reason": reason}) for e in replaced]
    rebuilt = rebuild(lake, source, sorted([*kept, entry], key=lambda e: (e.date, e.delivery)), old)
    new = [e for e in rebuilt if e.delivery == entry.delivery]
    return [*old, *new] if new[0].state == "accepted" else new
