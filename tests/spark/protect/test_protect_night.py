"""A source is protected: what record and its versions take over from the crosswalks."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from pyspark.sql import SparkSession

from pipelines.protect.cipher import decrypt
from pipelines.protect.keyring import Key
from pipelines.protect.protect import protect
from schemas import contract
from tests.spark.refine.conftest import KEYS, PENALTY, City, penalty

DEATH = contract.load("health_death")
DDL = "record_id string, version string, entity_id string, left_on date"


def linked(one: City, *rows: tuple[str, str, str | None, dt.date | None]) -> None:
    crosswalk = one.lake.spark.createDataFrame(list(rows), DDL)
    crosswalk = crosswalk.selectExpr(
        "*", f"'{PENALTY.source}' AS source", "'offender' AS role", "string(NULL) AS community_code"
    )
    one.lake.append("link/legal_entity_record", crosswalk)


def test_whom_a_record_named_and_names_no_more_is_not_in_it(spark: SparkSession, tmp_path: Path) -> None:
    one = City(spark, tmp_path, PENALTY)
    one.deliver(1, penalty(1), penalty(2))
    one.night()
    (there,), (gone,) = one.table("silver", "record_id")
    linked(one, (there, "", "E1", None), (gone, "", "E2", dt.date(2026, 3, 1)))
    protect(one.lake, PENALTY, KEYS, 10)
    assert dict(one.table("record", "record_id", "offender_entity_id")) == {there: "E1", gone: None}


def test_an_earlier_version_names_whom_it_named(spark: SparkSession, tmp_path: Path) -> None:
    one = City(spark, tmp_path, PENALTY)
    one.deliver(1, penalty(1), penalty(2), penalty(3))
    one.night()
    one.deliver(2, penalty(1, "乙公司", "2026-03-02"), penalty(2, "乙公司", "2026-03-02"))
    one.deliver(3, penalty(3, "乙公司", "2026-03-03"))
    one.night()
    before = one.table("superseded", "record_id", "_delivery", "_file", "_row")
    assert len(before) == 3
    (same, *_), (other, *its), (unknown, *nobodys) = before
    linked(
        one,
        (same, "", "E1", None),
        (other, "", "E2", None),
        (other, "/".join(map(str, its)), "E3", None),
        (unknown, "", "E4", None),
        (unknown, "/".join(map(str, nobodys)), None, None),
    )
    protect(one.lake, PENALTY, KEYS, 10)
    assert dict(one.table("record_version", "record_id", "offender_entity_id")) == {
        same: "E1",
        other: "E3",
        unknown: None,
    }
    assert dict(one.table("record", "record_id", "offender_entity_id")) == {same: "E1", other: "E2", unknown: "E4"}


def test_a_new_token_key_writes_all_tokens_anew_and_a_new_cipher_key_nothing(
    spark: SparkSession, tmp_path: Path
) -> None:
    one = City(spark, tmp_path, DEATH)
    folder = one.landing / DEATH.source
    folder.mkdir(parents=True)
    rows = ["证明编号,身份证号,姓名,死亡日期", "D1,11010519491231002X,张三,2026-01-05", "D2,,李四,2026-01-06"]
    (folder / f"{DEATH.source}_20260302.csv").write_text("\n".join(rows), encoding="gb18030")
    one.night()
    none = spark.createDataFrame([], "record_id string, source string, role string, version string, left_on date, "
                                     "person_id string, community_code string")  # fmt: skip
    one.lake.append("link/person_record", none)
    protect(one.lake, DEATH, KEYS, 10)
    before = one.table("vault", "record_id", "cipher")
    cipher = replace(KEYS, ciphers=(*KEYS.ciphers, Key("c2", b"d" * 16)))
    protect(one.lake, DEATH, cipher, 10)
    assert one.table("vault", "record_id", "cipher") == before
    both = replace(cipher, tokens=(*KEYS.tokens, Key("k2", b"u" * 32)))
    protect(one.lake, DEATH, both, 10)
    tokens = [row[0] for row in one.table("record", "name_token")]
    assert [token[:3] for token in tokens] == ["k2:", "k2:"]
    found = {record: decrypt(both, record, key, sealed) for record, key, sealed in
             one.table("vault", "record_id", "key_id", "cipher")}  # fmt: skip
    assert {key for (key,) in one.table("vault", "key_id")} == {"c2"}
    assert sorted(fields["name"] for fields in found.values()) == ["张三", "李四"]
    # What somebody kept of before opens by the old key, which stays in the ring.
    assert {record: decrypt(both, record, "c1", sealed) for record, sealed in before} == found
