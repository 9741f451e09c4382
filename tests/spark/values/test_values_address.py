"""Addresses: the clean text, its parts, and the key of a door."""

from cleaning import Clean
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas.values import address

DOOR = "广东省广州市天河区石牌街道华师社区天河路100号3栋2单元501室"


def test_addresses_have_one_width_and_no_spaces(clean: Clean) -> None:
    forms = {
        "广东省 广州市天河區天河路１００號(东侧)": "广东省广州市天河区天河路100号（东侧）",
        "天河路100号 A座": "天河路100号A座",
    }
    assert clean("address", list(forms)) == forms


def test_one_door_has_one_key_however_it_is_written(spark: SparkSession) -> None:
    ways = [
        DOOR,
        DOOR[3:],
        DOOR[6:],
        "天河路100号3幢2单元501房",
        "天河路一百号三号楼二单元501",
        "天河区天河路100号3座2单元0501室",
        "天河路100号3-2-501",
    ]
    frame = spark.createDataFrame([(way,) for way in ways], "address string").coalesce(1)
    keys = frame.select(address.standard_key(address.parse(F.col("address")))).collect()
    assert {row[0] for row in keys} == {"天河路|100|3|2|501"}


def test_an_address_without_road_or_door_has_no_key(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("广州市天河区",), ("天河路",), (None,), ("",)], "address string").coalesce(1)
    keys = frame.select(address.standard_key(address.parse(F.col("address")))).collect()
    assert [row[0] for row in keys] == [None] * 4


def test_parts_of_an_address_are_read(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(DOOR,), (None,)], "address string").coalesce(1)
    whole, none = [row[0] for row in frame.select(address.parse(F.col("address"))).collect()]
    assert tuple(whole) == (
        "广东省",
        "广州市",
        "天河区",
        "石牌街道",
        "华师社区",
        "天河路",
        "100",
        "3",
        "2",
        "501",
        None,
    )
    assert none is None or set(none) == {None}


def test_a_town_that_bears_a_road_s_or_a_district_s_word_is_a_town(spark: SparkSession) -> None:
    towns = {
        "四川省绵阳市工区街道跃进路58号": ("绵阳市", None, "工区街道", "跃进路"),
        "中山市东区街道东区路5号": ("中山市", None, "东区街道", "东区路"),
        "阳泉市矿区北大街5号": ("阳泉市", "矿区", None, "北大街"),
        "洛阳市西工区中州中路5号": ("洛阳市", "西工区", None, "中州中路"),
        "天津市河西区友谊路街道平江道5号": (None, "河西区", "友谊路街道", "平江道"),
        "北街社区临园路西段108号": (None, None, None, "临园路西段"),
    }
    frame = spark.createDataFrame([(way,) for way in towns], "address string").coalesce(1)
    parts = frame.select(address.parse(F.col("address")).alias("p")).select("p.city", "p.district", "p.town", "p.road")
    assert dict(zip(towns, map(tuple, parts.collect()), strict=True)) == towns


def test_doors_without_a_road_or_with_more_than_a_number_are_told_apart(spark: SparkSession) -> None:
    keys = {
        "望江西路198号": "望江西路|198|||",
        "望江西路198号附3号": "望江西路|198-3|||",
        "建设路100号之一3栋501": "建设路|100-1|3||501",
        "建国路甲88号5号楼1201": "建国路|甲88|5||1201",
        "建国路乙88号5号楼1201": "建国路|乙88|5||1201",
        # A group is one of many of that name; an estate is not.
        "三岗村三组12号": "3岗村3组|12|||",
        "三岗村3社12号": "3岗村3组|12|||",
        "三岗村委会3组12号": "3岗村3组|12|||",
        "三岗村第三村民小组12号": "3岗村3组|12|||",
        "三岗村十二组12号": "3岗村12组|12|||",
        "三岗村3组王家湾12号": "3岗村3组王家湾|12|||",
        "三岗村王家湾组12号": "3岗村王家湾组|12|||",
        "赤花社区居委会一队12号": "赤花社区1组|12|||",
        "赤花社区1组88号2栋": "赤花社区1组|88|2||",
        "3组12号": None,
        "三组12号": None,
        "竹荫里社区阳光花园3栋1101": "阳光花园||3||1101",
        "阳光花园三号楼1101室": "阳光花园||3||1101",
        "竹荫里社区3栋1101": "竹荫里社区||3||1101",
        "天河路100号3栋501号": "天河路|100|3||501",
        "沿江大道特2号2栋1单元302室": "沿江大道|特2|2|1|302",
        "民权路28号6-1": "民权路|28|||6-1",
        "天河路100号东区3栋501": "天河路|100|3||501|东区,,",
        "三里屯路12号": "3里屯路|12|||",
        "新街口北大街12号": "新街口北大街|12|||",
        "宽窄巷子8号": "宽窄巷子|8|||",
        "丝路大道12号2栋": "丝路大道|12|2||",
        "解放路12号万里桥路口": "解放路|12|||",
        "滨江路8栋3巷5号": "滨江路||8|||,3巷5号",
        "涪城区解放街社区临园路8号": "临园路|8|||",
        "集市街5号": "集市街|5|||",
        "军区东路5号": "军区东路|5|||",
        "点军区军区路5号": "军区路|5|||",
        "临园路58号廿一栋501室": "临园路|58|21||501",
        "临园路58号叁幢贰单元501": "临园路|58|3|2|501",
        "伍临路5号": "伍临路|5|||",
        "临园路58号老3栋501": "临园路|58|3||501|老,,",
        "临园路58号前楼501": "临园路|58|||501|前楼,",
        "临园路112号（1栋1单元601）": "临园路|112|1|1|601",
        "临园路112号（原18号301）": "临园路|112|||",
        "临园路12号富临苑3-2-402": "临园路|12|3|2|402",
        "濂泉路35号": "濂泉路|35|||",
        "濂泉路门牌35号": "濂泉路|35|||",
        "濂泉路自编35号": "濂泉路|自编35|||",
        "濂泉路自编号三十五号2栋": "濂泉路|自编35|2||",
        "建国十二路6号": "建国12路|6|||",
        "建国12路6号": "建国12路|6|||",
        "建国二十路6号": "建国20路|6|||",
        "建国二十三巷6号": "建国23巷|6|||",
        "第十大街6号": "第10大街|6|||",
        "中山路十里6号": "中山路10里|6|||",
        "十字街6号": "十字街|6|||",
    }
    frame = spark.createDataFrame([(way,) for way in keys], "address string").coalesce(1)
    found = frame.select(address.standard_key(address.parse(F.col("address")))).collect()
    assert dict(zip(keys, (row[0] for row in found), strict=True)) == keys
