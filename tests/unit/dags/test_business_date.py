"""The business date of a night that Airflow begins, without Airflow."""

import datetime as dt
from types import SimpleNamespace

import pytest

from dags.dates import business_date


def utc(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("date", "interval", "run_after", "wanted"),
    [
        ("2026-02-28", utc(1, 16), utc(2, 16), "2026-02-28"),
        # 16:00 UTC is midnight in Shanghai.
        (None, utc(1, 16), utc(2, 16), "2026-03-02"),
        (None, None, utc(2, 16), "2026-03-02"),
        (None, None, utc(2, 15), "2026-03-01"),
    ],
    ids=["named", "scheduled", "by hand just after midnight", "by hand before midnight"],
)
def test_a_night_is_of_the_date_it_was_given_or_of_the_last_day_that_is_over(
    date: str | None, interval: dt.datetime | None, run_after: dt.datetime, wanted: str
) -> None:
    run = SimpleNamespace(data_interval_start=interval, run_after=run_after)
    assert business_date({"date": date}, run) == wanted
