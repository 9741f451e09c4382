"""master: one row a person, legal entity and place, with the source of every item, conflicts, history and relations.

Reads record, record_version, link's redirects and decisions. A master's last commit (its `_conflict`) says what it has
seen; only the entities that changed records name are worked out anew.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.master import affected, conflict, history, location, pins
from pipelines.master.relate import relate
from pipelines.master.statements import Model, model, union
from pipelines.master.survivorship import survive
from pipelines.scratch import SENT, Scratch
from quality.broken import broken
from schemas import authorities, relations
from schemas.contract import Contract, Subject
from schemas.recorded import id_column

ORDER: tuple[Subject, ...] = ("place", "legal_entity", "person")
# Raise it when survivorship itself changes: the next night then works everything out anew.
METHOD = 1


def master(lake: Lake, contracts: Sequence[Contract], night: date, threads: int = 3) -> None:
    """Bring the masters, their conflicts, histories and redirects, and the relations up to what record says now.

    contracts: those of all sources. night: decides which pins apply.
    """
    known = [authorities.load(subject, contracts) for subject in ORDER]
    tables = relations.load(contracts)
    there = [c for c in contracts if lake.exists(f"record/{c.source}")]
    models = [made for made in (model(authority, there) for authority in known) if made.origins]
    # Places come first, for entities and persons lie there.
    stages: list[list[Callable[[], None]]] = [
        [partial(_run, lake, made, night) for made in models if made.authority.location is None],
        [partial(_run, lake, made, night) for made in models if made.authority.location is not None],
        [partial(relate, lake.for_thread(), table) for table in tables],
    ]
    with ThreadPoolExecutor(threads) as pool:
        for stage in stages:
            for job in [pool.submit(part) for part in stage]:
                job.result()


def _run(lake: Lake, made: Model, night: date) -> None:
    with Scratch() as scratch:
        _Subject(lake.for_thread(), made, night, scratch).run()


class _Subject:
    """One master's run."""

    def __init__(self, lake: Lake, made: Model, night: date, scratch: Scratch) -> None:
        self.lake, self.model, self.night, self.scratch = lake, made, night, scratch
        self.authority = made.authority
        self.name, self.id = self.authority.subject, self.authority.id
        self.redirects = f"link/{self.name}_redirect"
        self.marked = f"master/{self.name}_conflict"
        inputs = [f"{zone}/{o.source}" for zone in ("record", "record_version") for o in made.origins]
        if self.authority.areas:
            inputs.append(f"record/{self.authority.areas.source}")
        if self.authority.location:
            inputs.append("master/place")
        inputs += [pins.TABLE, self.redirects]
        self.now = {table: lake.version(table) for table in dict.fromkeys(inputs) if lake.exists(table)}
        self.before: dict[str, Any] = lake.seen(self.marked) if lake.exists(self.marked) else {}

    def run(self) -> None:
        """Bring the master up to its inputs; nothing is written where nothing is new."""
        seen = {"inputs": self.now, "facts": _facts(self.model), "pins": self._decided()}
        if self.before == seen:
            return
        same = all(self.before.get(name) == seen[name] for name in ("facts", "pins"))
        touched = self._touched(self.before["inputs"]) if same else None
        if touched is None:
            self._write(None, seen)
        elif touched or self._redirected():
            self._write(touched, seen)
        else:
            self.lake.mark(self.marked, seen)

    def _redirected(self) -> bool:
        return self.now.get(self.redirects) != self.before.get("inputs", {}).get(self.redirects)

    # ---- what is read ------------------------------------------------------------------------------------------
    def _decided(self) -> str:
        """Which pins apply: they change with the night too."""
        rows = self._pins().orderBy(self.id).collect() if pins.TABLE in self.now else []
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:16] if rows else ""

    def _pins(self) -> DataFrame:
        redirects = self.lake.read(self.redirects) if self.redirects in self.now else None
        return pins.pins(self.lake.read(pins.TABLE), redirects, self.name, self.id, self.night)

    def _touched(self, before: dict[str, int]) -> list[str] | None:
        """The entities to work out anew; None for all."""
        areas = self.authority.areas and f"record/{self.authority.areas.source}"
        if areas in self.now and before.get(areas) != self.now[areas]:
            return None
        named: dict[str, list[str]] = {}
        for origin in self.model.origins:
            for table in (f"record/{origin.source}", f"record_version/{origin.source}"):
                if table in self.now:
                    named.setdefault(table, []).append(id_column(origin.role, self.name))
        touched = affected.ids(self.lake, named, before, self.now)
        place = "master/place"
        if touched is None or place not in self.now or before.get(place) == self.now[place]:
            return touched
        moved = affected.ids(self.lake, {place: ["place_id"]}, before, self.now)
        if moved is None:
            return None
        assert self.authority.location is not None
        standing = self.lake.read(f"master/{self.name}")
        there = (
            affected.only(standing, affected.frame(self.lake, self.authority.location, moved)).select(self.id).toArrow()
        )
        return sorted({*touched, *there[self.id].to_pylist()})

    def _statements(self, zone: str, touched: DataFrame | None) -> DataFrame | None:
        def rows(source: str) -> DataFrame | None:
            table = f"{zone}/{source}"
            return self.lake.read(table, self.now[table]) if table in self.now else None

        found = union(self.model, rows)
        return None if found is None else affected.only(found, touched)

    # ---- what is written ---------------------------------------------------------------------------------------
    def _write(self, ids: list[str] | None, seen: dict[str, Any]) -> None:
        """ids: the entities to work out, None for all."""
        touched = None if ids is None else affected.frame(self.lake, self.id, ids)
        statements = self._statements("record", touched)
        assert statements is not None
        if touched is not None:
            statements = self.scratch.keep(statements)
        pinned = pins.pinned(statements, self._pins(), self.id) if seen["pins"] else statements
        self._replace(f"master/{self.name}", self._entities(pinned), [self.id], ids, self.id)
        versions = self._statements("record_version", touched)
        if versions is not None:
            told = history.history(statements, self.scratch.keep(versions), self.model)
            self._replace(f"master/{self.name}_history", told, history.KEY, ids)
        if self._redirected():
            self._replace(f"master/{self.name}_redirect", self.lake.read(self.redirects), ["old_id"], None)
        entities = affected.only(self.lake.read(f"master/{self.name}"), touched)
        differing = conflict.conflicts(statements, entities, self.model)
        self._replace(self.marked, differing, conflict.KEY, ids, seen=seen)

    def _entities(self, statements: DataFrame) -> DataFrame:
        authority = self.authority
        rows = survive(statements, self.model)
        rows = self._located(rows)
        rows = rows.withColumn("warned", warned(authority))
        if self.name == "person":
            rows = rows.withColumn("basis", F.when(F.col("_own"), "own_record").otherwise("mention"))
        last = ("sources", "warned", "attributes")
        first = [self.id, *(c for c in ("basis",) if c in rows.columns)]
        others = [c for c in rows.columns if c not in (*first, *last, "_own", *authority.flags)]
        return rows.select(*first, *others, *last)

    def _located(self, rows: DataFrame) -> DataFrame:
        authority = self.authority
        areas = authority.areas
        if areas and f"record/{areas.source}" in self.now:
            return location.in_areas(rows, self.lake.read(f"record/{areas.source}"), areas)
        if authority.location and "master/place" in self.now:
            places = self.lake.read("master/place", self.now["master/place"])
            return location.at_places(rows, places, authority, places.count() < location.SMALL)
        missing = areas.columns if areas else location.TOLD if authority.location else ()
        return rows.withColumns({c: F.lit(None).cast("string") for c in missing if c not in rows.columns})

    def _replace(
        self,
        table: str,
        rows: DataFrame,
        key: Sequence[str],
        ids: list[str] | None,
        column: str = "id",
        seen: dict[str, Any] | None = None,
    ) -> None:
        """ids, column: the entities whose rows are replaced, and what the table calls them; None means all."""
        touched = None if ids is None else pa.table({column: pa.array(ids, pa.string())})
        few = None if ids is None else len(ids) <= SENT
        self.lake.replace(table, rows, key, touched, seen, few)


def warned(authority: authorities.Authority) -> Column:
    """The rules across sources that an entity breaks: array of rule, column and message."""
    return broken(
        (F.coalesce(F.expr(rule.when), F.lit(False)), rule.rule, rule.column, rule.message.zh)
        for rule in authority.warnings
    )


def _facts(made: Model) -> str:
    text = made.authority.model_dump_json() + "".join(o.contract.model_dump_json() for o in made.origins)
    return hashlib.sha256(f"{METHOD}{text}".encode()).hexdigest()[:16]
