"""Code lists, and the kinds of value that a contract may name."""

import re

import pytest

from schemas import codelists
from schemas.errors import RendiError
from schemas.values import industry, region, trie
from schemas.values.kinds import kind

LISTS = sorted(path.stem for path in codelists.FOLDER.glob("*.csv"))


@pytest.mark.parametrize("name", LISTS)
def test_every_code_and_label_of_a_list_leads_to_its_code(name: str) -> None:
    lookup = codelists.lookup(name)
    for code, label in codelists.load(name).items():
        assert lookup[codelists.written(code)] == code
        assert codelists.load(name)[lookup[codelists.written(label)]] == label


def test_lists_are_as_long_as_their_standards() -> None:
    assert len([code for code in codelists.load("ethnic") if int(code) <= 56]) == 56
    assert list(codelists.load("sex")) == ["0", "1", "2", "9"]
    assert "".join(codelists.load("industry")) == "ABCDEFGHIJKLMNOPQRST"
    assert len(industry.sections()) == 97


def test_a_missing_list_names_the_nearest() -> None:
    with pytest.raises(RendiError, match="did you mean 'ethnic'"):
        codelists.load("etnic")


def test_a_code_without_its_leading_zero_is_the_code() -> None:
    assert codelists.lookup("ethnic")["1"] == "01"


def test_a_class_of_one_digit_is_the_class_unless_it_may_be_a_code_that_lost_its_zero() -> None:
    relation = codelists.lookup("relation")
    known = {"0": "02", "3": "30", "4": "40", "5": "50", "6": "60", "7": "70", "8": "80", "01": "01", "02": "02"}
    assert {text: relation.get(text) for text in [*known, "1", "2"]} == {**known, "1": None, "2": None}


def test_an_unknown_kind_or_parameter_names_the_nearest() -> None:
    with pytest.raises(RendiError, match="did you mean 'id_number'"):
        kind("id_numbr")
    with pytest.raises(RendiError, match="did you mean 'codes'"):
        kind("code", code="sex")
    with pytest.raises(RendiError, match="needs the parameter 'type'"):
        kind("decimal")
    with pytest.raises(RendiError, match="no decimal type"):
        kind("decimal", type="decimal(5,9)")


def test_county_names_follow_their_years() -> None:
    assert region.label("440113") == "番禺区"
    assert region.codes_by_label()["广州市番禺区"] == "440113"
    assert "朝阳区" not in region.codes_by_label()


def test_a_pattern_matches_its_words_and_no_others() -> None:
    words = {"110101", "110102", "110201", "440106"}
    found = re.compile(trie.pattern(words))
    assert {word for word in (f"{number:06d}" for number in range(10**6)) if found.fullmatch(word)} == words


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("household_status", "已死亡", "死亡注销"),
        ("household_status", "注销（死亡）", "死亡注销"),
        # Who leaves the city or goes to the army is struck off, too.
        ("household_status", "注销", None),
        ("marriage_event", "离婚登记", "离婚"),
        ("insurance_status", "停保", "中断"),
        ("registration_status", "在营（开业）企业", "存续"),
        ("registration_status", "吊销，未注销", "吊销"),
        ("registration_status", "吊销，已注销", "注销"),
    ],
)
def test_words_of_a_status_are_what_departments_write_for_it(name: str, text: str, code: str | None) -> None:
    assert codelists.lookup(name).get(codelists.written(text)) == code
