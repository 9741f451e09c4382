"""One number, two names: one person or two."""

import pytest

from pipelines.link import names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张伟", "张伟"),
        ("张伟", "李伟"),  # a surname may change
        ("王小丽", "王晓丽"),
        ("张□", "张三"),
        ("李?明", "李国明"),
        ("陈\ue123", "陈䶮"),
        ("欧阳修文", "欧阳文"),
        ("阿依古丽买买提", "阿依古丽"),
        ("王丽", "王莉"),  # typed by sound
        ("马骋", "马CHENG"),
        ("张堃", "张〓"),
        ("张明", "张*"),
    ],
)
def test_names_that_share_a_given_character_or_may_do_so_are_compatible(one: str, other: str) -> None:
    assert names.compatible(one, other)
    assert names.compatible(other, one)


@pytest.mark.parametrize(("one", "other"), [("张伟", "张三"), ("欧阳修", "欧阳明"), ("张三", "李四"), ("王丽", "黄莉")])
def test_names_without_a_common_given_character_are_clearly_different(one: str, other: str) -> None:
    assert not names.compatible(one, other)
    assert not names.compatible(other, one)
