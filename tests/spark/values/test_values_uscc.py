"""Credit codes, and the taxpayer numbers that are one or hold one."""

import random

from cleaning import Clean
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from stdnum.cn import ric
from stdnum.cn import uscc as oracle

from schemas.values import uscc

GOOD = "91440101900001009U"
ID = "11010519491231002X"


def test_check_characters_agree_with_stdnum(spark: SparkSession) -> None:
    seeded = random.Random(5)
    bodies = ["91440106" + "".join(seeded.choices(uscc.ALPHABET, k=9)) for _ in range(10_000)]
    frame = spark.createDataFrame([(body,) for body in bodies], "body string")
    found = [row[0] for row in frame.select(uscc.check_character(F.col("body"))).collect()]
    assert found == [oracle.calc_check_digit(body) for body in bodies]


def test_the_short_judgement_agrees_with_stdnum(spark: SparkSession) -> None:
    seeded = random.Random(7)
    bodies = ["91440106" + "".join(seeded.choices(uscc.ALPHABET, k=9)) for _ in range(2_000)]
    codes = [body + character for body in bodies for character in (oracle.calc_check_digit(body), *"0Y")]
    frame = spark.createDataFrame([(code,) for code in codes], "code string")
    found = [row[0] for row in frame.select(uscc.holds(F.col("code"))).collect()]
    assert found == [code[-1] == oracle.calc_check_digit(code[:-1]) for code in codes]


def test_every_way_of_writing_gives_the_one_code(clean: Clean) -> None:
    ways = [
        GOOD,
        GOOD.lower(),
        "９１４４０１０１９００００１００９Ｕ",
        "9144 0101 9000 0100 9U",
        "91-440101-900001009-U",
    ]
    assert clean("uscc", ways) == dict.fromkeys(ways, GOOD)


def test_wrong_codes_are_null(clean: Clean) -> None:
    wrong = [GOOD[:-1] + "1", "91440101I00001009U", GOOD[:-1], "B1440101900001009U", "440101000012345"]
    assert clean("uscc", wrong) == dict.fromkeys(wrong)


def misread(code: str) -> str:
    return code.translate(str.maketrans("0125", "OIZS"))


def test_letters_that_the_alphabet_lacks_are_digits_where_the_check_character_then_holds(clean: Clean) -> None:
    other = "91440106MA5125011" + oracle.calc_check_digit("91440106MA5125011")
    good = {misread(GOOD): GOOD, misread(GOOD).lower(): GOOD, "9144O101 90000100-9u": GOOD, misread(other): other}
    wrong = [misread(GOOD[:-1]) + "1", misread(GOOD[:-1]), "91440101V00001009U", "OIZSOIZSOIZSOIZSOI"]
    for kind in ("uscc", "taxpayer_no"):
        assert clean(kind, [*good, *wrong]) == {**good, **dict.fromkeys(wrong)}


def test_taxpayer_numbers_of_other_forms_keep_their_letters(clean: Clean) -> None:
    old = ["440101O00001009", "440101IZSO0100X", "44010190000100S"]
    assert clean("taxpayer_no", old) == {old[0]: old[0], old[1]: old[1], old[2]: None}


def test_departments_with_a_letter_register_too(clean: Clean) -> None:
    codes = [
        body + oracle.calc_check_digit(body) for body in ("N2440106MF1234567", "A1440106MF1234567", "Y1440106MF1234567")
    ]
    assert clean("uscc", codes) == {code: code for code in codes}


def test_organisation_code_and_region_are_read_from_the_code(clean: Clean) -> None:
    assert clean("uscc", [GOOD], part="organisation_code") == {GOOD: "900001009"}
    assert clean("uscc", [GOOD], part="region") == {GOOD: "440101"}


def test_a_taxpayer_number_is_judged_by_form(clean: Clean) -> None:
    good = [GOOD, GOOD[:-1] + "1", "440101900001009", "44010190000100X", f"{ID}01", "11010549123100201", ID]
    bad = ["4401", "ABC", f"{ID}0"]
    assert clean("taxpayer_no", [*good, *bad]) == {text: text if text in good else None for text in [*good, *bad]}


def test_a_taxpayer_number_gives_what_it_holds(clean: Clean) -> None:
    texts = [GOOD, GOOD[:-1] + "1", "440101900001009", f"{ID}01", "11010519491231002101", "11010549123100201"]
    assert list(clean("taxpayer_no", texts, part="uscc").values()) == [GOOD, None, None, None, None, None]
    codes = ["900001009", None, "900001009", None, None, None]
    assert list(clean("taxpayer_no", texts, part="organisation_code").values()) == codes
    assert list(clean("taxpayer_no", texts, part="id_number").values()) == [None, None, None, ID, None, ID]
    assert ric.is_valid(ID)
