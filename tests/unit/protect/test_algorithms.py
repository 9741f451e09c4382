"""The national algorithms give the values that the standards print, and openssl agrees."""

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from schemas.keyed import keyed_hash_value, token_value

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def sm3(message: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(message)
    return digest.finalize().hex()


def test_sm3_gives_the_examples_of_gb_t_32905() -> None:
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_sm4_gives_the_example_of_gb_t_32907() -> None:
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    assert encryptor.update(key).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_gives_the_example_of_rfc_8998() -> None:
    encryptor = Cipher(
        algorithms.SM4(bytes.fromhex("0123456789abcdeffedcba9876543210")),
        modes.GCM(bytes.fromhex("00001234567800000000abcd")),
    ).encryptor()
    encryptor.authenticate_additional_data(bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
    plaintext = "".join(2 * digit * 8 for digit in "abcdefea")
    ciphertext = encryptor.update(bytes.fromhex(plaintext)) + encryptor.finalize()
    assert ciphertext.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )
    assert encryptor.tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"


@needs_openssl
@pytest.mark.parametrize("value", ["", "a", "440106199003071234", "阿依古丽·买买提", "𠮷野", "x" * 1000])
def test_a_keyed_hash_is_openssls_hmac_sm3_of_the_framed_value(value: str) -> None:
    key = bytes(range(32))
    framed = str(len(value.encode())).encode() + b":" + value.encode()
    command = ["openssl", "dgst", "-sm3", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}"]
    answer = subprocess.run(command, input=framed, capture_output=True, check=True).stdout.decode()
    assert answer.split()[-1][:32] == keyed_hash_value(key, value)


def test_no_two_ways_to_fill_the_columns_meet() -> None:
    key = bytes(32)
    rows: list[tuple[str | None, ...]] = [
        *[("a", None, "b"), ("a", "b", None), (None, "a", "b"), ("ab",), ("a", "b"), ("a", ""), ("a",), ("a", None)],
        *[("", "ab"), ("1:a",), ("1:a1:b",), ("-",), (None,), (None, None), ("",), ("a1:b",), ("-1:b",)],
    ]
    assert len({keyed_hash_value(key, *row) for row in rows}) == len(rows)


def test_a_token_names_its_key_and_keeps_null() -> None:
    key = bytes(32)
    assert token_value(key, "k7", "a") == "k7:" + keyed_hash_value(key, "a")
    assert token_value(key, "k7", None) is None
    assert token_value(bytes([1] * 32), "k7", "a") != token_value(key, "k7", "a")
