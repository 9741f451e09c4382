"""Keyed hashes: record ids, entity ids and tokens.

HMAC (GB/T 15852.2-2012, mechanism 2) over SM3 (GB/T 32905-2016), of which the first 16 of 32 bytes are kept: 128 bits
leave a chance below 1e-20 that any two of a billion values meet, at half the bytes.

The columns become one text natively, each as its length in bytes, a colon and its value, and a NULL as `-`: so
(a, NULL, b), (a, b, NULL) and (ab) all differ. The key travels in the closure of the function: a literal or a Spark
setting would stand in plans and logs.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives import hashes, hmac
from pyspark.sql import Column
from pyspark.sql import functions as F

HEX_DIGITS = 32


def keyed_hash(key: bytes, *columns: Column) -> Column:
    """32 hex digits that only the holder of `key` can compute from `columns`, in their order; never NULL.

    key: 32 bytes. columns: of any type that has one text form; cast to string. Materialise the result before using it
    twice: Spark may compute it once for each use.
    """
    return _hash_of(key, F.concat(*(F.coalesce(_framed(column), F.lit("-")) for column in columns)))


def token(key: bytes, key_id: str, column: Column) -> Column:
    """Token of one value: `<key_id>:<32 hex digits>`, NULL where the value is NULL. Joins stay within one key id."""
    return F.concat(F.lit(f"{key_id}:"), _hash_of(key, _framed(column)))


def keyed_hash_value(key: bytes, *values: str | None) -> str:
    """The same hash of values at hand, for the command line and the tests."""
    mac = hmac.HMAC(key, hashes.SM3())
    for value in values:
        mac.update(b"-" if value is None else b"%d:%s" % (len(value.encode()), value.encode()))
    return mac.finalize().hex()[:HEX_DIGITS]


def token_value(key: bytes, key_id: str, value: str | None) -> str | None:
    """The same token of a value at hand."""
    return None if value is None else f"{key_id}:{keyed_hash_value(key, value)}"


def _framed(column: Column) -> Column:
    text = column.cast("string")
    return F.concat(F.octet_length(text).cast("string"), F.lit(":"), text)


def _hash_of(key: bytes, framed: Column) -> Column:
    return F.arrow_udf(_hasher(key), "string")(framed)  # type: ignore[call-overload]


def _hasher(key: bytes) -> Callable[[pa.Array], pa.Array]:
    def keyed_hash(texts: pa.Array) -> pa.Array:
        fresh = hmac.HMAC(key, hashes.SM3())  # copied for each value: half the cost of keying anew
        digests = []
        for text in texts.cast(pa.binary()).to_pylist():
            if text is None:
                digests.append(b"\0" * 32)
            else:
                mac = fresh.copy()
                mac.update(text)
                digests.append(mac.finalize())
        digits = np.frombuffer(b"".join(digests).hex().encode(), np.uint8).reshape(len(digests), 64)
        offsets = np.arange(0, (len(digests) + 1) * HEX_DIGITS, HEX_DIGITS, dtype=np.int32)
        hashed = pa.StringArray.from_buffers(
            len(digests), pa.py_buffer(offsets), pa.py_buffer(digits[:, :HEX_DIGITS].tobytes())
        )
        return hashed if texts.null_count == 0 else pc.if_else(texts.is_valid(), hashed, None)

    return keyed_hash
