"""Names of persons and of organisations."""

from cleaning import Clean


def test_names_have_one_middle_dot_and_no_inner_spaces(clean: Clean) -> None:
    forms = {
        "阿卜杜拉•买买提": "阿卜杜拉·买买提",
        "阿卜杜拉.买买提": "阿卜杜拉·买买提",
        "张 三": "张三",
        "Ａｎｎａ Smith": "Anna Smith",
    }
    assert clean("person_name", list(forms)) == forms


def test_characters_that_a_system_lacked_stay(clean: Clean) -> None:
    names = ["张□", "李?", "王\ue123", "䶮\U0002cd36"]
    assert clean("person_name", names) == {name: name for name in names}


def test_placeholders_are_kept_and_named(clean: Clean) -> None:
    placeholders = ["无名氏", "李红之子", "张某", "张某某", "待定", "婴儿", "新生儿"]
    names = ["李之远", "张三", "阿卜杜拉·买买提", "张□"]
    assert clean("person_name", placeholders) == {name: name for name in placeholders}
    assert clean("person_name", [*placeholders, *names], part="is_placeholder") == {
        **dict.fromkeys(placeholders, True),
        **dict.fromkeys(names, False),
    }


def test_names_are_compared_by_one_form_of_each_character(clean: Clean) -> None:
    forms = {
        "張國華": "张国华",
        "张国华": "张国华",
        "阿卜杜拉·买买提": "阿卜杜拉买买提",
        "Anna Smith": "ANNASMITH",
        "王喆": "王喆",
    }
    assert clean("person_name", list(forms), part="folded") == forms


def test_names_of_companies_have_full_width_brackets(clean: Clean) -> None:
    forms = {
        "甲乙丙(珠海)制药 有限公司": "甲乙丙（珠海）制药有限公司",
        "广州市某某有限公司。": "广州市某某有限公司",
        "IBM China Ltd": "IBM China Ltd",
    }
    assert clean("org_name", list(forms)) == forms


def test_the_core_of_a_name_is_without_form_and_brackets(clean: Clean) -> None:
    forms = {"甲乙丙(珠海)制药有限公司": "甲乙丙制药", "广州某某有限责任公司": "广州某某", "公司": "公司"}
    assert clean("org_name", list(forms), part="core") == forms


def test_a_name_that_is_a_persons_is_told_from_a_companys(clean: Clean) -> None:
    persons, others = (
        ["王小明", "欧阳修", "李四", "阿卜杜拉·买买提"],
        ["王记店", "广州公司", "王小明商行", "中石化", "张江高科技"],
    )
    expected = {**dict.fromkeys(persons, True), **dict.fromkeys(others, False)}
    assert clean("org_name", [*persons, *others], part="looks_like_person") == expected
