"""Amounts, counts, capital and telephone numbers."""

from decimal import Decimal

from cleaning import Clean


def test_amounts_lose_their_signs_and_separators(clean: Clean) -> None:
    forms = ["1234.5", "1,234.50", "￥1,234.50", "１２３４．５０", "1234.5元", "人民币1234.5元整"]
    assert clean("decimal", forms, type="decimal(10,2)", unit="yuan") == dict.fromkeys(forms, Decimal("1234.50"))


def test_an_amount_in_another_unit_is_converted(clean: Clean) -> None:
    yuan, wan = ["50万元", "500000", "0.005亿元"], ["50", "50万元", "500000元", "50万"]
    assert clean("decimal", yuan, type="decimal(10,2)", unit="yuan") == dict.fromkeys(yuan, Decimal("500000.00"))
    assert clean("decimal", wan, type="decimal(18,4)", unit="wan") == dict.fromkeys(wan, Decimal("50.0000"))


def test_the_unit_of_an_amount_may_stand_in_brackets_or_before_its_month(clean: Clean) -> None:
    wan = ["500(万元)", "500（万元）", "500 (万)", "500（万元人民币）", "5,000,000(元)"]
    assert clean("decimal", wan, type="decimal(10,2)", unit="yuan") == {
        **dict.fromkeys(wan, Decimal("5000000.00")),
    }
    month = ["1200元/月", "1200元每月", "￥1,200元／月", "1200(元)/月", "0.12万元/月"]
    assert clean("decimal", month, type="decimal(10,2)", unit="yuan") == dict.fromkeys(month, Decimal("1200.00"))


def test_brackets_that_do_not_hold_a_unit_make_no_amount(clean: Clean) -> None:
    # Accountants write a negative number in brackets.
    wrong = [
        "(500)",
        "（500）",
        "(500万元)",
        "500(万元",
        "500万元)",
        "500()",
        "500(美元)",
        "1200元/年",
        "1200元/",
        "1200元月",
    ]
    assert clean("decimal", wrong, type="decimal(10,2)", unit="yuan") == dict.fromkeys(wrong)


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


def test_capital_is_read_as_registers_print_it_with_its_currency(clean: Clean) -> None:
    forms = {
        "50(万元人民币)": "50万CNY",
        "0万美元": "0万USD",
        "1,234(万人民币元)": "1234万CNY",
        "9（万元）": "9万CNY",
        "9(万)": "9万CNY",
        "9(万元(港币))": "9万HKD",
        "9(万元（人民币）)": "9万CNY",
        "9万香港元": "9万HKD",
        "9(万日元)": "9万JPY",
        "12.3400(万元人民币)": "12.34万CNY",
        "12.34567万欧元": "12.3457万EUR",
        "500000元": "50万CNY",
        "$50万": None,
        "500USD": "0.05万USD",
        "1亿元": "10000万CNY",
        "100": "100万CNY",
        "9万KRW": "9万KRW",
        "N/A": None,
        "万元": None,
        "万元(人民币))": None,
        "空气炸锅": None,
        "9" * 20: None,
    }
    assert clean("capital", list(forms)) == forms


def test_amount_and_currency_of_capital_are_parts_of_it(clean: Clean) -> None:
    forms = {"0.5亿美元": (Decimal(5000), "USD"), "50(万元人民币)": (Decimal(50), "CNY"), "万元": (None, None)}
    amounts, currencies = (clean("capital", list(forms), part=part) for part in ("amount", "currency"))
    assert {text: (amounts[text], currencies[text]) for text in forms} == forms


def test_mobile_numbers_lose_country_code_and_gaps(clean: Clean) -> None:
    forms = [
        "13800138000",
        "+86 138-0013-8000",
        "008613800138000",
        "86 138 0013 8000",
        "１３８００１３８０００",
        "13800138000/13900139000",
    ]
    forms += ["13800138000.0"]
    assert clean("phone", forms) == dict.fromkeys(forms, "13800138000")


def test_land_lines_are_area_and_number(clean: Clean) -> None:
    forms = ["020-87654321", "(020)87654321", "02087654321", "020-87654321转802", "020-87654321-802", "+86-20-87654321"]
    assert clean("phone", forms) == dict.fromkeys(forms, "020-87654321")
    assert clean("phone", ["0755 8765432"]) == {"0755 8765432": "0755-8765432"}


def test_the_first_of_several_numbers_counts_and_words_around_do_not(clean: Clean) -> None:
    forms = ["13800138000 13900139000", "13800138000\n13900139000", "13800138000 020-87654321", "13800138000（父亲）"]
    forms += ["13800138000 (父亲)", "13800138000(父亲) 13900139000(母亲)", "13800138000（父亲）、13900139000（母亲）"]
    forms += [
        "手机：13800138000",
        "手机号码:13800138000",
        "电话：13800138000",
        "联系电话13800138000",
        "Tel:13800138000",
    ]
    forms += [
        "TEL. 13800138000",
        "Tel: +86 138 0013 8000",
        "013800138000",
        "+86 013800138000",
        "手机：013800138000(本人)",
    ]
    assert clean("phone", forms) == dict.fromkeys(forms, "13800138000")
    lines = [
        "电话：020-87654321",
        "020-87654321 13800138000",
        "020-87654321\n020-87654322",
        "Tel:(020)87654321(办公室)",
    ]
    assert clean("phone", lines) == dict.fromkeys(lines, "020-87654321")
    assert clean("phone", ["电话：400-820-8820"]) == {"电话：400-820-8820": "4008208820"}


def test_what_is_nearly_a_telephone_number_is_null(clean: Clean) -> None:
    wrong = [
        "13800138000 12345",
        "13800138000(123)",
        "13800138000(父亲",
        "13800138000 父亲",
        "手机：1380013800",
        "手机：",
    ]
    wrong += ["0013800138000", "012800138000", "传真：020-87654321", "QQ:13800138000", "1380013800 13900139000"]
    assert clean("phone", wrong) == dict.fromkeys(wrong)


def test_what_is_no_telephone_number_is_null(clean: Clean) -> None:
    wrong = ["12800138000", "1380013800", "12345", "010", "电话"]
    assert clean("phone", wrong) == dict.fromkeys(wrong)
