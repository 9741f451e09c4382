"""master: one row a person, legal entity and place, with the source of every item, conflicts, history and relations.

Reads record, record_version, link's redirects and decisions. A master's last commit (its `_conflict`) says what it has
seen; only the entities that changed records name are worked out anew.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import cached_property, partial
from itertools import islice
from typing import Any, TypeGuard

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.master import affected, conflict, history, location, pins
from pipelines.master.relate import relate
from pipelines.master.statements import Model, model, union
from pipelines.master.survivorship import survive
from pipelines.scratch import SENT, SENT_IDS, Scratch
from pipelines.session import fit
from quality.broken import broken
from schemas import authorities, relations
from schemas.contract import Contract, Subject
from schemas.recorded import id_column

ORDER: tuple[Subject, ...] = ("place", "legal_entity", "person")
# Raise it when survivorship itself changes: the next night then works everything out anew.
METHOD = 4
ZONES = ("record", "record_version")


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
        self.roles: dict[str, list[str]] = {}
        for origin in made.origins:
            self.roles.setdefault(origin.source, []).append(id_column(origin.role, self.name))
        inputs = [f"{zone}/{source}" for zone in ZONES for source in self.roles]
        # The record that tells a place where it lies.
        self.bounds = f"record/{self.authority.areas.source}" if self.authority.areas else ""
        if self.bounds:
            inputs.append(self.bounds)
        if self.authority.location:
            inputs.append("master/place")
        inputs += [pins.TABLE, self.redirects]
        self.now = {table: lake.version(table) for table in inputs if lake.exists(table)}
        self.before: dict[str, Any] = lake.seen(self.marked) if lake.exists(self.marked) else {}

    def run(self) -> None:
        """Bring the master up to its inputs; nothing is written where nothing is new."""
        facts = {"facts": _facts(self.model), "pins": self._decided(), "areas": _hash(self._areas)}
        seen = {"inputs": self.now, **facts, "night": self.night.isoformat()}
        same = all(self.before.get(name, "") == facts[name] for name in ("facts", "pins"))
        past = self._past(date.fromisoformat(self.before["night"])) if same else []
        # The night by itself is nothing new: the next one looks back as far.
        if not past and self.before == {**seen, "night": self.before.get("night")}:
            return
        touched = self._touched(self.before["inputs"]) if same else None
        if touched is not None:
            touched = sorted({*touched, *past})
        if touched is not None and self.before.get("areas") != facts["areas"]:
            there = self._in_other_areas(self.before["inputs"])
            touched = None if there is None else sorted({*touched, *there})
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
        return _hash(self._pins().orderBy(self.id).collect() if pins.TABLE in self.now else [])

    @cached_property
    def _areas(self) -> list[Row]:
        """The areas that tell a place where it lies; their record changes by much that tells nothing of it."""
        areas, table = self.authority.areas, self.bounds
        return location.bounded(self.lake.read(table, self.now[table]), areas) if areas and table in self.now else []

    def _in_other_areas(self, before: dict[str, int]) -> list[str] | None:
        """The places that lie in an area that changed, as it was or as it is; None for all."""
        areas = self.authority.areas
        if areas is None or self.bounds not in before or self.bounds not in self.now:
            return None
        changed = self.lake.changed(self.bounds, before[self.bounds], *areas.columns.values(), areas.boundary)
        if changed is None:
            return None
        rows = self.lake.read(f"master/{self.name}")
        places = rows.select(self.id, "longitude", "latitude").where("longitude IS NOT NULL")
        return location.lying_in(changed[areas.boundary].drop_null().to_pylist(), places.toArrow())

    def _pins(self) -> DataFrame:
        redirects = self.lake.read(self.redirects) if self.redirects in self.now else None
        return pins.pins(self.lake.read(pins.TABLE), redirects, self.name, self.id, self.night)

    def _touched(self, before: dict[str, int]) -> list[str] | None:
        """The entities to work out anew; None for all."""
        tables = {f"{zone}/{source}": roles for zone in ZONES for source, roles in self.roles.items()}
        named = {table: roles for table, roles in tables.items() if table in self.now}
        touched = affected.ids(self.lake, named, before, self.now)
        place = "master/place"
        if touched is None or place not in self.now or before.get(place) == self.now[place]:
            return touched
        moved = affected.ids(self.lake, {place: ["place_id"]}, before, self.now)
        if moved is None:
            return None
        assert self.authority.location is not None
        there = self.lake.naming(
            f"master/{self.name}", [self.authority.location], affected.array(moved), wanted=[self.id]
        )
        return sorted({*touched, *there[self.id].to_pylist()})

    def _past(self, before: date) -> list[str]:
        """The entities of which some record says less, or more, than in the night `before`: its last day is over."""
        first, end = sorted((before, self.night))
        days = pa.array([first + timedelta(number) for number in range((end - first).days)], pa.date32())
        ends = {
            (f"record/{origin.source}", said.until, id_column(origin.role, self.name))
            for origin in self.model.origins
            for _, _, said in self.authority.said
            if said.until and said.made_by(origin.source, origin.role)
        }
        found: set[str] = set()
        for table, until, id in sorted(ends) if len(days) else ():
            found.update(self.lake.naming(table, [until], days, self.now[table], [id])[id].to_pylist())
        return sorted(found - {None})

    def _statements(self, zone: str, ids: list[str] | None) -> DataFrame | None:
        """What the records of a zone say of the entities, None for all; kept, where these are not all."""
        tables = {source: f"{zone}/{source}" for source in self.roles if f"{zone}/{source}" in self.now}
        if _few(ids):
            known = affected.array(ids)
            told = {s: self.lake.naming(t, self.roles[s], known, self.now[t]) for s, t in tables.items()}
            # What says nothing would be planned all the same; one of them stands for no statement at all.
            some = {s: rows for s, rows in told.items() if rows.num_rows} or dict(islice(told.items(), 1))
            if zone == "record":
                # Several records tell of an entity, and its earlier versions are joined with all of them.
                fit(self.lake.spark, sum(rows.num_rows for rows in some.values()))
            frames = {source: self.lake.frame(rows) for source, rows in some.items()}
        else:
            frames = {source: self.lake.read(table, self.now[table]) for source, table in tables.items()}
        stated = union(self.model, frames.get, self.night)
        if stated is None or ids is None:
            return stated
        stated = affected.only(stated, self.lake.frame(pa.table({self.id: affected.array(ids)})))
        # Few rows in one part are grouped and sorted where they are.
        return self.scratch.keep(stated.coalesce(1) if _few(ids) else stated)

    # ---- what is written ---------------------------------------------------------------------------------------
    def _write(self, ids: list[str] | None, seen: dict[str, Any]) -> None:
        """ids: the entities to work out, None for all."""
        statements = self._statements("record", ids)
        assert statements is not None
        pinned = pins.pinned(statements, self._pins(), self.id) if seen["pins"] else statements
        # Partitioned first, so that what travels is one narrow row a record, not a struct an item.
        apart = pinned if _few(ids) else pinned.repartition(F.col(self.id))
        entities = self._entities(apart, self._places(statements, ids))
        if ids is not None:
            entities = self.scratch.keep(entities)
        self._replace(f"master/{self.name}", entities, [self.id], ids, self.id)
        versions = self._statements("record_version", ids)
        if versions is not None:
            kept = self.scratch.keep(versions) if ids is None else versions
            told = history.history(statements, kept, self.model)
            self._replace(f"master/{self.name}_history", told, history.KEY, ids)
        if self._redirected():
            self._replace(f"master/{self.name}_redirect", self.lake.read(self.redirects), ["old_id"], None)
        if ids is None:
            entities = self.lake.read(f"master/{self.name}")
        differing = conflict.conflicts(statements, entities, self.model)
        self._replace(self.marked, differing, conflict.KEY, ids, seen=seen)

    def _places(self, statements: DataFrame, ids: list[str] | None) -> DataFrame | None:
        """The places where the entities may lie; None where nothing tells of any."""
        column, now = self.authority.location, self.now.get("master/place")
        if column is None or now is None:
            return None
        if not _few(ids):
            places = self.lake.read("master/place", now)
            return F.broadcast(places) if places.count() <= SENT_IDS else places
        named = affected.array(statements.select(column).distinct().toArrow()[column].to_pylist())
        told = dict.fromkeys(location.TOLD.values())
        return self.lake.frame(self.lake.naming("master/place", ["place_id"], named, now, ["place_id", *told]))

    def _entities(self, statements: DataFrame, places: DataFrame | None) -> DataFrame:
        authority = self.authority
        rows = survive(statements, self.model)
        rows = self._located(rows, places)
        rows = rows.withColumn("warned", warned(authority))
        if self.name == "person":
            rows = rows.withColumn("basis", F.when(F.col("_own"), "own_record").otherwise("mention"))
        last = ("sources", "warned", "attributes")
        first = [self.id, *(c for c in ("basis",) if c in rows.columns)]
        others = [c for c in rows.columns if c not in (*first, *last, "_own", *authority.flags)]
        return rows.select(*first, *others, *last)

    def _located(self, rows: DataFrame, places: DataFrame | None) -> DataFrame:
        authority = self.authority
        areas = authority.areas
        if areas and self.bounds in self.now:
            return location.in_areas(rows, self._areas, areas)
        if places is not None:
            return location.at_places(rows, places, authority)
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
        touched = None if ids is None else pa.table({column: affected.array(ids)})
        self.lake.replace(table, rows, key, touched, seen, None if ids is None else _few(ids))


def _few(ids: list[str] | None) -> TypeGuard[list[str]]:
    return ids is not None and len(ids) <= SENT


def _hash(rows: list[Row]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16] if rows else ""


def warned(authority: authorities.Authority) -> Column:
    """The rules across sources that an entity breaks: array of rule, column and message."""
    return broken(
        (F.coalesce(F.expr(rule.when), F.lit(False)), rule.rule, rule.column, rule.message.zh)
        for rule in authority.warnings
    )


def _facts(made: Model) -> str:
    text = made.authority.model_dump_json() + "".join(o.contract.model_dump_json() for o in made.origins)
    return hashlib.sha256(f"{METHOD}{text}".encode()).hexdigest()[:16]
