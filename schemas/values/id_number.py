"""Resident identity numbers (GB 11643-1999), and the numbers of residence permits and cards that share their form."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import region as regions
from schemas.values import text as texts

FORM = "[1-9][0-9]{16}[0-9X]"
# What stands around a number, and is no part of it: Excel's ="…" for a text, the field's name, quotes and brackets.
NAMED = r"(?:(?:公民|居民)?身份证?(?:件)?(?:号码?)?|证件号码?|(?i:id))[: ]*"
QUOTES = "\"'`´\u2018-\u201f\u00ab\u00bb\u2032\u2033\u300c-\u300f"
AROUND = rf"\A=|\A[\[【 {QUOTES}]*{NAMED}|[ \-.,_\[\]【】{QUOTES}]"


def form(text: Column) -> Column:
    """A number of the right form, not yet verified: 18 characters, or the 17 before the check character; else NULL.

    text: string. Case, spaces and separators do not count, nor does what stands around a number; a number of 15 digits
    gets its century (clause 3 of the 1989 edition: born in the 20th), and only such a one has no check character: with
    17 a digit is missing.
    """
    # Multiplication sign, Roman ten, Cyrillic ha.
    cleaned = F.translate(F.upper(F.regexp_replace(texts.whole(text), AROUND, "")), "×Ⅹ\u0425", "XXX")
    old = r"\A([1-9][0-9]{5})([0-9]{9})\z"
    return (
        F.when(text.rlike(rf"\A{FORM}\z"), text)
        .when(cleaned.rlike(old), F.regexp_replace(cleaned, old, "$1" + "19" + "$2"))
        .otherwise(texts.matched(cleaned, FORM))
    )


def check_character(body: Column) -> Column:
    """Check character of a number (GB 11643-1999, clause 5; ISO 7064 MOD 11-2), NULL where `body` has no 17 digits.

    body: string column that begins with the first 17 digits.
    """
    # By division of one bigint, which takes half the time of 17 substrings. With q(k) = number div 10^k the digit at
    # place k is q(k) - 10 q(k+1), which is q(k) + q(k+1) modulo 11; its weight is 2^(k+1).
    number = F.substring(body, 1, 17).try_cast("bigint")
    total = number * 2
    for place in range(1, 17):
        total += F.call_function("div", number, F.lit(10**place).cast("bigint")) * (3 * 2**place % 11)
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
    """The valid number that begins a text of the right form, else NULL: for numbers inside other numbers.

    text: string of 18 characters and more, of which the first 18 are judged.
    """
    right = check_character(text) == F.substring(text, 18, 1)
    return F.when(right & born(text).isNotNull() & placed(text), F.substring(text, 1, 18))


def valid_old(text: Column) -> Column:
    """The number of 18 characters for the 15 digits that begin a text, NULL where they are none."""
    body = century(text)
    return F.when(born(body).isNotNull() & placed(body), with_check(body))


def century(text: Column) -> Column:
    """The first 17 of 18 characters for a number of 15 digits: all its holders were born in the 20th century."""
    return F.concat(F.substring(text, 1, 6), F.lit("19"), F.substring(text, 7, 9))


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
    return number.rlike(rf"\A(?:9|{regions.birth_pattern()})")


def sex(number: Column) -> Column:
    """Code of sex (GB/T 2261.1: 1 男, 2 女) from the 17th digit of a clean number."""
    odd = F.substring(number, 17, 1).isin("1", "3", "5", "7", "9")
    return F.when(odd, "1").when(number.isNotNull(), "2")


def region(number: Column) -> Column:
    """County code (6 digits) of a clean number; NULL for a card of permanent residence, which has none."""
    return F.when(F.substring(number, 1, 1) != "9", F.substring(number, 1, 6))
