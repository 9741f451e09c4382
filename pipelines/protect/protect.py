"""Protect one source: silver becomes record (tokens, masks, codes, entity ids) and vault (one cipher a record).

Commits: vault, record_version, record; the last one says which versions of silver, superseded and the crosswalks were
seen.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.protect.cipher import encrypt
from pipelines.protect.keyring import KeyRing
from pipelines.protect.record import protected, sealed_fields, with_entities, with_former_entities
from pipelines.scratch import SENT
from pipelines.session import fit
from schemas import codelists
from schemas.contract import Contract, Subject
from schemas.crosswalk import ROW, TOLD
from schemas.recorded import ENTITY_ID

# Raise it when protecting itself changes: the next night then makes all of record and vault anew.
METHOD = 6
# record_id of what changed in a table; None for all of it.
Touched: TypeAlias = pa.Table | None
VERSION = ("valid_from", "valid_to", "learned_on", "why")


def protect(lake: Lake, contract: Contract, keys: KeyRing, rows: int) -> None:
    """Bring record, record_version and vault of a source up to what silver and the crosswalks say now.

    rows: about how many the source has.
    """
    if not lake.exists(f"silver/{contract.source}"):
        return
    _Run(lake, contract, keys, rows).run()


class _Run:
    """One source's run; what it has seen before stands in record's last commit."""

    def __init__(self, lake: Lake, contract: Contract, keys: KeyRing, rows: int) -> None:
        self.lake, self.contract, self.keys, self.rows = lake, contract, keys, rows
        self.source = contract.source
        self.subjects = sorted({m.subject for m in contract.mentions})
        self.silver, self.superseded = f"silver/{self.source}", f"superseded/{self.source}"
        self.links = [f"link/{s}_record" for s in self.subjects]
        self.now = {table: lake.version(table) for table in (self.silver, self.superseded, *self.links)}
        self.seen = {"inputs": self.now, "facts": _facts(contract, keys)}
        mark = lake.seen(f"record/{self.source}")
        self.done = mark == self.seen
        self.before: Mapping[str, int] = mark.get("inputs", {}) if mark.get("facts") == self.seen["facts"] else {}
        # Of which records silver, the versions and what is said of either differs from what was protected last.
        self.restated, links = self._touched(self.silver), self._touched(*self.links)
        self.former, self.current = _together(self._touched(self.superseded), links), _together(self.restated, links)

    def run(self) -> None:
        """Write what changed, each table by what it is made of."""
        if self.done:
            return
        self._write(f"vault/{self.source}", ["record_id"], self.restated, self._vault)
        self._write(f"record_version/{self.source}", ROW, self.former, self._versions)
        self._write(f"record/{self.source}", ["record_id"], self.current, self._current, self.seen)

    def _write(
        self,
        table: str,
        key: Sequence[str],
        touched: Touched,
        rows: Callable[[], DataFrame],
        seen: dict[str, Any] | None = None,
    ) -> None:
        fit(self.lake.spark, self.rows if touched is None else touched.num_rows)
        if touched is None:
            self.lake.replace(table, rows(), key, None, seen)
        elif touched.num_rows:
            self.lake.replace(table, rows(), key, touched, seen, few=touched.num_rows <= SENT)
        elif seen is not None:
            self.lake.mark(table, seen)

    def _touched(self, *inputs: str) -> Touched:
        ids = []
        for table in inputs:
            if self.before.get(table) == self.now[table]:
                continue
            columns = ["record_id", "source"] if table in self.links else ["record_id"]
            found = self.lake.changed(table, self.before.get(table), *columns)
            if found is None:
                return None
            if table in self.links:
                found = found.filter(pc.field("source") == self.source)
            ids.append(found.select(["record_id"]))
        return _together(*ids)

    def _vault(self) -> DataFrame:
        rows = self._standing
        if self.restated is not None and self.restated is not self.current:
            rows = rows.join(self.lake.frame(self.restated), "record_id", "left_semi")
        cipher = encrypt(self.keys, F.col("record_id"), sealed_fields(self.contract)).alias("cipher")
        return rows.select("record_id", "row_hash", F.lit(self.keys.cipher.id).alias("key_id"), cipher)

    def _versions(self) -> DataFrame:
        rows = protected(self._rows(self.superseded, self.former), self.contract, self.keys, VERSION)
        return with_former_entities(rows, self.contract, self._crosswalks)

    def _current(self) -> DataFrame:
        rows = protected(self._standing, self.contract, self.keys)
        return with_entities(rows, self.contract, self._crosswalks)

    # A table is looked through once for all that is made of it: that costs by its size, however few rows it gives.
    @cached_property
    def _standing(self) -> DataFrame:
        return self._rows(self.silver, self.current)

    @cached_property
    def _crosswalks(self) -> dict[Subject, DataFrame]:
        every = _together(self.former, self.current)
        # Of a crosswalk's columns the wide ones (keys, names) tell nothing here, and cost most of the look.
        return {s: self._rows(f"link/{s}_record", every, (*TOLD, ENTITY_ID[s])) for s in self.subjects}

    def _rows(self, table: str, touched: Touched, columns: Sequence[str] | None = None) -> DataFrame:
        return self.lake.among(table, touched, self.now[table], columns)


def _together(*several: Touched) -> Touched:
    """What any of several says; None where one says all."""
    told = [one for one in several if one is not None]
    if len(told) < len(several):
        return None
    some = [one for one in told if one.num_rows]
    if len(some) == 1:
        return some[0]
    none = pa.schema([("record_id", pa.string())]).empty_table()
    return pa.concat_tables([none, *some], promote_options="permissive").group_by(["record_id"]).aggregate([])


def _facts(contract: Contract, keys: KeyRing) -> str:
    lists = codelists.fingerprint(codelists.OF_NAMES)
    text = str(METHOD) + contract.model_dump_json() + lists + keys.fingerprint("identifier", "token")
    return hashlib.sha256(text.encode()).hexdigest()[:16]
