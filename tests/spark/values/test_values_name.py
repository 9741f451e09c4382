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


def test_words_for_no_name_are_placeholders_only_as_the_whole_text(clean: Clean) -> None:
    placeholders = ["佚名", "未填", "未填写", "未提供", "不明", "匿名", "空白", "同上"]
    names = ["单不明", "张同上", "空白雪", "匿名者", "未提", "佚名氏"]
    assert clean("person_name", [*placeholders, *names], part="is_placeholder") == {
        **dict.fromkeys(placeholders, True),
        **dict.fromkeys(names, False),
    }


def test_a_number_is_no_name_and_the_unknown_may_be_numbered(clean: Clean) -> None:
    numbers = ["42050219700101013X", "４２０５０２１９７００１０１０１３Ｘ", "13800138000", "李小龙420502197001010130"]
    names = ["无名氏20260301", "测试000001", "12345", "李小龙2"]
    assert clean("person_name", [*numbers, *names]) == dict.fromkeys(numbers) | {name: name for name in names}


def test_names_are_compared_by_one_form_of_each_character(clean: Clean) -> None:
    forms = {
        "張國華": "张国华",
        "张国华": "张国华",
        "阿卜杜拉·买买提": "阿卜杜拉买买提",
        "Anna Smith": "ANNASMITH",
        "王喆": "王喆",
    }
    assert clean("person_name", list(forms), part="folded") == forms


def test_a_note_in_brackets_is_no_part_of_a_name(clean: Clean) -> None:
    forms = {
        "王方（已故）": "王方",
        "王方 (大": "王方",
        "王方【小名】": "王方",
        "张（?）": "张(?)",
        "（已故）": "(已故)",
    }
    assert clean("person_name", list(forms), part="folded") == forms
    assert clean("person_name", ["无名氏（男）", "王方（已故）"], part="is_placeholder") == {
        "无名氏（男）": True,
        "王方（已故）": False,
    }


def test_former_names_are_told_apart(clean: Clean) -> None:
    forms = {
        "徐梅欣": "徐梅欣",
        "徐梅欣、徐小軍": "徐梅欣、徐小军",
        "徐梅欣，徐小军；徐军": "徐梅欣、徐小军、徐军",
        "徐梅欣/徐小军": "徐梅欣、徐小军",
        "徐梅欣 徐小军": "徐梅欣、徐小军",
        "徐梅欣（小名）、 徐小军(乳名)": "徐梅欣、徐小军",
        "欧阳 小明": "欧阳小明",
        "Anna Smith, 安娜": "ANNASMITH、安娜",
        "阿卜杜拉 买买提": "阿卜杜拉买买提",
    }
    assert clean("person_name", list(forms), part="folded_list") == forms


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
        ["王小明", "欧阳修", "李四", "阿卜杜拉·买买提", "王李子涵", "陳大文", "歐陽建"],
        ["王记店", "广州公司", "王小明商行", "中石化", "张江高科技", "阿里木·买买提商行"],
    )
    expected = {**dict.fromkeys(persons, True), **dict.fromkeys(others, False)}
    assert clean("org_name", [*persons, *others], part="looks_like_person") == expected


def test_a_given_name_may_end_as_organisations_do(clean: Clean) -> None:
    persons = ["王伟业", "王建中", "欧阳建业", "李连城", "陈知行", "张立程", "刘社会", "周学工", "吴天一心", "张建社"]
    persons += ["王玉堂", "李家庄", "黄宝库", "何慎斋", "赵文院", "王中心", "李大学", "张学会", "刘企", "诸葛中"]
    others = ["同仁堂", "王府井商行", "北京大学", "石油大学", "农业局", "安定医院", "章记馆", "张公司", "王氏企业"]
    others += ["文化馆", "和平商会", "司家工作室", "金山科技", "陈合作社"]
    expected = {**dict.fromkeys(persons, True), **dict.fromkeys(others, False)}
    assert clean("org_name", [*persons, *others], part="looks_like_person") == expected
