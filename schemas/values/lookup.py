"""A table as a column expression: for the thousands of entries that a map literal would search one by one."""

import zlib
from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

BUCKETS = 128
# Separators that no code or label holds.
PAIR, ENTRY = "\x1f", "\x1e"


def lookup(table: Mapping[str, str], key: Column) -> Column:
    """The table's value for `key` (string), NULL where there is none.

    Spark searches a map literal from its start; a large table is therefore cut into buckets by the key's CRC-32, which
    Spark and Python compute alike. Spark folds the whole table into one literal when it plans.
    """
    if len(table) <= BUCKETS:
        return F.try_element_at(_map(table), key)
    buckets: list[dict[str, str]] = [{} for _ in range(BUCKETS)]
    for name, value in table.items():
        buckets[zlib.crc32(name.encode()) % BUCKETS][name] = value
    bucket = F.get(F.array(*map(_map, buckets)), (F.crc32(key) % BUCKETS).cast("int"))
    return F.try_element_at(bucket, key)


def _map(table: Mapping[str, str]) -> Column:
    entries = ENTRY.join(f"{name}{PAIR}{value}" for name, value in table.items())
    return F.str_to_map(F.lit(entries), F.lit(ENTRY), F.lit(PAIR))
