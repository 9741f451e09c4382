"""Masks show what they say and no more, and scrubbed text holds nothing that the leak scan would find."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from stdnum.cn import ric

from pipelines.protect.evidence import kinds_in, known
from pipelines.protect.masks import mask_name, mask_phone, scrub

ID = "44010619900307123" + ric.calc_check_digit("440106199003071230")


def applied(spark: SparkSession, function: object, values: list[str | None]) -> list[str | None]:
    assert callable(function)
    column: Column = function(F.col("value"))
    return [
        row[0] for row in spark.createDataFrame([(value,) for value in values], "value string").select(column).collect()
    ]


def test_a_masked_name_keeps_the_surname_and_hides_the_length(spark: SparkSession) -> None:
    names = {
        "王明": "王**",
        "王小明": "王**",
        "欧阳修": "欧阳**",
        "諸葛孔明": "諸葛**",
        "欧阳": "欧**",
        "东方红": "东方**",
        "阿依古丽·买买提": "阿**",
        "司马·艾山": "司**",
        "𠮷野健": "𠮷**",
        "John Smith": "J**",
        "王": "**",
        "□伟": "□**",
    }
    assert applied(spark, mask_name, [*names, None]) == [*names.values(), None]


def test_a_masked_phone_leaves_a_million_candidates(spark: SparkSession) -> None:
    phones = {
        "13912345678": "139******78",
        "020-38123456": "020-******56",
        "0755-2345678": "0755-******78",
        "110": "***",
        "13912345678,13912345679": "***",
        "1391234567８": "***",
    }
    assert applied(spark, mask_phone, [*phones, None]) == [*phones.values(), None]


def test_scrubbed_text_keeps_the_rest(spark: SparkSession) -> None:
    texts = {
        f"本人{ID},电话13912345678。": "本人***,电话***。",
        f"证号{ID}42": "证号***",
        "旧证440106850307123": "旧证***",
        "call +86 139-1234-5678 or 020-38123456": "call *** or ***",
        "2024-03-05 缴费 1234.56 元": "2024-03-05 缴费 1234.56 元",
        "44010600100100012": "44010600100100012",
        "平安": "平安",
        "": "",
    }
    assert applied(spark, scrub, [*texts, None]) == [*texts.values(), None]


PIECES = st.sampled_from(
    [
        *(ID, ID + "42", "G" + ID, ID[:6] + " " + ID[6:14] + "-" + ID[14:], "440106850307124", "13912345678", "86"),
        *("139 1234 5678", "020-38123456", "0", "1", "19", "2024-03-05", " ", "-", ".", ";", "电话", "a", "5678"),
    ]
)


@settings(max_examples=3, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=6).map("".join), min_size=800, max_size=800))
def test_the_leak_scan_finds_nothing_in_scrubbed_text(spark: SparkSession, texts: list[str]) -> None:
    told = known((), ())
    left = [text for text in applied(spark, scrub, list(texts)) if text is None or kinds_in(text, told)]
    assert left == []


@pytest.mark.parametrize("function", [mask_name, mask_phone, scrub])
def test_any_text_at_all_has_a_mask(spark: SparkSession, function: object) -> None:
    odd = ["", " ", "\0", "\n", "\ud83d".encode("utf-8", "replace").decode(), "𠮷" * 50, "$1\\", "·", "··", "1" * 400]
    assert all(value is not None for value in applied(spark, function, list(odd)))
