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
        "5/3/2024",
        "20240305.5",
        "20240230.0",
        "2024-03-05.0",
        "二〇二四年二月三十日",
        "二〇二四年十三月五日",
        "二〇二四年三月五十日",
        "二四年三月五日",
        "二〇二四年三月",
        "三月五日",
    ]
    assert clean("date", wrong) == dict.fromkeys(wrong)
    assert clean("datetime", [*wrong, "2024-03-05 25:00:00"]) == dict.fromkeys([*wrong, "2024-03-05 25:00:00"])


@pytest.mark.parametrize("kind", ["date", "datetime"])
def test_a_day_is_read_from_a_float_and_from_chinese_numerals(clean: Clean, kind: str) -> None:
    forms = {
        "20240305.0": (2024, 3, 5),
        "2024年3月5号": (2024, 3, 5),
        "二〇二四年三月五日": (2024, 3, 5),
        "二零二四年〇三月〇五号": (2024, 3, 5),
        "二○二四年十二月二十五日": (2024, 12, 25),
        "二〇二四年十月十日": (2024, 10, 10),
        "一九九九年十一月三十日": (1999, 11, 30),
        "二〇〇〇年十月三十一日": (2000, 10, 31),
        "二O二四年一月十九日": (2024, 1, 19),
        "2024年二月二十九日": (2024, 2, 29),
        "二〇二四年一月二十日": (2024, 1, 20),
    }
    found = {text: local(value) for text, value in clean(kind, list(forms)).items()}
    made = dt.date if kind == "date" else dt.datetime
    assert found == {text: made(*day) for text, day in forms.items()}


def test_every_chinese_numeral_of_a_day_is_read(clean: Clean) -> None:
    ones = ["", *"一二三四五六七八九"]
    written = {
        f"{ten}{one}": n for n, (ten, one) in enumerate([(t, o) for t in ("", "十", "二十", "三十") for o in ones])
    }
    days = {f"二〇二四年十二月{text}日": dt.date(2024, 12, n) for text, n in written.items() if 1 <= n <= 31}
    assert len(days) == 31
    assert clean("date", list(days)) == days


def test_a_date_may_be_a_days_number_in_excel(clean: Clean) -> None:
    days = {"45356": DAY, "20000": dt.date(1954, 10, 3), "60000": dt.date(2064, 4, 8), "36526": dt.date(2000, 1, 1)}
    assert clean("date", list(days)) == days
    wrong = ["19999", "60001", "4535", "453560", "45356.5", "-45356"]
    assert clean("date", wrong) == dict.fromkeys(wrong)
    # A moment without its clock is none.
    assert clean("datetime", ["45356"]) == {"45356": None}


def test_a_stamp_may_have_become_a_float(clean: Clean) -> None:
    found = clean("datetime", ["20240305083015.0"])
    assert local(found["20240305083015.0"]) == dt.datetime(2024, 3, 5, 8, 30, 15)
    assert clean("date", ["20240305083015.0"]) == {"20240305083015.0": DAY}
    assert clean("datetime", ["20240305083015.5"]) == {"20240305083015.5": None}


def test_months_are_read_from_floats_whole_dates_with_a_clock_and_chinese_numerals(clean: Clean) -> None:
    forms = ["202403.0", "20240305.0", "2024年3月5号", "2024-03-01 00:00:00", "2024-03-01T00:00:00", "2024/3/1 0:00"]
    forms += ["20240301 00:00:00", "20240301000000", "二〇二四年三月", "二〇二四年三月五日", "2024年3月1日8时30分"]
    assert clean("year_month", forms) == dict.fromkeys(forms, "202403")
    assert clean("year_month", ["二○二四年十月", "二〇二四年十二月"]) == {
        "二○二四年十月": "202410",
        "二〇二四年十二月": "202412",
    }
    wrong = [
        "202403.5",
        "202413.0",
        "2024-03-01 noon",
        "2024-03-01 00",
        "二〇二四年十三月",
        "二〇二四年",
        "2024-13-01 00:00:00",
    ]
    assert clean("year_month", wrong) == dict.fromkeys(wrong)


def test_months_are_six_digits(clean: Clean) -> None:
    forms = ["202403", "2024-03", "2024/3", "2024年3月", "20240305", "2024-03-05"]
    assert clean("year_month", [*forms, "202413", "2024", "0003"]) == {
        **dict.fromkeys(forms, "202403"),
        "202413": None,
        "2024": None,
        "0003": None,
    }
