"""Amounts, counts, capital and telephone numbers."""

from decimal import Decimal

from cleaning import Clean
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas.values import capital


def test_amounts_lose_their_signs_and_separators(clean: Clean) -> None:
    forms = ["1234.5", "1,234.50", "￥1,234.50", "１２３４．５０", "1234.5元", "人民币1234.5元整"]
    assert clean("decimal", forms, type="decimal(10,2)", unit="yuan") == dict.fromkeys(forms, Decimal("1234.50"))


def test_an_amount_in_another_unit_is_converted(clean: Clean) -> None:
    yuan, wan = ["50万元", "500000", "0.005亿元"], ["50", "50万元", "500000元", "50万"]
    assert clean("decimal", yuan, type="decimal(10,2)", unit="yuan") == dict.fromkeys(yuan, Decimal("500000.00"))
    assert clean("decimal", wan, type="decimal(18,4)", unit="wan") == dict.fromkeys(wan, Decimal("50.0000"))


def test_what_is_no_amount_or_too_large_is_null(clean: Clean) -> None:
    wrong = ["12,34", "abc", "99999999999", "1e99", "元", "1.2.3", "--5"]
    assert clean("decimal", wrong, type="decimal(10,2)") == dict.fromkeys(wrong)


def test_whole_numbers(clean: Clean) -> None:
    assert clean("integer", ["1,200", "12.0", "12.5", "9" * 20]) == {
        "1,200": 1200,
        "12.0": 12,
        "12.5": None,
        "9" * 20: None,
    }


def test_capital_is_read_as_registers_print_it(clean: Clean) -> None:
    forms = {
        "50(万元人民币)": 50,
        "0万美元": 0,
        "2,029(万人民币元)": 2029,
        "9（万元）": 9,
        "9(万元(港币))": 9,
        "9万香港元": 9,
        "500000元": 50,
        "1亿元": 10000,
        "50": 50,
        "N/A": None,
        "万元": None,
        "万元(人民币)": None,
        "电热多用锅": None,
    }
    assert clean("capital", list(forms)) == {text: None if n is None else Decimal(n) for text, n in forms.items()}


def test_the_currency_of_capital_is_read_beside_it(spark: SparkSession) -> None:
    forms = {
        "50(万元人民币)": "CNY",
        "0万美元": "USD",
        "9万港币": "HKD",
        "9(万元)": "CNY",
        "9(万日元)": "JPY",
        "万元": None,
    }
    frame = spark.createDataFrame([(text,) for text in forms], "raw string").coalesce(1)
    assert [row[0] for row in frame.select(capital.currency(F.col("raw"))).collect()] == list(forms.values())


def test_mobile_numbers_lose_country_code_and_gaps(clean: Clean) -> None:
    forms = [
        "13800138000",
        "+86 138-0013-8000",
        "008613800138000",
        "86 138 0013 8000",
        "１３８００１３８０００",
        "13800138000/13900139000",
    ]
    assert clean("phone", forms) == dict.fromkeys(forms, "13800138000")


def test_land_lines_are_area_and_number(clean: Clean) -> None:
    forms = ["020-87654321", "(020)87654321", "02087654321", "020-87654321转802", "020-87654321-802", "+86-20-87654321"]
    assert clean("phone", forms) == dict.fromkeys(forms, "020-87654321")
    assert clean("phone", ["0755 8765432"]) == {"0755 8765432": "0755-8765432"}


def test_what_is_no_telephone_number_is_null(clean: Clean) -> None:
    wrong = ["12800138000", "1380013800", "12345", "010", "电话"]
    assert clean("phone", wrong) == dict.fromkeys(wrong)
