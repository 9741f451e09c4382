"""Telephone numbers: mobile as 11 digits, land lines as area code and number."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import text as texts

MOBILE = "1[3-9][0-9]{9}"
COUNTRY = r"(?:\(?\+? ?(?:00)?86\)?[\- ]*)"
AREA = "10|2[0-9]|[3-9][0-9]{2}"
NAMED = r"(?:(?:(?:联系|办公|家庭|移动|固定)?(?:电话|手机|座机)(?:号码?)?|(?i:tel(?:ephone)?|phone|mobile)\.?)[: ]*)?"
EXTENSION = r"(?:[\- ]*(?:转|分机|[Ee][Xx][Tt]\.?|[Xx#,*\-]) ?[0-9]{1,6})?"
# Whose it is: (父亲).
NOTE = r"(?: ?\([^()0-9]{1,20}\))?"
# Of several numbers in one field the first counts.
OTHERS = rf"{NOTE}(?:[;/、|].*|,.{{7,}}| [+(]?[0-9][0-9() \-]{{6,}}.*)?"


def clean(text: Column) -> Column:
    """A mobile number (11 digits), a land line (0AA-NNNNNNNN) or a 400/800 number (10 digits); NULL for anything else.

    text: string. Country code, spaces, hyphens and brackets do not count, nor do words before and behind; an extension
    is kept off. A mobile number may have the 0 before it with which it was called from another city.
    """
    bare, gaps = texts.whole(text), r"[\- ]?"
    mobile = rf"\A{NAMED}{COUNTRY}?0?(1[3-9][0-9]){gaps}([0-9]{{4}}){gaps}([0-9]{{4}}){EXTENSION}{OTHERS}\z"
    number = rf"([2-8][0-9]{{2,3}}){gaps}([0-9]{{4}}){EXTENSION}{OTHERS}"
    line = rf"\A{NAMED}(?:{COUNTRY}?\(?0|{COUNTRY}\(?)({AREA})\)?[\- ]*{number}\z"
    service = rf"\A{NAMED}([48]00){gaps}([0-9]{{3}}){gaps}([0-9]{{4}}){OTHERS}\z"
    return (
        F.when(text.rlike(rf"\A{MOBILE}\z"), text)
        .when(bare.rlike(mobile), F.regexp_replace(bare, mobile, "$1$2$3"))
        .when(bare.rlike(line), F.regexp_replace(bare, line, "0$1-$2$3"))
        .when(bare.rlike(service), F.regexp_replace(bare, service, "$1$2$3"))
    )


def is_mobile(number: Column) -> Column:
    """Whether a clean number is a mobile one."""
    return texts.matched(number, MOBILE).isNotNull()
