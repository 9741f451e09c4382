"""What `rendi unit` tells a scheduler of refused deliveries."""

import datetime as dt

from pipelines.commands.night import _missed
from pipelines.deliveries import Entry, State
from schemas import contract

NIGHT = dt.date(2026, 3, 4)
FULL, DELTA = (contract.load(s) for s in ("planning_address", "market_penalty"))


def entry(source: str, day: int, state: State, night: int = 4) -> Entry:
    date = dt.date(2026, 3, day)
    return Entry(source=source, delivery=f"{date}", date=date, night=dt.date(2026, 3, night), state=state)


def test_only_what_this_night_refused_is_told() -> None:
    earlier, tonight, other = (
        entry(FULL.source, 2, "refused", 2),
        entry(FULL.source, 4, "refused"),
        entry("x", 4, "refused"),
    )
    assert _missed([earlier, tonight, other], (FULL,), NIGHT, ()) == [tonight]


def test_what_came_instead_for_its_date_makes_up_for_a_refused_one() -> None:
    for source in (FULL, DELTA):
        refused = entry(source.source, 3, "refused")
        entries = [refused, entry(source.source, 3, "accepted")]
        assert _missed(entries, (source,), NIGHT, {refused.delivery}) == []
        assert _missed(entries, (source,), NIGHT, ()) == [refused]


def test_a_later_full_delivery_makes_up_for_a_refused_one_and_a_delta_does_not() -> None:
    assert (FULL.mode, DELTA.mode) == ("full", "delta")
    for source, told in ((FULL, 0), (DELTA, 1)):
        entries = [entry(source.source, 3, "refused"), entry(source.source, 4, "accepted")]
        assert len(_missed(entries, (source,), NIGHT, ())) == told
