"""Resident identity numbers (GB 11643-1999), and the numbers of residence permits and cards that share their form."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import region as regions
from schemas.values import text as texts
from schemas.values.lookup import lookup

FORM = "[1-9][0-9]{16}[0-9X]"
# How many years a registry goes on giving out a county's number after the county's end.
LAG = 5


def form(text: Column) -> Column:
    """A number of the right form, not yet verified: 18 characters, or the 17 before the check character; else NULL.

    text: string. Case, spaces and separators do not count; a number of 15 digits gets its century (clause 3 of the
    1989 edition: born in the 20th).
    """
    cleaned = F.translate(texts.compact(text, r" \-'`.,_"), "×Ⅹ", "XX")
    longer = F.regexp_replace(cleaned, r"\A([1-9][0-9]{5})([0-9]{9})\z", "$1" + "19" + "$2")
    return F.when(text.rlike(rf"\A{FORM}\z"), text).otherwise(texts.matched(longer, FORM + "|[1-9][0-9]{16}"))


def check_character(body: Column) -> Column:
    """Check character of a number (GB 11643-1999, clause 5; ISO 7064 MOD 11-2), NULL where `body` has no 17 digits.

    body: string column that begins with the first 17 digits.
    """
    # Digits by division of one bigint: half the time of 17 substrings.
    number = F.substring(body, 1, 17).try_cast("bigint")
    total = sum(
        (F.call_function("div", number, F.lit(10**place).cast("bigint")) % 10) * (2 ** (place + 1) % 11)
        for place in range(17)
    )
    return F.substring(F.lit("10X98765432"), (total % 11 + 1).cast("int"), F.lit(1))


def with_check(number: Column) -> Column:
    """The number and behind it the check character that it ought to have."""
    return F.concat(number, check_character(number))


def verified(checked: Column) -> Column:
    """The 18 characters of what `with_check` gave, where check character, birth date and prefix hold; else NULL."""
    number = F.substring(checked, 1, 18)
    right = (F.length(checked) == 18) | (F.substring(checked, 18, 1) == F.substring(checked, 19, 1))
    return F.when(right & born(number).isNotNull() & placed(number), number)


def valid(text: Column) -> Column:
    """The valid number that a text is, else NULL: all steps in one expression, for numbers inside other numbers."""
    return texts.once(texts.once(form(text), with_check), verified)


def born(number: Column) -> Column:
    """Birth date (date) of an 18-character number, NULL where there is no such day between 1850 and 2199."""
    year, month, day = (F.substring(number, start, length) for start, length in ((7, 4), (11, 2), (13, 2)))
    date = F.concat(year, F.lit("-"), month, F.lit("-"), day).try_cast("date")
    return F.when(year.between("1850", "2199"), date)


def placed(number: Column) -> Column:
    """Whether the prefix is a county's that was in force at birth or later, a residence permit's, or a 9-card's.

    Numbers were first given in 1984, to the old by the counties of that day: a code may be younger than its holder.
    Cards of permanent residence (9, two digits of the province, three of the nationality) are judged by form.
    """
    code, year = F.substring(number, 1, 6), F.substring(number, 7, 4).try_cast("int")
    last = lookup(regions.last_years(), code).try_cast("int")
    card = F.substring(number, 1, 1) == "9"
    whole_province = code.endswith("0000") & ~code.isin("710000", *regions.PERMITS)
    return card | F.coalesce((last + LAG >= year) & ~whole_province, F.lit(False))


def sex(number: Column) -> Column:
    """Code of sex (GB/T 2261.1: 1 男, 2 女) from the 17th digit of a clean number."""
    odd = F.substring(number, 17, 1).isin("1", "3", "5", "7", "9")
    return F.when(odd, "1").when(number.isNotNull(), "2")


def region(number: Column) -> Column:
    """County code (6 digits) of a clean number; NULL for a card of permanent residence, which has none."""
    return F.when(F.substring(number, 1, 1) != "9", F.substring(number, 1, 6))
