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
        ("昆山市玉山镇人民路10号", "district=昆山市 town=玉山镇 road=人民路 number=10"),
        ("江苏省昆山市玉山镇人民路10号", "province=江苏省 district=昆山市 town=玉山镇 road=人民路 number=10"),
        (
            "苏州市昆山市玉山镇人民路10号",
            "city=苏州市 district=昆山市 town=玉山镇 road=人民路 number=10",
        ),
        (
            "湖北宜昌枝江马家店街道南岗路1号",
            "province=湖北省 city=宜昌市 district=枝江市 town=马家店街道 road=南岗路 number=1",
        ),
        ("江苏昆山玉山镇人民路10号", "province=江苏省 district=昆山市 town=玉山镇 road=人民路 number=10"),
        ("宜昌西陵一路12号", "road=宜昌西陵一路 number=12"),
        ("宜昌市安福寺镇南岗路1号", "city=宜昌市 town=安福寺镇 road=南岗路 number=1"),
        ("哈尔滨市道里区经纬街123号", "city=哈尔滨市 district=道里区 road=经纬街 number=123"),
        ("青岛市市北区台东三路2号", "city=青岛市 district=市北区 road=台东三路 number=2"),
        ("郑州市二七区大学路5号", "city=郑州市 district=二七区 road=大学路 number=5"),
        ("台州市路桥区银安街12号", "city=台州市 district=路桥区 road=银安街 number=12"),
        ("昭通市镇雄县乌峰镇南大街12号", "city=昭通市 district=镇雄县 town=乌峰镇 road=南大街 number=12"),
        ("道真县玉溪镇新华路3号", "district=道真县 town=玉溪镇 road=新华路 number=3"),
        ("学院街办云集路20号", "town=学院街道 road=云集路 number=20"),
        ("沪太路1818弄12号502室", "road=沪太路1818弄 number=12 room=502"),
        ("四川北路1318弄甲5号", "road=四川北路1318弄 number=甲5"),
        ("建国12路3号", "road=建国12路 number=3"),
        ("南京南街1甲3号502", "road=南京南街 number=1甲3 room=502"),
        ("东山大道185号-1号", "road=东山大道 number=185-1"),
        ("东山大道185号-1号楼", "road=东山大道 number=185 building=1"),
        ("望京西园四区410楼1单元1201", "road=望京西园四区 building=410 unit=1 room=1201"),
        ("经纬街123号3单元5楼2门", "road=经纬街 number=123 unit=3 room=502"),
        ("东山大道88号3栋1单元4层2号", "road=东山大道 number=88 building=3 unit=1 room=402"),
        ("东山大道88号3栋十二楼一号", "road=东山大道 number=88 building=3 room=1201"),
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
        ("东山大道88号3栋5楼01室", None),
        ("东山大道88号3栋B1层2号", ",B1层2号"),
        ("东山大道88号3栋-1层2号", ",-1层2号"),
        ("东山大道88号3栋东4层2号", ",东,"),
        ("东山大道88号3栋负一层101", ",负一层,"),
        ("东山大道88号3栋501室-1", ",,-1"),
        ("东山大道88号东楼301", "东楼,"),
        ("东山大道88号裙楼301", "裙楼,"),
        ("民权路28号吊1-2", "吊,"),
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
