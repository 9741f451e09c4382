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
    assert tuple(whole) == ("广东省", "广州市", "天河区", "石牌街道", "华师社区", "天河路", "100", "3", "2", "501")
    assert none is None or set(none) == {None}
