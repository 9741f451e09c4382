"""Land what a department's HTTP interface shows: its records as a file of JSON lines, and its pages beside it."""

import datetime as dt
import shutil
from pathlib import Path

from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.land import discover, read_pages
from pipelines.land.land_files import described, original_folder, taken
from pipelines.land.take import settled, written
from schemas.contract import Contract


def land_pages(lake: Lake, contract: Contract, night: dt.date, overrides: dict[str, str]) -> list[Entry]:
    """Land all records of the contract's interface; gives the journal entry, or none where they are known.

    The delivery is dated by the night and known by its records: the same ones in other pages, in another order, are the
    same delivery. An interface whose address holds no {date} shows the present: it is not asked for a night before one
    that was taken already. Pages that do not agree with their total are refused whole; RendiError where they cannot be
    fetched, which leaves nothing.
    """
    journal = Journal(lake, contract.source)
    later = any(e.date > night for e in journal.in_force())
    if later and not read_pages.dated(contract):
        return []
    folder = Path(lake.root) / "restricted" / "fetched" / contract.source
    try:
        found = read_pages.fetch(contract, night, folder)
        delivery = discover.single(str(found.lines), contract, night)
        entry = described(delivery, contract, night)
        if settled(journal, entry.delivery, overrides):
            return []
        if found.records == 0 and not found.reason and contract.mode == "delta":
            entry = entry.model_copy(update={"state": "skipped", "reason": "the interface shows no record"})
        else:
            entry = taken(lake, contract, delivery, entry, overrides.get(entry.delivery), found.reason)
        if entry.state != "skipped":
            kept = Path(original_folder(lake, entry)) / "pages"
            shutil.rmtree(kept, ignore_errors=True)
            found.pages.rename(kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [written(journal, entry)]
