"""The grammar of addresses."""

import pytest

from schemas.values.address_parts import PARTS, arabic, split


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "北京市朝阳区建国路88号A座1203室",
            "province=北京市 district=朝阳区 road=建国路 number=88 building=A room=1203",
        ),
        ("北京路12号", "road=北京路 number=12"),
        (
            "广东广州增城区荔城大道55号3-2-501",
            "province=广东省 city=广州市 district=增城区 road=荔城大道 number=55 building=3 unit=2 room=501",
        ),
        ("广州市天河区石牌街天河路1号", "city=广州市 district=天河区 town=石牌街道 road=天河路 number=1"),
        ("广州市天河区员村二横路10号", "city=广州市 district=天河区 road=员村二横路 number=10"),
        (
            "佛山市南海区桂城街道南新一路18号1幢西一",
            "city=佛山市 district=南海区 town=桂城街道 road=南新一路 number=18 building=1",
        ),
        (
            "广州市番禺区大石街植村村委会植村东路3号",
            "city=广州市 district=番禺区 town=大石街道 community=植村 road=植村东路 number=3",
        ),
        ("广州市越秀区北京路12号之二", "city=广州市 district=越秀区 road=北京路 number=12-2"),
        ("东莞市虎门镇北栅社区S358省道590号", "city=东莞市 town=虎门镇 community=北栅社区 road=S358省道 number=590"),
        ("广州市增城市朱村镇石路村12号", "city=广州市 district=增城市 town=朱村镇 community=石路村 number=12"),
        ("", ""),
        ("不在册", ""),
    ],
)
def test_parts_are_found_where_the_address_has_them(address: str, expected: str) -> None:
    found = {part: value for part, value in zip(PARTS, split(address), strict=True) if value}
    assert " ".join(f"{part}={value}" for part, value in found.items()) == expected


@pytest.mark.parametrize(
    ("text", "digits"),
    [("十二", "12"), ("二〇三", "203"), ("一百零五", "105"), ("甲", "甲"), ("012", "12"), ("十", "10")],
)
def test_numerals_become_digits(text: str, digits: str) -> None:
    assert arabic(text) == digits
