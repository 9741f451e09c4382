"""Registered capital as registers print it: a number, its unit and its currency in one text."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values import text as texts
from schemas.values.lookup import lookup

NUMBER = r"(-?[0-9]{1,20}(?:\.[0-9]{0,10})?)"
UNIT = "(万|亿|)"
CURRENCIES = {
    "人民币": "CNY",
    "RMB": "CNY",
    "CNY": "CNY",
    "美元": "USD",
    "美金": "USD",
    "USD": "USD",
    "港元": "HKD",
    "港币": "HKD",
    "香港元": "HKD",
    "HKD": "HKD",
    "澳门元": "MOP",
    "葡币": "MOP",
    "MOP": "MOP",
    "新台币": "TWD",
    "台币": "TWD",
    "台湾元": "TWD",
    "日元": "JPY",
    "日币": "JPY",
    "JPY": "JPY",
    "欧元": "EUR",
    "EUR": "EUR",
    "英镑": "GBP",
    "GBP": "GBP",
    "德国马克": "DEM",
    "马克": "DEM",
    "法国法郎": "FRF",
    "瑞士法郎": "CHF",
    "瑞典克朗": "SEK",
    "加拿大元": "CAD",
    "加元": "CAD",
    "澳大利亚元": "AUD",
    "澳元": "AUD",
    "新加坡元": "SGD",
    "新西兰元": "NZD",
    "韩元": "KRW",
}
NAMES = "|".join(sorted(CURRENCIES, key=len, reverse=True))
# 50(万元人民币), 50万元(人民币), 2029(万人民币元), 0万美元: brackets and 元 say nothing more.
FORM = rf"\A(?:{NAMES})?{NUMBER}{UNIT}[元圆]?(?:整|{NAMES})?[元圆]?\z"


def _bare(text: Column) -> Column:
    return texts.compact(text, r" ,，()（）\[\]¥￥$")


def amount_text(text: Column) -> Column:
    """Capital in ten thousands of the stated currency, as plain text; NULL for what states no amount.

    text: string. An amount without 万 or 亿 that names 元 or a currency is in single units; a bare number is in ten
    thousands already, as registers give it.
    """
    bare = _bare(text)
    number, unit = F.regexp_extract(bare, FORM, 1), F.regexp_extract(bare, FORM, 2)
    power = F.when(unit == "万", "").when(unit == "亿", "E4").otherwise("E-4")
    return F.when(bare.rlike(rf"\A{NUMBER}\z"), bare).when(bare.rlike(FORM), F.concat(number, power))


def typed(text: Column) -> Column:
    """Capital as decimal(18,4), NULL where too large."""
    return text.try_cast("decimal(18,4)")


def currency(text: Column) -> Column:
    """ISO 4217 code of the currency that a capital text states (CNY where it names none), NULL where it has no amount.

    text: the delivered text, not the clean value.
    """
    bare = _bare(text)
    named = lookup(CURRENCIES, F.regexp_extract(bare, f"({NAMES})", 1))
    return F.when(bare.rlike(FORM), F.coalesce(named, F.lit("CNY")))
