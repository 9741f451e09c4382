"""Ciphers of the vault open for the ring that made them, for their own record, and unchanged."""

import base64
from dataclasses import replace

import pytest
from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines.protect.cipher import decrypt, decrypt_column, encrypt, seal
from pipelines.protect.keyring import Key, KeyRing
from schemas.errors import RendiError

RING = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"0123456789abcdef"),))
TURNED = replace(RING, ciphers=(*RING.ciphers, Key("c2", b"fedcba9876543210")))
ROWS = [
    ("r1", "440106199003071234", "张伟"),
    ("r2", None, '𠮷野\n"引号"'),
    ("r3", None, None),
    ("r4", "440106199003071234", "张伟"),
]


def people(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(ROWS, "record_id string, id_number string, name string")


def vault(spark: SparkSession, ring: KeyRing = RING) -> DataFrame:
    return people(spark).select(
        "record_id",
        F.lit(ring.cipher.id).alias("key_id"),
        encrypt(ring, F.col("record_id"), F.struct("id_number", "name")).alias("cipher"),
    )


def test_what_goes_in_comes_out(spark: SparkSession) -> None:
    for row, (record_id, id_number, name) in zip(vault(spark).collect(), ROWS, strict=True):
        expected = {"id_number": id_number, "name": name}
        assert decrypt(RING, record_id, "c1", bytes(row["cipher"])) == {
            k: v for k, v in expected.items() if v is not None
        }


def test_many_records_open_as_a_column(spark: SparkSession) -> None:
    opened = F.from_json(
        decrypt_column(RING, F.col("record_id"), F.col("key_id"), F.col("cipher")), "id_number string, name string"
    )
    rows = vault(spark).select("record_id", opened.alias("clear")).select("record_id", "clear.*").collect()
    assert [tuple(row) for row in rows] == ROWS


def test_a_night_that_runs_again_writes_the_same_bytes(spark: SparkSession) -> None:
    first, second = vault(spark).collect(), vault(spark).repartition(3).orderBy("record_id").collect()
    assert first == second


def test_no_two_records_share_a_nonce_or_a_cipher(spark: SparkSession) -> None:
    ciphers = [bytes(row["cipher"]) for row in vault(spark).collect()]
    assert len({cipher[:12] for cipher in ciphers}) == len(ROWS)
    assert ciphers[0][12:] != ciphers[3][12:]
    assert seal(RING.cipher, "r1", b"a")[:12] != seal(RING.cipher, "r1", b"b")[:12]
    assert seal(RING.cipher, "r1", b"2")[:12] != seal(RING.cipher, "r12", b"")[:12]


def test_a_null_record_has_no_cipher(spark: SparkSession) -> None:
    frame = spark.sql("SELECT 'r1' AS record_id, CAST(NULL AS STRUCT<name: STRING>) AS fields")
    assert frame.select(encrypt(RING, F.col("record_id"), F.col("fields"))).collect()[0][0] is None


def test_nothing_clear_stands_in_a_cipher(spark: SparkSession) -> None:
    cipher = bytes(vault(spark).collect()[0]["cipher"])
    assert b"440106" not in cipher
    assert "张伟".encode() not in cipher


@pytest.mark.parametrize("place", [0, 11, 12, 20, -17, -1])
def test_one_changed_bit_is_noticed(place: int) -> None:
    cipher = bytearray(seal(RING.cipher, "r1", b'{"name":"x","id_number":"y"}'))
    cipher[place] ^= 1
    with pytest.raises(RendiError, match="does not open"):
        decrypt(RING, "r1", "c1", bytes(cipher))


@pytest.mark.parametrize("length", [0, 5, 11, 12, 20, 27, 30])
def test_a_cipher_that_was_cut_short_is_noticed(length: int) -> None:
    with pytest.raises(RendiError, match="does not open"):
        decrypt(RING, "r1", "c1", seal(RING.cipher, "r1", b'{"name":"x"}')[:length])


def test_a_cipher_moved_to_another_record_or_key_is_noticed() -> None:
    cipher = seal(RING.cipher, "r1", b"{}")
    with pytest.raises(RendiError, match="another record"):
        decrypt(RING, "r2", "c1", cipher)
    with pytest.raises(RendiError, match="does not open"):
        decrypt(TURNED, "r1", "c2", cipher)
    with pytest.raises(RendiError, match="no cipher key 'c9'"):
        decrypt(RING, "r1", "c9", cipher)


def test_old_ciphers_stay_readable_after_rotation(spark: SparkSession) -> None:
    both = vault(spark).unionByName(vault(spark, TURNED))
    opened = both.select(decrypt_column(TURNED, F.col("record_id"), F.col("key_id"), F.col("cipher")).alias("clear"))
    assert both.select("cipher").distinct().count() == 2 * len(ROWS)
    assert opened.distinct().count() == 3  # r1 and r4 hold the same identifiers


def test_a_changed_vault_ends_the_job_without_the_clear_value(spark: SparkSession) -> None:
    changed = vault(spark).withColumn("record_id", F.lit("r9"))
    with pytest.raises(PythonException, match="does not open with key 'c1'") as caught:
        changed.select(decrypt_column(RING, F.col("record_id"), F.col("key_id"), F.col("cipher"))).collect()
    assert "张伟" not in str(caught.value)
    assert "440106" not in str(caught.value)
    assert RING.cipher.secret.hex() not in str(caught.value)


def test_the_cipher_key_is_in_no_plan(spark: SparkSession) -> None:
    execution = vault(spark)._jdf.queryExecution()
    plans = execution.toString() + execution.optimizedPlan().toJSON()
    secret = RING.cipher.secret
    for shown in (secret.decode(), secret.hex(), base64.b64encode(secret).decode(), str(list(secret))[1:-1]):
        assert shown not in plans
