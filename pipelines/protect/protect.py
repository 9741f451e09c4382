"""Protect one source: silver becomes record (tokens, masks, codes, entity ids) and vault (one cipher a record).

Commits: vault, record_version, record; the last one says which versions of silver, superseded and the crosswalks were
seen.
"""

import hashlib

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.protect.cipher import encrypt
from pipelines.protect.keyring import KeyRing
from pipelines.protect.record import protected, sealed_fields, with_entities
from schemas.contract import Contract

VERSION = ("valid_from", "valid_to", "learned_on", "why")
ROW = ("_delivery", "_file", "_row")


def protect(lake: Lake, contract: Contract, keys: KeyRing) -> None:
    """Bring record, record_version and vault of a source up to what silver and the crosswalks say now."""
    source = contract.source
    silver, superseded, record = f"silver/{source}", f"superseded/{source}", f"record/{source}"
    if not lake.exists(silver):
        return
    subjects = sorted({m.subject for m in contract.mentions})
    inputs = [silver, superseded, *(f"link/{s}_record" for s in subjects)]
    now = {table: lake.version(table) for table in inputs}
    facts = _facts(contract, keys)
    mark = lake.seen(record)
    if mark.get("inputs") == now and mark.get("facts") == facts:
        return
    before = mark.get("inputs", {}) if mark.get("facts") == facts else {}
    touched = _touched(lake, source, {table: before.get(table) for table in inputs})
    if touched is not None:
        touched = touched.persist()
    crosswalks = {s: _only(lake.read(f"link/{s}_record", now[f"link/{s}_record"]), touched) for s in subjects}
    rows = _only(lake.read(silver, now[silver]), touched)
    old = _only(lake.read(superseded, now[superseded]), touched)
    cipher = encrypt(keys, F.col("record_id"), sealed_fields(contract))
    vault = rows.select("record_id", "row_hash", F.lit(keys.cipher.id).alias("key_id"), cipher.alias("cipher"))
    lake.replace(f"vault/{source}", vault, ["record_id"], touched)
    versions = with_entities(protected(old, contract, keys, VERSION), contract, crosswalks)
    lake.replace(f"record_version/{source}", versions, ROW, touched)
    current = with_entities(protected(rows, contract, keys), contract, crosswalks)
    lake.replace(record, current, ["record_id"], touched, seen={"inputs": now, "facts": facts})
    if touched is not None:
        touched.unpersist()


def _facts(contract: Contract, keys: KeyRing) -> str:
    text = contract.model_dump_json() + keys.fingerprint("identifier", "token")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _touched(lake: Lake, source: str, since: dict[str, int | None]) -> DataFrame | None:
    """record_id of what changed; None for all."""
    ids: DataFrame | None = None
    for table, version in since.items():
        feed = lake.changes(table, version)
        if feed is None:
            return None
        if table.startswith("link/"):
            feed = feed.where(F.col("source") == source)
        found = feed.select("record_id")
        ids = found if ids is None else ids.union(found)
    return None if ids is None else ids.distinct()


def _only(rows: DataFrame, touched: DataFrame | None) -> DataFrame:
    return rows if touched is None else rows.join(F.broadcast(touched), "record_id", "left_semi")
