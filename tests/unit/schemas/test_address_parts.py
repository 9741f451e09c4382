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
            "city=佛山市 district=南海区 town=桂城街道 road=南新一路 number=18 building=1 rest=,西一",
        ),
        (
            "广州市番禺区大石街植村村委会植村东路3号",
            "city=广州市 district=番禺区 town=大石街道 community=植村 road=植村东路 number=3",
        ),
        ("广州市越秀区北京路12号之二", "city=广州市 district=越秀区 road=北京路 number=12-2"),
        ("东莞市虎门镇北栅社区S358省道590号", "city=东莞市 town=虎门镇 community=北栅社区 road=S358省道 number=590"),
        ("广州市增城市朱村镇石路村12号", "city=广州市 district=增城市 town=朱村镇 community=石路村 number=12"),
        ("沿江大道特1号2栋1单元302室", "road=沿江大道 number=特1 building=2 unit=1 room=302"),
        ("东山大道88号3栋2-302", "road=东山大道 number=88 building=3 unit=2 room=302"),
        ("东山大道88号3栋A-302室", "road=东山大道 number=88 building=3 unit=A room=302"),
        ("民权路28号5-3", "road=民权路 number=28 room=5-3"),
        ("小龙坎正街332号附2号3-4室", "road=小龙坎正街 number=332-2 room=3-4"),
        ("东山大道88号2单元15-13", "road=东山大道 number=88 unit=2 room=15-13"),
        ("东山大道88号3-2-501（暂住）", "road=东山大道 number=88 building=3 unit=2 room=501"),
        ("", ""),
        ("不在册", ""),
    ],
)
def test_parts_are_found_where_the_address_has_them(address: str, expected: str) -> None:
    found = {part: value for part, value in zip(PARTS, split(address), strict=True) if value}
    assert " ".join(f"{part}={value}" for part, value in found.items()) == expected


@pytest.mark.parametrize(
    ("address", "rest"),
    [
        ("东山大道88号A区3栋501", "A区,,"),
        ("东山大道88号二期3栋501", "二期,,"),
        ("东山大道88号3栋1单元5楼东户", ",,5楼东户"),
        ("东山大道88号3栋5楼01室", ",5楼,"),
        ("东山大道88号3栋负一层101", ",负一层,"),
        ("东山大道88号3栋501室-1", ",,-1"),
        ("东山大道88号3栋101、102室", ",101、,"),
        # Only a number makes an estate's name more than one needs.
        ("东山大道阳光花园3栋501", "阳光花园,,"),
        ("东山大道88号阳光花园3栋501", None),
        ("东山大道88号三峡大学家属区第3栋501室（暂住）", None),
        ("东山大道88号（原66号）3栋5楼501", None),
    ],
)
def test_what_may_tell_doors_apart_is_not_lost(address: str, rest: str | None) -> None:
    assert dict(zip(PARTS, split(address), strict=True))["rest"] == rest


@pytest.mark.parametrize(
    ("text", "digits"),
    [("十二", "12"), ("二〇三", "203"), ("一百零五", "105"), ("甲", "甲"), ("012", "12"), ("十", "10")],
)
def test_numerals_become_digits(text: str, digits: str) -> None:
    assert arabic(text) == digits
