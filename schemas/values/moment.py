"""Dates, times and months in the forms in which departments write them."""

from pyspark.sql import Column
from pyspark.sql import functions as F

DAY = r"([0-9]{4}) ?[-/.年] ?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,2}) ?[日号]?"
COMPACT_DAY = "([0-9]{4})([0-9]{2})([0-9]{2})"
# Three groups each, of which three stay empty: a replacement names both, and takes what there is.
EITHER_DAY = f"(?:{DAY}|{COMPACT_DAY})"
ISO_DAY = "$1$4-$2$5-$3$6"
CLOCK = r"([0-9]{1,2})[:时]([0-9]{1,2})(?:[:分](?:([0-9]{1,2})(\.[0-9]{1,9})?)?秒?)?"
# 20240305083000, as systems print it.
STAMP = "".join(f"([0-9]{{{width}}})" for width in (4, 2, 2, 2, 2, 2))
# PostgreSQL leaves the minutes out where there are none: 2024-03-05 08:30:00+08.
ZONE = r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
# The empty fraction of a number that a program took for a float: 20240305.0.
FRACTION = r"\.0+"
# 二〇二四年三月五日: digits one by one in the year, numbers to 39 behind it.
DIGITS, ARABIC = "〇○零0Oo一二三四五六七八九十", "0000001234567891"
NUMERAL = "(?:[〇○零]?[一二三四五六七八九]|[一二三]?十[一二三四五六七八九]?)"
CHINESE_MONTH = f"[0-9{DIGITS[:-1]}]{{4}} ?年 ?{NUMERAL} ?月"
CHINESE_DAY = rf"{CHINESE_MONTH} ?{NUMERAL} ?[日号]?"
# Days of Excel, from 1954 to 2064. It counts 1900-02-29, which never was: for all later days its day 0 is this one.
SERIAL, DAY_0 = r"\A(?:[2-5][0-9]{4}|60000)\z", "1899-12-30"
FIRST, LAST = 1850, 2200


def _common(text: Column) -> Column:
    return text.rlike(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z")


def _arabic(text: Column) -> Column:
    # Ten is 10 where no digit follows, is no digit between two, and else the 1 before one.
    tens = F.regexp_replace(text, "十(?![一二三四五六七八九])", "十0")
    return F.translate(F.regexp_replace(tens, "(?<=[一二三])十", ""), DIGITS, ARABIC)


def day_text(text: Column) -> Column:
    """A date in any of the accepted forms, a time behind it or not, as year-month-day; NULL for anything else.

    text: string such as 2024-03-05, 20240305, 2024/3/5, 2024年3月5日, 二〇二四年三月五日, 2024-03-05T08:00:00, or a
    day's number in Excel (45356). Of a time with a zone it is the day that it was in the session's zone: midnight here
    is 16:00 of the day before in UTC.
    """
    written = rf"\A{EITHER_DAY}(?:[ T]*{CLOCK}|(?<=[0-9]{{8}})(?:[0-9]{{6}})?(?:{FRACTION})?)?\z"
    zoned = rf"\A{EITHER_DAY}[ T]*{CLOCK} ?{ZONE}\z"
    return (
        F.when(_common(text), text)
        .when(text.rlike(written), F.regexp_replace(text, written, ISO_DAY))
        .when(text.rlike(zoned), F.date_format(instant(_clocked(text, zoned)), "yyyy-MM-dd"))
        .when(text.rlike(rf"\A{CHINESE_DAY}\z"), F.regexp_replace(_arabic(text), DAY, "$1-$2-$3"))
        .when(text.rlike(SERIAL), F.date_add(F.lit(DAY_0).cast("date"), text.try_cast("int")).cast("string"))
    )


def day(text: Column) -> Column:
    """The date of a year-month-day text; NULL where there is no such day between 1850 and 2200."""
    date = text.try_cast("date")
    return F.when(F.substring(text, 1, 4).between(str(FIRST), str(LAST)), date)


def instant_text(text: Column) -> Column:
    """A date with or without a time, in any of the accepted forms, as ISO 8601 text; NULL for anything else.

    Fractions of a second and a zone may stand behind the time; without a zone it is the session's. No day's number: a
    field of times that holds one has lost its clock.
    """
    written = rf"\A{EITHER_DAY}(?:[ T]*{CLOCK} ?{ZONE}?|(?<=[0-9]{{8}}){FRACTION})?\z"
    stamp = rf"\A{STAMP}(?:{FRACTION})?\z"
    return (
        F.when(_common(text), text)
        .when(text.rlike(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\z"), text)
        .when(text.rlike(written), _clocked(text, written))
        .when(text.rlike(stamp), F.regexp_replace(text, stamp, "$1-$2-$3 $4:$5:$6"))
        .when(text.rlike(rf"\A{CHINESE_DAY}\z"), F.regexp_replace(_arabic(text), DAY, "$1-$2-$3"))
    )


def _clocked(text: Column, form: str) -> Column:
    parts = F.regexp_replace(text, form, rf"{ISO_DAY} $7:$8:$9$10$11")
    # What was not written is empty: 2024-3-5 ::, 2024-3-5 8:30:.
    return F.regexp_replace(F.regexp_replace(parts, r" ::\z", ""), r":(?=\z|Z|[+-])", ":00")


def instant(text: Column) -> Column:
    """The timestamp of an ISO 8601 text; NULL where there is no such moment in the years 1850 to 2200."""
    return F.when(F.substring(text, 1, 4).between(str(FIRST), str(LAST)), text.try_cast("timestamp"))


def month(text: Column) -> Column:
    """A month as YYYYMM (string); NULL for anything else.

    text: string such as 202403, 2024-03, 2024年3月, 二〇二四年三月, or a whole date, a clock behind it or not.
    """
    clock = f"(?:[ T]*(?<=[ T日号]){CLOCK})?"
    separated = rf"([0-9]{{4}}) ?[-/.年] ?([0-9]{{1,2}}) ?月?(?:[-/. ]?[0-9]{{1,2}} ?[日号]?{clock})?"
    joined = rf"([0-9]{{4}})([0-9]{{2}})(?:[0-9]{{2}}(?:[0-9]{{6}}|{clock}))?(?:{FRACTION})?"
    form = rf"\A(?:{separated}|{joined})\z"

    def padded(text: Column) -> Column:
        return F.regexp_replace(F.regexp_replace(text, form, "$1$7-0$2$8"), r"-0?([0-9]{2})\z", "$1")

    return (
        F.when(text.rlike(r"\A[0-9]{6}\z"), text)
        .when(text.rlike(form), padded(text))
        .when(text.rlike(rf"\A(?:{CHINESE_MONTH}|{CHINESE_DAY})\z"), padded(_arabic(text)))
    )


def real_month(text: Column) -> Column:
    """A YYYYMM text whose month exists, in the years 1850 to 2200; else NULL."""
    year_fits = F.substring(text, 1, 4).between(str(FIRST), str(LAST))
    return F.when(year_fits & F.substring(text, 5, 2).between("01", "12"), text)
