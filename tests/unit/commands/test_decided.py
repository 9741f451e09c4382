"""From which night a decision applies."""

import datetime as dt

import pytest

from pipelines import state
from pipelines.commands import shared
from pipelines.commands.shared import decided_on

TODAY = dt.date(2026, 11, 26)


@pytest.mark.parametrize(
    ("last", "said", "since"),
    [
        (None, None, TODAY),
        (TODAY - dt.timedelta(days=1), None, TODAY),
        (dt.date(2026, 3, 4), None, dt.date(2026, 3, 4)),
        (dt.date(2026, 3, 4), "2026-03-05", dt.date(2026, 3, 5)),
    ],
)
def test_a_lake_of_past_dates_is_worked_in_their_time(
    monkeypatch: pytest.MonkeyPatch, last: dt.date | None, said: str | None, since: dt.date
) -> None:
    told = shared.day
    monkeypatch.setattr(shared, "day", lambda text: told(text) if text else TODAY)
    monkeypatch.setattr(state, "last_night", lambda root: last)
    assert decided_on("lake", said) == since
