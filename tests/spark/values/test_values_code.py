"""Values of code lists, divisions and industries."""

import pytest
from cleaning import Clean
from stdnum import numdb

from schemas import codelists
from schemas.values import code, lookup, region


def test_codes_labels_and_variants_give_the_code(clean: Clean) -> None:
    assert clean("code", ["1", "男", "男性", "Ｍ", "未知", "x"], codes="sex") == {
        "1": "1",
        "男": "1",
        "男性": "1",
        "Ｍ": "1",
        "未知": "0",
        "x": None,
    }
    assert set(clean("code", ["01", "1", "汉", "汉族"], codes="ethnic").values()) == {"01"}
    assert set(clean("code", ["20", "本科", "大学本科"], codes="education").values()) == {"20"}
    assert set(clean("code", ["WGS84", "wgs-84", "EPSG:4326"], codes="crs").values()) == {"WGS84"}


@pytest.mark.parametrize("name", sorted(codelists.names() - set(codelists.OF_NAMES)))
def test_every_text_of_a_list_gives_its_code(clean: Clean, name: str) -> None:
    table = codelists.lookup(name)
    kind, params = ("crs", {}) if name == "crs" else ("code", {"codes": name})
    assert clean(kind, list(table), **params) == table
    # A list of words has no code beside a label; 2000国家大地坐标系 begins with a number of its own.
    labels = {k: label for k, label in codelists.load(name).items() if k.isascii() and not label[0].isdecimal()}
    both = {f"{k}{mark}{label}": k for k, label in labels.items() for mark in ("-", ":", " ", "")}
    both |= {f"{label}({k})": k for k, label in labels.items()}
    assert clean(kind, list(both), **params) == both
    assert len(code._with_both(name)) <= lookup.SMALL


def test_a_code_beside_its_label_is_the_code(clean: Clean) -> None:
    forms = ["1-男", "1:男", "1：男", "男(1)", "男（1）", "1 男", "1、男", "1 - 男", "1. 男", "01-男", "1-男性"]
    wrong = [
        "1-女",
        "2:男",
        "男(2)",
        "1-x",
        "3-男",
        "1-男-女",
        "男-1-男",
        "1男(2)",
        "1--男",
        "男()",
        "1-",
        "-男",
        "1/男",
    ]
    assert clean("code", [*forms, *wrong], codes="sex") == {**dict.fromkeys(forms, "1"), **dict.fromkeys(wrong)}
    folk = {"01-汉族": "01", "1-汉族": "01", "汉族(01)": "01", "10-汉族": None, "56 基诺族": "56", "5-基诺族": None}
    assert clean("code", list(folk), codes="ethnic") == folk


def test_what_alone_may_be_two_codes_is_the_one_whose_label_stands_beside_it(clean: Clean) -> None:
    texts = {
        "1": None,
        "2.0": None,
        "1-配偶": "10",
        "1-本人": "01",
        "户主(2)": "02",
        "2子": "20",
        "2-女": None,
        "3-女": "30",
    }
    assert clean("code", list(texts), codes="relation") == texts


def test_coordinate_systems_are_known_by_their_names(clean: Clean) -> None:
    names = {
        "CGCS2000坐标系": "CGCS2000",
        "国家2000坐标系": "CGCS2000",
        "2000国家大地坐标系（CGCS2000）": "CGCS2000",
        "WGS-84坐标系": "WGS84",
        "GCJ02坐标系": "GCJ02",
        "火星坐标系(GCJ-02)": "GCJ02",
        "百度坐标系": "BD09",
        "BD09坐标系": "BD09",
        "百度坐标系(GCJ02)": None,
        "北京54坐标系": None,
        "坐标系": None,
    }
    assert clean("crs", list(names)) == names


def test_divisions_are_judged_by_their_county(clean: Clean) -> None:
    good = ["440106", "440106001", "440106001002", "440106000000", "440100", "440126"]
    bad = ["999999", "4401060", "44010600100", "990106001002"]
    assert clean("code", [*good, *bad], codes="region") == {
        code: code if code in good else None for code in [*good, *bad]
    }


def test_names_of_counties_give_their_code_where_they_mean_one(clean: Clean) -> None:
    names = {
        "天河区": "440106",
        "广州市天河区": "440106",
        "广东省广州市 番禺区": "440113",
        "朝阳区": None,
        "北京市朝阳区": "110105",
    }
    assert clean("code", list(names), codes="region") == names


def test_every_county_of_stdnum_is_known(clean: Clean) -> None:
    codes = list(region.names())
    assert len(codes) > 6000
    assert clean("code", codes, codes="region") == {code: code for code in codes}
    counties = numdb.get("cn/loc")
    assert all(
        any("county" in found for _, found in counties.info(code))
        for code in set(codes) - {*region.PERMITS, *region.YOUNGER}
    )


def test_younger_counties_and_development_zones_are_known_too(clean: Clean) -> None:
    codes = {"330113001002": "330113001002", "340171401001": "340171401001", "340160401001": None, "999971401001": None}
    assert clean("code", list(codes), codes="region") == codes
    assert clean("code", ["浙江省杭州市临平区"], codes="region") == {"浙江省杭州市临平区": "330113"}


def test_a_code_that_became_a_float_is_the_code(clean: Clean) -> None:
    assert clean("code", ["440106.0"], codes="region") == {"440106.0": "440106"}
    assert clean("code", ["1.0", "1.5"], codes="sex") == {"1.0": "1", "1.5": None}


def test_industries_have_a_letter_that_fits_the_division(clean: Clean) -> None:
    texts = {
        "C3011": "C3011",
        "c30": "C30",
        "3011": "C3011",
        "制造业": "C",
        "批发和零售业": "F",
        "K70": "K70",
        "A3011": None,
        "U10": None,
    }
    assert clean("code", list(texts), codes="industry") == texts


def test_a_division_that_became_a_float_is_no_group(clean: Clean) -> None:
    texts = {"30.0": "C30", "51.0": "F51", "C30.0": "C30", "1.0": "A01", "01": "A01", "01.0": "A01", "6.0": "B06"}
    texts |= {"30.11": "C3011", "3011": "C3011", "3011.0": "C3011", "30-11": "C3011", "C-制造业": "C", "制造业(C)": "C"}
    texts |= {"0.0": None, "98.0": None, "A1": None, "B-制造业": None}
    assert clean("code", list(texts), codes="industry") == texts
