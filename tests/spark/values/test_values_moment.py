"""Dates, times and months in every form in which they are delivered."""

import datetime as dt

import pytest
from cleaning import Clean

DAY = dt.date(2024, 3, 5)


@pytest.mark.parametrize("kind", ["date", "datetime"])
def test_every_form_of_a_day_is_read(clean: Clean, kind: str) -> None:
    forms = ["2024-03-05", "20240305", "2024/3/5", "2024年3月5日", "2024年03月05日", "２０２４－０３－０５", "2024.3.5"]
    found = clean(kind, forms)
    expected = DAY if kind == "date" else dt.datetime(2024, 3, 5)
    assert {text: local(value) for text, value in found.items()} == dict.fromkeys(forms, expected)


def local(value: dt.date | None) -> dt.date | None:
    """A timestamp as clock time in the session's zone: the driver shows it in the machine's."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone(dt.timedelta(hours=8))).replace(tzinfo=None)
    return value


def test_a_time_behind_the_day_is_kept_by_datetime_and_dropped_by_date(clean: Clean) -> None:
    forms = [
        "2024-03-05 08:30:15",
        "2024-03-05T08:30:15",
        "2024/3/5 8:30:15",
        "20240305083015",
        "2024年3月5日8时30分15秒",
    ]
    expected = dt.datetime(2024, 3, 5, 8, 30, 15)
    assert {text: local(value) for text, value in clean("datetime", forms).items()} == dict.fromkeys(forms, expected)
    assert clean("date", forms) == dict.fromkeys(forms, DAY)


def test_fractions_and_zones_are_read(clean: Clean) -> None:
    forms = ["2024-03-05 08:30:15.250", "2024-03-05T00:30:15.25Z", "2024-03-05T08:30:15.25+08:00"]
    forms += ["2024-03-05 08:30:15.250+08", "2024-03-04 23:30:15.25-01"]
    expected = dt.datetime(2024, 3, 5, 8, 30, 15, 250_000)
    assert {text: local(value) for text, value in clean("datetime", forms).items()} == dict.fromkeys(forms, expected)


def test_a_time_with_a_zone_is_of_the_day_that_it_was_here(clean: Clean) -> None:
    forms = ["2024-03-04T16:00:00.000Z", "2024-03-05T00:00:00Z", "2024-03-05 00:00:00+08", "20240304 18:00-0100"]
    assert clean("date", forms) == dict.fromkeys(forms, DAY)


def test_days_that_do_not_exist_are_null(clean: Clean) -> None:
    wrong = [
        "2024-02-30",
        "20231301",
        "2023/2/29",
        "0000-00-00",
        "1849-12-31",
        "2201-01-01",
        "2024",
        "2024-03",
        "45356",
        "5/3/2024",
    ]
    assert clean("date", wrong) == dict.fromkeys(wrong)
    assert clean("datetime", [*wrong, "2024-03-05 25:00:00"]) == dict.fromkeys([*wrong, "2024-03-05 25:00:00"])


def test_months_are_six_digits(clean: Clean) -> None:
    forms = ["202403", "2024-03", "2024/3", "2024年3月", "20240305", "2024-03-05"]
    assert clean("year_month", [*forms, "202413", "2024", "0003"]) == {
        **dict.fromkeys(forms, "202403"),
        "202413": None,
        "2024": None,
        "0003": None,
    }
