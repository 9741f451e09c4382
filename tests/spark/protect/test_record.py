"""What governed/record shows of an organisation's name: nothing more where it is a natural person's."""

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.protect.keyring import Key, KeyRing
from pipelines.protect.record import protected
from schemas import contract
from schemas.recorded import OWN, made

KEYS = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"c" * 16),))
COMPANY, TRADER = "91440101900001009U", "92440101900001009U"


def names(spark: SparkSession, source: str, field: str, rows: dict[tuple[str | None, str], str]) -> list[str]:
    """The names in record of silver rows that have this number (in `field`) and name."""
    one = contract.load(source)
    frame = spark.createDataFrame(list(rows), "number string, called string")
    silver = {c: F.lit(None).cast("string") for c in (*OWN, *(m.of for m in made(one)))}
    silver |= {field: F.col("number"), "name": F.col("called")}
    shown = protected(frame.select(*(column.alias(c) for c, column in silver.items())), one, KEYS)
    return [row["name"] for row in shown.select("name").collect()]


@pytest.mark.parametrize(
    ("source", "field"), [("market_register", "uscc"), ("market_penalty", "uscc"), ("tax_payer", "taxpayer_no")]
)
def test_a_name_is_masked_where_it_may_be_a_persons(spark: SparkSession, source: str, field: str) -> None:
    rows = {
        (COMPANY, "王伟业"): "王**",
        (None, "王建中"): "王**",
        (COMPANY, "欧阳建业"): "欧阳**",
        (COMPANY, "同仁堂"): "同仁堂",
        (None, "王府井商行"): "王府井商行",
        (COMPANY, "北京大学"): "北京大学",
        # A natural person stands behind the code, whatever the name looks like.
        (TRADER, "同仁堂"): "同**",
        (TRADER, "王记店"): "王**",
        (TRADER, "瑶海区天宇百货店"): "瑶海区天宇百货店",
        # What stands around a name does not hide that it is one.
        (COMPANY, "张三（个体工商户）"): "张**",
        (None, "经营者：张三"): "张**",
        (None, "负责人姓名:欧阳建业"): "欧阳**",
        (None, "JOHN SMITH"): "J**",
        (COMPANY, "王记面馆（个体工商户）"): "王记面馆（个体工商户）",
        (COMPANY, "ABC TRADING LTD"): "ABC TRADING LTD",
        (COMPANY, "IBM"): "IBM",
    }
    assert names(spark, source, field, rows) == list(rows.values())


def test_a_key_that_is_its_holder_s_id_number_is_a_token(spark: SparkSession) -> None:
    one = contract.load("floating_population")
    (key,) = [field.name for field in one.keys]
    numbers = ["11010519491231002X", "R11010519491231002X", "110105194912310020", "340104202600000123", None]
    frame = spark.createDataFrame([(n,) for n in numbers], "number string")
    silver = {c: F.lit(None).cast("string") for c in (*OWN, *(m.of for m in made(one)))} | {key: F.col("number")}
    shown = protected(frame.select(*(column.alias(c) for c, column in silver.items())), one, KEYS)
    found = [row[key] for row in shown.select(key).collect()]
    assert [n[:3] for n in found[:2]] == ["k1:", "k1:"] and found[2:] == numbers[2:]


def test_a_taxpayer_number_made_of_an_id_number_is_a_sole_traders(spark: SparkSession) -> None:
    rows = {
        ("11010519491231002X01", "墨小蝶"): "墨**",
        # Mistyped, and of before 1999.
        ("11010519491231003X01", "墨小蝶"): "墨**",
        ("11010549123100201", "墨小蝶"): "墨**",
        ("11010519491231002X", "墨小蝶"): "墨**",
        ("440101900001009", "墨小蝶"): "墨小蝶",
    }
    assert names(spark, "tax_payer", "taxpayer_no", rows) == list(rows.values())
