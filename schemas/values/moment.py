"""Dates, times and months in the forms in which departments write them."""

from pyspark.sql import Column
from pyspark.sql import functions as F

DAY = r"([0-9]{4}) ?[-/.年] ?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,2}) ?日?"
COMPACT_DAY = "([0-9]{4})([0-9]{2})([0-9]{2})"
CLOCK = r"([0-9]{1,2})[:时]([0-9]{1,2})(?:[:分](?:([0-9]{1,2})(\.[0-9]{1,9})?)?秒?)?"
# 20240305083000, as systems print it.
STAMP = "".join(f"([0-9]{{{width}}})" for width in (4, 2, 2, 2, 2, 2))
# PostgreSQL leaves the minutes out where there are none: 2024-03-05 08:30:00+08.
ZONE = r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
FIRST, LAST = 1850, 2200


def _common(text: Column) -> Column:
    return text.rlike(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z")


def day_text(text: Column) -> Column:
    """A date in any of the accepted forms, a time behind it or not, as year-month-day; NULL for anything else.

    text: string such as 2024-03-05, 20240305, 2024/3/5, 2024年3月5日, 2024-03-05T08:00:00. Of a time with a zone it is
    the day that it was in the session's zone: midnight here is 16:00 of the day before in UTC.
    """
    behind = rf"(?:[ T]*{CLOCK})?"
    separated, joined = rf"\A{DAY}{behind}\z", rf"\A{COMPACT_DAY}{behind}\z"
    zoned = rf"\A(?:{DAY}|{COMPACT_DAY})[ T]*{CLOCK} ?{ZONE}\z"
    return (
        F.when(_common(text), text)
        .when(text.rlike(zoned), F.date_format(instant(instant_text(text)), "yyyy-MM-dd"))
        .when(text.rlike(separated), F.regexp_replace(text, separated, "$1-$2-$3"))
        .when(text.rlike(joined), F.regexp_replace(text, joined, "$1-$2-$3"))
        .when(text.rlike(rf"\A{STAMP}\z"), F.regexp_replace(text, STAMP, "$1-$2-$3"))
    )


def day(text: Column) -> Column:
    """The date of a year-month-day text; NULL where there is no such day between 1850 and 2200."""
    date = text.try_cast("date")
    return F.when(F.substring(text, 1, 4).between(str(FIRST), str(LAST)), date)


def instant_text(text: Column) -> Column:
    """A date with or without a time, in any of the accepted forms, as ISO 8601 text; NULL for anything else.

    Fractions of a second and a zone may stand behind the time; without a zone it is the session's.
    """
    clock = rf"(?:[ T]*{CLOCK} ?{ZONE}?)?"
    forms = [rf"\A{DAY}{clock}\z", rf"\A{COMPACT_DAY}{clock}\z"]
    iso = F.when(_common(text), text).when(
        text.rlike(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\z"), text
    )
    for form in forms:
        parts = F.regexp_replace(text, form, "$1-$2-$3 $4:$5:$6$7$8")
        # What was not written is empty: 2024-3-5 ::, 2024-3-5 8:30:.
        iso = iso.when(
            text.rlike(form), F.regexp_replace(F.regexp_replace(parts, r" ::\z", ""), r":(?=\z|Z|[+-])", ":00")
        )
    return iso.when(text.rlike(rf"\A{STAMP}\z"), F.regexp_replace(text, STAMP, "$1-$2-$3 $4:$5:$6"))


def instant(text: Column) -> Column:
    """The timestamp of an ISO 8601 text; NULL where there is no such moment in the years 1850 to 2200."""
    return F.when(F.substring(text, 1, 4).between(str(FIRST), str(LAST)), text.try_cast("timestamp"))


def month(text: Column) -> Column:
    """A month as YYYYMM (string) from 202403, 2024-03, 2024年3月 or a whole date; NULL for anything else."""
    common = text.rlike(r"\A[0-9]{6}\z")
    form = r"\A([0-9]{4})(?: ?[-/.年] ?([0-9]{1,2}) ?月?(?:[-/. ]?[0-9]{1,2} ?日?)?|([0-9]{2})[0-9]{2})\z"
    padded = F.concat(F.regexp_extract(text, form, 1), F.lpad(_either(text, form), 2, "0"))
    return F.when(common, text).when(text.rlike(form), padded)


def real_month(text: Column) -> Column:
    """A YYYYMM text whose month exists, in the years 1850 to 2200; else NULL."""
    year_fits = F.substring(text, 1, 4).between(str(FIRST), str(LAST))
    return F.when(year_fits & F.substring(text, 5, 2).between("01", "12"), text)


def _either(text: Column, form: str) -> Column:
    return F.concat(F.regexp_extract(text, form, 2), F.regexp_extract(text, form, 3))
