"""Resident identity numbers, and the numbers that hold one."""

import datetime as dt
import random

from cleaning import Clean
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from stdnum.cn import ric

from schemas.values import id_number

GOOD = "11010519491231002X"


def number(body: str) -> str:
    return body + ric.calc_check_digit(body + "0")


def test_check_characters_agree_with_stdnum(spark: SparkSession) -> None:
    seeded = random.Random(3)
    bodies = [f"{seeded.randrange(10**16, 10**17)}" for _ in range(10_000)]
    frame = spark.createDataFrame([(body,) for body in bodies], "body string")
    found = [row[0] for row in frame.select(id_number.check_character(F.col("body"))).collect()]
    assert found == [ric.calc_check_digit(body + "0") for body in bodies]


def test_a_body_that_is_no_number_has_no_check_character(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("abc",), (None,), ("",)], "body string")
    assert {row[0] for row in frame.select(id_number.check_character(F.col("body"))).collect()} == {None}


def test_every_way_of_writing_gives_the_one_number(clean: Clean) -> None:
    ways = [
        GOOD,
        GOOD.lower(),
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "'110105-19491231-002x",
        "110105491231002",
        "110105491231002.0",
    ]
    assert clean("id_number", ways) == dict.fromkeys(ways, GOOD)


def test_what_stands_around_a_number_does_not_count(clean: Clean) -> None:
    around = [
        '="{}"',
        "[{}]",
        "【{}】",
        '"{}"',
        "“{}”",
        "‘{}’",
        "「{}」",
        "'{}",
        "身份证号码：{}",
        "身份证：{}",
        "身份证号 {}",
    ]
    around += ["公民身份号码{}", "居民身份证号码:{}", "ID: {}", "id:{}", '"身份证号码：{}"', '["{}"]']
    ways = [one.format(GOOD) for one in around]
    ways += [GOOD[:-1] + "\u0425", GOOD[:-1] + "\u0445", '="110105491231002"', "身份证：110105491231002"]
    assert clean("id_number", ways) == dict.fromkeys(ways, GOOD)
    wrong = [one.format(GOOD[:-1] + "1") for one in around] + [one.format(GOOD[:-1]) for one in around]
    wrong += [
        f"护照：{GOOD}",
        f"{GOOD}身份证",
        f"身份证{GOOD}{GOOD}",
        f"{GOOD}={GOOD}",
        f"A{GOOD}",
        "身份证：",
        '=""',
        "ID",
    ]
    assert clean("id_number", wrong) == dict.fromkeys(wrong)


def test_wrong_numbers_are_null(clean: Clean) -> None:
    wrong = [
        GOOD[:-1] + "1",
        number("11010519490230002"),
        number("19010519491231002"),
        number("11000019491231002"),
        number("11010517491231002"),
        "110105491331002",
        "1101051949123100",
        # A digit is missing: to work the last one out would make a number of it, and somebody else's.
        GOOD[:-1],
    ]
    assert clean("id_number", wrong) == dict.fromkeys(wrong)


def test_a_county_counts_if_it_was_in_force_at_birth_or_later(clean: Clean) -> None:
    # Panyu was 440126 to 1992, 440181 to 2000, and is 440113 since.
    good = [number(f"{code}{born}0101001") for code, born in (("440126", 1950), ("440113", 1950), ("440181", 1985))]
    late = number("44012620050101001")
    assert clean("id_number", [*good, late]) == {**{text: text for text in good}, late: None}


def test_permits_and_cards_of_permanent_residence_are_numbers_too(clean: Clean) -> None:
    good = [number(f"{prefix}19900101001") for prefix in ("810000", "820000", "830000", "931840")]
    assert clean("id_number", good) == {text: text for text in good}


def test_birth_date_sex_and_region_are_read_from_the_number(clean: Clean) -> None:
    man = number("44010620000229001")
    assert clean("id_number", [GOOD, man, "x"], part="birth_date") == {
        GOOD: dt.date(1949, 12, 31),
        man: dt.date(2000, 2, 29),
        "x": None,
    }
    assert clean("id_number", [GOOD, man, "x"], part="sex") == {GOOD: "2", man: "1", "x": None}
    assert clean("id_number", [GOOD, man, "x"], part="region") == {GOOD: "110105", man: "440106", "x": None}


def test_cards_of_the_disabled_are_judged_by_form_and_give_what_they_hold(clean: Clean) -> None:
    good, invalid, no_kind = f"{GOOD.lower()}43", "11010519491231002143", f"{GOOD}83"
    assert clean("disability_card", [good, invalid, no_kind]) == {good: f"{GOOD}43", invalid: invalid, no_kind: None}
    assert clean("disability_card", [good, invalid], part="id_number") == {good: GOOD, invalid: None}
    assert clean("disability_card", [good], part="kind") == {good: "4"}
    assert clean("disability_card", [good], part="grade") == {good: "3"}


def test_school_numbers_are_judged_by_form_and_give_what_they_hold(clean: Clean) -> None:
    texts = [f"g{GOOD}", "G110105194912310021", "L2024000123", "2024"]
    assert list(clean("student_no", texts).values()) == [f"G{GOOD}", "G110105194912310021", "L2024000123", None]
    assert list(clean("student_no", texts, part="id_number").values()) == [GOOD, None, None, None]
