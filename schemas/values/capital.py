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
    "美元": "USD",
    "美金": "USD",
    "港元": "HKD",
    "港币": "HKD",
    "香港元": "HKD",
    "澳门元": "MOP",
    "葡币": "MOP",
    "新台币": "TWD",
    "台币": "TWD",
    "台湾元": "TWD",
    "日元": "JPY",
    "日币": "JPY",
    "欧元": "EUR",
    "英镑": "GBP",
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
CODES = {**CURRENCIES, **{code: code for code in CURRENCIES.values()}}
NAMES = "|".join(sorted(CODES, key=len, reverse=True))
# 50(万元人民币), 50万元(人民币), 1234(万人民币元), 0万美元: brackets and 元 say nothing more.
FORM = rf"\A(?:{NAMES})?{NUMBER}{UNIT}[元圆]?(?:整|{NAMES})?[元圆]?\z"


def form(text: Column) -> Column:
    """Capital as `number CODE`, the number of ten thousands with an exponent, the code of ISO 4217; NULL for no amount.

    text: string. An amount without 万 or 亿 that names 元 or a currency is in single units; a bare number is in ten
    thousands already, as registers give it. What names no currency is in yuan.
    """
    # A dollar sign stays: it does not say whose dollar.
    bare = texts.compact(text, r" ,，()（）\[\]¥￥")
    number, unit = F.regexp_extract(bare, FORM, 1), F.regexp_extract(bare, FORM, 2)
    power = F.when(unit == "万", "").when(unit == "亿", "E4").otherwise("E-4")
    named = lookup(CODES, F.regexp_extract(bare, f"({NAMES})", 1))
    return F.when(bare.rlike(rf"\A{NUMBER}\z"), F.concat(bare, F.lit(" CNY"))).when(
        bare.rlike(FORM), F.concat(number, power, F.lit(" "), F.coalesce(named, F.lit("CNY")))
    )


def stated(text: Column) -> Column:
    """Capital in its one form, such as 50万CNY or 0.5万USD; NULL where the number is too large.

    text: string as `form` gives it.
    """
    number = F.substring_index(text, " ", 1).try_cast("decimal(18,4)").cast("string")
    return F.concat(F.regexp_replace(number, r"\.?0+\z", ""), F.lit("万"), F.substring_index(text, " ", -1))


def amount(capital: Column) -> Column:
    """The number of ten thousands (decimal(18,4)) of the currency within clean capital."""
    return F.substring_index(capital, "万", 1).try_cast("decimal(18,4)")


def currency(capital: Column) -> Column:
    """The currency (ISO 4217) within clean capital."""
    return F.substring_index(capital, "万", -1)
