"""Text: one width, single spaces, nothing invisible, and NULL for every word that says nothing."""

import unicodedata

import pytest
from cleaning import Clean


def test_widths_spaces_and_invisible_characters_are_folded(clean: Clean) -> None:
    forms = {
        "ＡＢ　１２": "AB 12",
        " a\t b\n": "a b",
        "张\u200b三": "张三",
        "⾦属": "金属",
        "\ufeff李四": "李四",
        "（甲）": "(甲)",
    }
    assert clean("text", list(forms)) == forms


@pytest.mark.parametrize(
    "word",
    [
        "NULL",
        "null",
        "N/A",
        "ｎ／ａ",
        "无",
        " 不详 ",
        "-",
        "－－",
        "—",
        "",
        "　",
        "\u200b",
        "None",
        "(NULL)",
        "（null）",
        "<NULL>",
        "＜Null＞",
        "[NULL]",
        "[null]",
        "NIL",
        "nil",
        "#REF!",
        "#name?",
        "#DIV/0!",
    ],
)
def test_words_for_no_value_are_null(clean: Clean, word: str) -> None:
    assert clean("text", [word]) == {word: None}


def test_what_only_looks_like_no_value_is_kept(clean: Clean) -> None:
    kept = [
        "未知",
        "无名氏",
        "A-1",
        "0",
        "NULLABLE",
        "(NULL",
        "[NULL)",
        "(NULLABLE)",
        "NILS",
        "()",
        "<a>",
        "𠮷",
        "张\ue000",
        "□",
    ]
    assert clean("text", kept) == {word: word for word in kept}


def test_widths_fold_as_unicode_says(clean: Clean) -> None:
    texts = ["".join(map(chr, range(start, start + 16))) for start in range(0xFF01, 0xFF51, 16)]
    assert clean("text", texts) == {text: unicodedata.normalize("NFKC", text) for text in texts}
