"""What holds for every kind of value: nothing raises, and a clean value is its own clean form."""

import pytest
from cleaning import standardise
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas import codelists
from schemas.values.kinds import KINDS, Kind, kind

# Characters of which departments' values are made, so that many generated texts are nearly valid.
ALPHABET = (
    "0123456789" * 3 + "-/.:年月日时分 　TZX万元亿￥,()（）+转°'\"EWN男女省市区路街号栋室张·•?□ＡＢ１２ab\u200b\ue000𠮷"
    "OIS〇二十=[]"
)
GROUPS = {
    "numbers": {
        "id_number": kind("id_number"),
        "uscc": kind("uscc"),
        "taxpayer_no": kind("taxpayer_no"),
        "card": kind("disability_card"),
        "student": kind("student_no"),
        "registration": kind("registration_no"),
        "component": kind("component_code"),
        "phone": kind("phone"),
        "longitude": kind("longitude"),
    },
    "amounts and dates": {
        "yuan": kind("decimal", type="decimal(10,2)", unit="yuan"),
        "wan": kind("decimal", type="decimal(18,4)", unit="wan"),
        "capital": kind("capital"),
        "integer": kind("integer"),
        "date": kind("date"),
        "datetime": kind("datetime"),
        "year_month": kind("year_month"),
    },
    "texts": {
        "text": kind("text"),
        "person_name": kind("person_name"),
        "org_name": kind("org_name"),
        "address": kind("address"),
        "geometry": kind("geometry"),
        "crs": kind("crs"),
        "sex": kind("code", codes="sex"),
        "ethnic": kind("code", codes="ethnic"),
        "region": kind("code", codes="region"),
        "industry": kind("code", codes="industry"),
    },
}
VALID = [
    *["11010519491231002X", "110105491231002", "91440101900001009U", "440101900001009", "11010519491231002X23"],
    *["G11010519491231002X", "440101000012345", "13800138000", "+86 138-0013-8000", "020-87654321转802", "113.3245"],
    *["E113°19'28.2\"", "2024-03-05", "20240305", "2024年3月5日", "2024/3/5T08:30:00.5+08:00", "1986-05-04 02:30:00"],
    *["202403", "1,234.50", "50万元", "-0.5", "1e3", "1,234(万人民币元)", "9万港币", "440106001002", "C3011"],
    *["广东省 广州市天河区天河路１００号", "甲乙丙(珠海)制药 有限公司。", "阿卜杜拉 . 买买提", "4401060101000001"],
    *[
        '="11010519491231002X"',
        "二〇二四年十二月二十五日",
        "45356",
        "202403.0",
        "手机：13800138000（父亲）",
        "30.0",
        "1-男",
    ],
    "POLYGON ((0 0, 1 0, 1 1, 0 0))",
]


def generated(strategy: st.SearchStrategy[str], count: int) -> list[str]:
    """Texts that hypothesis makes, at once: one Spark job an example would take minutes."""
    found: list[str] = []

    @settings(max_examples=count, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return found


@pytest.fixture(scope="module")
def texts() -> list[str]:
    near = st.tuples(st.sampled_from(VALID), st.text(ALPHABET, max_size=2), st.integers(0, 20))
    spoiled = near.map(lambda parts: parts[0][: parts[2]] + parts[1] + parts[0][parts[2] :])
    labels = [*codelists.lookup("ethnic"), *codelists.lookup("industry"), *codelists.lookup("crs")]
    made = [*generated(st.text(), 300), *generated(st.text(ALPHABET, max_size=24), 400), *generated(spoiled, 400)]
    return [*made, *VALID, *labels]


@pytest.mark.parametrize("group", GROUPS)
def test_a_long_value_raises_nothing(spark: SparkSession, group: str) -> None:
    # Java's patterns keep a frame on the stack for each turn of some loops.
    words = ("a ", "张·", "路一街", "1,000,", "00万", " ", "，", "一二段东", "0 ", "(a)", "广东省广州市")
    kinds: dict[str, Kind] = GROUPS[group]
    long = [tuple(word * 30_000 for _ in kinds) for word in words]
    assert len(clean_texts(spark, long, kinds)) == len(words)


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_raises_and_a_second_time_changes_nothing(spark: SparkSession, texts: list[str], group: str) -> None:
    kinds: dict[str, Kind] = GROUPS[group]
    once = clean_texts(spark, [tuple(text for _ in kinds) for text in texts], kinds)
    twice = clean_texts(spark, once, kinds)
    assert once == twice
    for column, name in enumerate(kinds):
        assert any(row[column] is not None for row in once), f"no text was accepted as {name}"


def clean_texts(spark: SparkSession, rows: list[tuple], kinds: dict[str, Kind]) -> list[tuple]:
    frame = spark.createDataFrame(rows, ",".join(f"{name} string" for name in kinds)).coalesce(1)
    result = standardise(frame, kinds)
    for name, chosen in kinds.items():
        assert result.schema[name].dataType.simpleString() == chosen.type
    return [tuple(row) for row in result.select(*[F.col(name).cast("string") for name in kinds]).collect()]


def test_parts_of_any_clean_value_are_read_without_raising(spark: SparkSession, texts: list[str]) -> None:
    holders = {name: held for name, held in KINDS.items() if held.parts}
    frame = spark.createDataFrame(
        [tuple(text for _ in holders) for text in texts], ",".join(f"{n} string" for n in holders)
    )
    clean = standardise(frame.coalesce(1), holders)
    parts = [
        part(F.col(name)).alias(f"{name}_{which}")
        for name, held in holders.items()
        for which, part in held.parts.items()
    ]
    assert clean.select(*parts).collect()
