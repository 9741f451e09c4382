"""Ciphers of the vault: SM4 (GB/T 32907-2016) in GCM (GB/T 36624-2018, clause 11), one a record.

A cipher is nonce (12 bytes), ciphertext, tag (16 bytes) over the record's identifiers packed as JSON. Its associated
data are the record id and the key id, so that a cipher moved to another row does not open.

The nonce is synthetic (as in RFC 5297 and RFC 8452): an HMAC-SM3 of record id and plaintext under a key derived from
the cipher key. A random one would make a night that was killed and run again write other bytes than a clean one. It is
safe because GCM breaks only where one nonce meets two different messages: equal nonces here mean the same record with
the same content (and then the same cipher, which says only that nothing changed, as row_hash does), or two
HMACs that agree in 96 bits by chance: below 1e-9 for four billion ciphers under one key.
"""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from pyspark.sql import Column
from pyspark.sql import functions as F

from pipelines.protect.keyring import Key, KeyRing
from schemas.errors import RendiError

NONCE_BYTES = 12
TAG_BYTES = 16


def encrypt(ring: KeyRing, record_id: Column, identifiers: Column) -> Column:
    """One cipher a record, under the ring's current cipher key; keep `ring.cipher.id` beside it.

    record_id: string. identifiers: a struct or map of the record's direct identifiers; NULL fields are left out.
    Returns binary, NULL where record_id or the whole struct is NULL. Deterministic.
    """
    sealer = F.arrow_udf(_sealer(ring.cipher), "binary")  # type: ignore[call-overload]
    return sealer(record_id, F.to_json(identifiers))


def decrypt(ring: KeyRing, record_id: str, key_id: str, cipher: bytes) -> dict[str, Any]:
    """The identifiers of one record, as JSON has them (dates as ISO text).

    RendiError where the ring lacks the key, or the cipher was changed or belongs to another record.
    """
    fields: dict[str, Any] = json.loads(_open(ring.cipher_named(key_id), record_id, cipher))
    return fields


def decrypt_column(ring: KeyRing, record_id: Column, key_id: Column, cipher: Column) -> Column:
    """The identifiers of many records as JSON text, for `from_json`; NULL where the cipher is NULL.

    One cipher that does not open ends the job with the RendiError's text: a changed vault is never read in part.
    """
    return F.arrow_udf(_opener(ring), "string")(record_id, key_id, cipher)  # type: ignore[call-overload]


def seal(key: Key, record_id: str, plaintext: bytes) -> bytes:
    """Nonce, ciphertext and tag of one record's packed identifiers."""
    return _seal(_nonce_mac(key), SM4(key.secret), key.id.encode(), record_id.encode(), plaintext)


def _nonce_mac(key: Key) -> hmac.HMAC:
    derived = hmac.HMAC(key.secret, hashes.SM3())
    derived.update(b"rendi synthetic nonce")
    return hmac.HMAC(derived.finalize(), hashes.SM3())


def _associated(key_id: bytes, record_id: bytes) -> bytes:
    return b"%d:%s%d:%s" % (len(record_id), record_id, len(key_id), key_id)


def _seal(mac: hmac.HMAC, sm4: SM4, key_id: bytes, record_id: bytes, plaintext: bytes) -> bytes:
    mac = mac.copy()
    mac.update(b"%d:%s" % (len(record_id), record_id))
    mac.update(plaintext)
    nonce = mac.finalize()[:NONCE_BYTES]
    encryptor = Cipher(sm4, GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(_associated(key_id, record_id))
    ciphertext = encryptor.update(plaintext) + encryptor.finalize()
    return nonce + ciphertext + encryptor.tag


def _open(key: Key, record_id: str, cipher: bytes) -> bytes:
    nonce, ciphertext, tag = cipher[:NONCE_BYTES], cipher[NONCE_BYTES:-TAG_BYTES], cipher[-TAG_BYTES:]
    try:
        # A cipher that was cut short has no whole nonce or tag: ValueError.
        decryptor = Cipher(SM4(key.secret), GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(_associated(key.id.encode(), record_id.encode()))
        return decryptor.update(ciphertext) + decryptor.finalize()
    except (InvalidTag, ValueError):
        raise RendiError(
            f"The cipher of record {record_id} does not open with key '{key.id}': it was changed, or belongs to "
            "another record. Protect the source again (rendi run --rebuild), and find out who wrote to the vault."
        ) from None


def _sealer(key: Key) -> Callable[[pa.Array, pa.Array], pa.Array]:
    def encrypt(record_ids: pa.Array, packed: pa.Array) -> pa.Array:
        mac, sm4, key_id = _nonce_mac(key), SM4(key.secret), key.id.encode()
        rows = zip(record_ids.cast(pa.binary()).to_pylist(), packed.cast(pa.binary()).to_pylist(), strict=True)
        ciphers = [None if r is None or p is None else _seal(mac, sm4, key_id, r, p) for r, p in rows]
        return pa.array(ciphers, pa.binary())

    return encrypt


def _opener(ring: KeyRing) -> Callable[[pa.Array, pa.Array, pa.Array], pa.Array]:
    def decrypt(record_ids: pa.Array, key_ids: pa.Array, ciphers: pa.Array) -> pa.Array:
        rows = zip(record_ids.to_pylist(), key_ids.to_pylist(), ciphers.to_pylist(), strict=True)
        texts = [None if c is None else _open(ring.cipher_named(k), r, c) for r, k, c in rows]
        return pa.array(texts, pa.binary()).cast(pa.string())

    return decrypt
