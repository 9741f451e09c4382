"""Numbers that hold another one: taxpayer numbers, cards of the disabled, school numbers.

They are keys, and a key is judged by its form alone; the number within is a part of its own, NULL where not valid.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import id_number, uscc
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


def taxpayer_uscc(number: Column) -> Column:
    """The valid credit code that a clean taxpayer number is, else NULL."""
    return texts.once(F.when(number.rlike(rf"\A{uscc.FORM}\z"), number), uscc.verified)


def taxpayer_organisation_code(number: Column) -> Column:
    """The organisation code (9 characters) of a clean taxpayer number: in a valid credit code, or of 15 characters."""
    old = F.when(number.rlike(rf"\A{OLD_TAXPAYER}\z"), F.substring(number, 7, 9))
    return F.coalesce(old, uscc.organisation_code(taxpayer_uscc(number)))


def taxpayer_id_number(number: Column) -> Column:
    """The valid ID number (18 characters) within a sole trader's taxpayer number, else NULL."""
    length = F.length(number)
    inside = F.when(length.isin(18, 20), F.substring(number, 1, 18)).when(length == 17, F.substring(number, 1, 15))
    found = id_number.valid(inside)
    # One 18-digit number in 31 is a credit code by chance, one in 11 an ID number: the code is what the field is for.
    return F.when((length != 18) | taxpayer_uscc(number).isNull(), found)


def card_id_number(card: Column) -> Column:
    """The valid ID number within a clean card number, else NULL."""
    return id_number.valid(F.substring(card, 1, 18))


def card_kind(card: Column) -> Column:
    """Kind of disability (GB/T 26341: 1 to 7) within a clean card number."""
    return F.substring(card, 19, 1)


def card_grade(card: Column) -> Column:
    """Grade of disability (1 to 4) within a clean card number."""
    return F.substring(card, 20, 1)


def student_id_number(number: Column) -> Column:
    """The valid ID number within a clean school number, NULL where it holds a serial."""
    return id_number.valid(F.when(number.startswith("G"), F.substring(number, 2, 18)))
