"""Which sources are late, by what their contracts promise: a delivery every so many days, at a time of day (rule 8)."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.deliveries import Entry
from schemas.contract import Contract

_ZONE = ZoneInfo("Asia/Shanghai")
# A skipped delivery equals the content in force, a replaced one was accepted before: the department did deliver.
_CAME = ("accepted", "skipped", "replaced")


def late(
    entries: Iterable[Entry], contracts: Iterable[Contract], night: dt.date, now: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """The sources that are late as of `night`, longest first, then those that never delivered, by name.

    As of a night whose day is over that is the day's end, else `now` (by default the clock), in China's time.

    A delivery of business date D is due on D, at the contract's time of day; the next one `every` days after the last
    that was accepted. Deliveries that a later night took do not count, whatever their date; nor do refused ones.

    Gives source, every (days), due (HH:MM), last (business date, None where nothing was accepted yet), state (late |
    never), since (when the first one that is missing was due, None for a source that has never delivered at all).
    """
    now = now or dt.datetime.now(_ZONE).replace(tzinfo=None)
    known = [e for e in entries if e.night <= night and e.date <= night]
    told = []
    for contract in contracts:
        tried = [e.date for e in known if e.source == contract.source]
        last = max((e.date for e in known if e.source == contract.source and e.state in _CAME), default=None)
        # What was refused ever since it began is late from its first date on.
        expected = last + dt.timedelta(days=contract.every_days) if last else min(tried, default=None)
        if expected is None or (expected <= night and _due(contract, expected) <= now):
            told.append(
                {
                    "source": contract.source,
                    "every": contract.every_days,
                    "due": contract.due,
                    "last": str(last) if last else None,
                    "state": "late" if expected else "never",
                    "since": f"{expected} {contract.due}" if expected else None,
                }
            )
    return sorted(told, key=lambda one: (one["since"] is None, one["since"] or "", one["source"]))


def _due(contract: Contract, date: dt.date) -> dt.datetime:
    return dt.datetime.combine(date, dt.time.fromisoformat(contract.due))
