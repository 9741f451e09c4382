"""Numbers that hold another one: taxpayer numbers, cards of the disabled, school numbers.

They are keys, and a key is judged by its form alone; the number within is a part of its own, NULL where not valid.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import id_number, number, uscc
from schemas.values import text as texts

# A credit code or 18 digits; before 2015 six digits of the region and an organisation code; of a sole trader an ID
# number with two digits behind it.
OLD_TAXPAYER = "[0-9]{6}[0-9A-Z]{8}[0-9X]"
TRADER = "(?:[1-9][0-9]{16}[0-9X]|[1-9][0-9]{14})[0-9]{2}"
TAXPAYER = f"{uscc.FORM}|{id_number.FORM}|{OLD_TAXPAYER}|{TRADER}"
# ID number, kind 1-7 and grade 1-4 (GB/T 26341).
CARD = "[0-9]{17}[0-9X][1-7][1-4]"
# G and the ID number, or L and a serial where none is known.
STUDENT = "G[0-9]{17}[0-9X]|L[0-9A-Z]{1,20}"


def taxpayer(text: Column) -> Column:
    """A taxpayer number of one of the forms, a credit code repaired as by itself; NULL for anything else.

    text: string. Case, spaces and separators do not count.
    """
    return F.coalesce(number.form(TAXPAYER)(text), uscc.repaired(texts.compact(text, uscc.SEPARATORS)))


def taxpayer_uscc(number: Column) -> Column:
    """The valid credit code that a clean taxpayer number is, else NULL."""
    return F.when(_is_uscc(number), number)


def taxpayer_organisation_code(number: Column) -> Column:
    """The organisation code (9 characters) of a clean taxpayer number: in a valid credit code, or of 15 characters."""
    old = F.when(number.rlike(rf"\A{OLD_TAXPAYER}\z"), F.substring(number, 7, 9))
    return F.coalesce(old, F.when(_is_uscc(number), uscc.organisation_code(number)))


def taxpayer_id_number(number: Column) -> Column:
    """The valid ID number (18 characters) within a sole trader's taxpayer number, else NULL."""
    length = F.length(number)
    # An ID number in 31 is a credit code too, by chance; the field is for credit codes.
    either = F.when((length == 20) | ((length == 18) & ~_is_uscc(number)), id_number.valid(number))
    return F.when(length == 17, id_number.valid_old(number)).otherwise(either)


def taxpayer_is_trader(number: Column) -> Column:
    """Whether a clean taxpayer number is a sole trader's (boolean): a credit code of one, or made of an ID number.

    The form says it: the ID number within may have been mistyped.
    """
    made = number.rlike(rf"\A{TRADER}\z") | taxpayer_id_number(number).isNotNull()
    return made | uscc.is_trader(number)


def _is_uscc(number: Column) -> Column:
    return number.rlike(rf"\A{uscc.FORM}\z") & (uscc.check_character(number) == F.substring(number, 18, 1))


def card_id_number(card: Column) -> Column:
    """The valid ID number within a clean card number, else NULL."""
    return id_number.valid(card)


def card_kind(card: Column) -> Column:
    """Kind of disability (GB/T 26341: 1 to 7) within a clean card number."""
    return F.substring(card, 19, 1)


def card_grade(card: Column) -> Column:
    """Grade of disability (1 to 4) within a clean card number."""
    return F.substring(card, 20, 1)


def student_id_number(number: Column) -> Column:
    """The valid ID number within a clean school number, NULL where it holds a serial."""
    return F.when(number.startswith("G"), id_number.valid(F.substring(number, 2, 18)))
