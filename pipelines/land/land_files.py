"""Land files: bronze is read from the originals that are kept, by whose hashes the delivery is known."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import fsspec

from pipelines.deliveries import BY_HAND, Entry, Journal, PartOf, delivery_name
from pipelines.lake import Lake
from pipelines.land import discover, rows
from pipelines.land.discover import Delivery, Part
from pipelines.land.take import grown, judge_whole, last_in_force, settled, write_bronze, written
from pipelines.scratch import SENT
from pipelines.session import fit
from schemas.contract import Contract
from schemas.errors import RendiError
from schemas.record_key import definition

# Unknown columns, or sheets that are not read, that a reason names.
_NAMED = 10


def land_files(lake: Lake, contract: Contract, landing: str, night: dt.date, overrides: dict[str, str]) -> list[Entry]:
    """Land every unprocessed delivery in the landing folder dated up to `night`; gives their journal entries."""
    journal = Journal(lake, contract.source)
    done = []
    for delivery in discover.deliveries(landing, contract, night):
        entry = described(delivery, contract, night)
        if settled(journal, entry.delivery, overrides) or _tidied(journal, entry):
            continue
        done.append(written(journal, taken(lake, contract, delivery, entry, overrides.get(entry.delivery))))
    return done


def described(delivery: Delivery, contract: Contract, night: dt.date) -> Entry:
    """The journal entry of a delivery of files that nobody has judged yet."""
    return Entry(
        source=delivery.source,
        delivery=delivery_name(delivery.date, delivery.id),
        date=delivery.date,
        night=night,
        state="landed",
        parts=tuple(PartOf(name=p.name, sha256=p.sha256, size=p.size) for p in delivery.parts),
        content=hashlib.sha256("".join(sorted(p.sha256 for p in delivery.parts)).encode()).hexdigest(),
        keyed=definition(contract),
    )


def taken(
    lake: Lake, contract: Contract, delivery: Delivery, entry: Entry, forced: str | None, reason: str = ""
) -> Entry:
    """The entry of a delivery after it was taken into bronze, skipped, or refused with a reason.

    The files of one that was refused are kept, too: its department may ask what was wrong with them.
    forced: what an engineer decided, `accept` or `refuse`. reason: why it is to be refused unless it is forced.
    """
    judged = _judged(lake, contract, delivery, entry, forced, reason)
    if judged.state == "refused":
        try:
            for part in delivery.parts:
                _kept(lake, part, entry)
        except RendiError as error:
            told = dict.fromkeys([judged.reason, str(error)])
            return judged.model_copy(update={"reason": "; ".join(told)})
    return judged


def _judged(lake: Lake, contract: Contract, delivery: Delivery, entry: Entry, forced: str | None, reason: str) -> Entry:
    if forced:
        reason = BY_HAND if forced == "refuse" else ""
    try:
        header = rows.check_header(delivery, contract)
        entry = entry.model_copy(update={"delivered": rows.count(delivery, contract)})
        if not forced:
            reason = reason or header.reason or _lacking(lake, entry)
        refused_or_skipped = judge_whole(lake, contract, entry, forced, reason)
        if refused_or_skipped is not None:
            return refused_or_skipped
        growth = grown(lake, contract, entry)
        fit(lake.spark, entry.delivered)
        original = replace(delivery, parts=tuple(_kept(lake, part, entry) for part in delivery.parts))
        delivered = rows.read(lake.spark, original, contract, entry.delivered <= SENT)
        last = None if forced == "accept" else last_in_force(lake, contract)
        odd = write_bronze(lake, contract, delivered, entry, last)
    except RendiError as error:
        # What was wrong while it was fetched is why it cannot be read.
        return entry.model_copy(update={"state": "refused", "reason": reason or str(error)})
    told = [_named("unknown columns kept in bronze: ", header.extra), _named("", header.unread), growth, odd]
    return entry.model_copy(update={"reason": "; ".join(one for one in told if one)})


def _tidied(journal: Journal, entry: Entry) -> bool:
    """Whether all parts are parts of the delivery in force for their date: others were taken away, nothing came."""
    parts = {p.sha256 for p in entry.parts}
    return any(parts < {p.sha256 for p in e.parts} for e in journal.in_force() if e.date == entry.date)


def _lacking(lake: Lake, entry: Entry) -> str:
    """Why a delivery is refused that would withdraw rows by a part that is not there; a part is known by its name up to
    the first dot, or by its content.
    """
    here = {known for p in entry.parts for known in (p.sha256, _stem(p.name))}
    for other in Journal(lake, entry.source).in_force():
        gone = [p.name for p in other.parts if not here & {p.sha256, _stem(p.name)}]
        if other.date == entry.date and gone:
            return (
                f"lacks {', '.join(gone)} of {other.delivery}, which is in force: its rows would be withdrawn; put it "
                f"back beside the others (restricted/original holds it), or if this is all of {entry.date}, run: rendi "
                f"delivery accept {entry.delivery} --reason …"
            )
    return ""


def _stem(name: str) -> str:
    return name.split(".", 1)[0].lower()


def _named(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{what}{', '.join(names[:_NAMED])}{more}"


def landed_again(lake: Lake, contract: Contract, entries: Iterable[Entry]) -> None:
    """Write those deliveries that bronze lacks into it again, from the files that are kept, as they were taken."""
    for entry in _taken(entries):
        if not lake.has(f"bronze/{contract.source}", "_delivery", entry.delivery):
            folder = original_folder(lake, entry)
            parts = tuple(Part(f"{folder}/{p.name}", p.name, p.size, p.sha256) for p in entry.parts)
            fit(lake.spark, entry.delivered)
            original = Delivery(entry.source, entry.date, parts)
            delivered = rows.read(lake.spark, original, contract, entry.delivered <= SENT)
            write_bronze(lake, contract, delivered, entry)
            Journal(lake, contract.source).write(entry.model_copy(update={"keyed": definition(contract)}))


def lost(lake: Lake, entries: Iterable[Entry]) -> list[str]:
    """The kept files of deliveries that were taken which are gone, or are not as large any more as they came."""
    files, _ = fsspec.core.url_to_fs(lake.root)
    there = [(f"{original_folder(lake, e)}/{p.name}", p.size) for e in _taken(entries) for p in e.parts]
    return [path for path, size in there if not files.exists(path) or files.size(path) != size]


def _taken(entries: Iterable[Entry]) -> list[Entry]:
    return [e for e in entries if e.state in ("landed", "accepted", "replaced") and e.delivered]


def original_folder(lake: Lake, entry: Entry) -> str:
    """Where the delivered files are kept."""
    return f"{lake.root}/restricted/original/{entry.source}/{entry.delivery}"


def _kept(lake: Lake, part: Part, entry: Entry) -> Part:
    """The part as it is kept; RendiError where what was copied is not what was hashed."""
    files, path = fsspec.core.url_to_fs(f"{original_folder(lake, entry)}/{part.name}")
    kept = replace(part, path=discover.address(files, path))
    if files.exists(path) and files.size(path) == part.size:
        return kept
    files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    digest = hashlib.sha256()
    with fsspec.open(part.path, "rb") as delivered, files.open(f"{path}.new", "wb") as copy:
        while block := delivered.read(1 << 20):
            digest.update(block)
            copy.write(block)
    if digest.hexdigest() != part.sha256:
        files.rm(f"{path}.new")
        raise RendiError(f"{part.name}: it changed while it was read: is it still being written? Run it again then")
    files.mv(f"{path}.new", path)
    return kept
