"""What ran and what came of it: governed/ops/run, unit, delivery, late, quality, lineage; run's row closes a night."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import fields

import pyarrow as pa

from pipelines import flow, state
from pipelines.deliveries import Journal
from pipelines.figures import Figure
from pipelines.lake import Lake
from pipelines.late import late
from pipelines.lineage.edge import Edge
from pipelines.validations import broken
from schemas.contract import Contract

UNIT = (
    "run string, night date, unit string, source string, seconds double, state string, reason string, "
    "rows_in bigint, rows_out bigint"
)
DELIVERY = (
    "source string, delivery string, date date, night date, delivered bigint, accepted bigint, quarantined bigint, "
    "duplicates bigint, state string, reason string"
)
LATE = "night date, source string, every int, due string, last date, state string, since string"
QUALITY = "source string, delivery string, date date, rule string, broken bigint"
RUN = (
    "run string, night date, started timestamp, ended timestamp, state string, versions map<string,bigint>, "
    "ids map<string,string>"
)
CLOSED_ZONES = (
    "bronze",
    "record",
    "record_version",
    "master",
    "topic",
    "catalog",
    "silver",
    "superseded",
    "quarantine",
    "link",
    "vault",
)


def close(
    lake: Lake,
    run: str,
    night: dt.date,
    units: Sequence[Figure],
    contracts: Iterable[Contract],
    masters: Iterable[str],
    lineage: Sequence[Edge],
) -> None:
    """Fold the sources' journals and the units' figures into ops; the row of ops/run comes last and closes the night.

    units: in the order in which they started; to each come the rows that it took in and gave out. contracts: those of
    all sources. masters: the masters' suites. lineage: all edges.
    """
    contracts, masters = list(contracts), list(masters)
    sources = [c.source for c in contracts]
    spark = lake.spark
    entries = [e for s in sources for e in Journal(lake, s).entries()]
    deliveries = [
        (e.source, e.delivery, e.date, e.night, e.delivered, e.accepted, e.quarantined, e.duplicates, e.state, e.reason)
        for e in entries
    ]
    lake.replace("ops/delivery", spark.createDataFrame(deliveries, DELIVERY), ["source", "delivery"])
    waited = [
        {**one, "night": night, "last": dt.date.fromisoformat(one["last"]) if one["last"] else None}
        for one in late(entries, contracts, night)
    ]
    lake.replace("ops/late", spark.createDataFrame(waited, LATE), ["night", "source"], pa.table({"night": [night]}))
    quality = [(e.source, e.delivery, e.date, rule, n) for e in entries for rule, n in e.rules.items() if n]
    _judged(lake, quality, pa.table({"source": sources}))
    known = [(name, "", night, rule, n) for name in masters for rule, n in broken(lake, name).items()]
    _judged(lake, known, pa.table({"source": masters, "date": [night] * len(masters)}))
    names = [field.name for field in fields(Edge)]
    told = pa.table({name: [getattr(edge, name) for edge in lineage] for name in names})
    lake.replace("ops/lineage", spark.createDataFrame(told), names, few=True)
    versions = {t: lake.version(t) for t in lake.tables(*CLOSED_ZONES)}
    moved = flow.moved(lake, state.closed_versions(lake.root), versions)
    rows_of = zip(units, flow.flows(units, lineage, moved, entries), strict=True)
    rows = [(run, night, u.unit, u.source, u.seconds, u.state, u.reason, *counts) for u, counts in rows_of]
    # A closing that was killed may have told of them before.
    units_of_run = spark.createDataFrame(rows, UNIT)
    lake.replace("ops/unit", units_of_run, ["run", "unit", "source"], pa.table({"run": [run]}), few=True)
    # A table that is made anew counts its versions from 0 again.
    ids = {t: lake.identity(t) for t in versions}
    row = (run, night, units[0].started, dt.datetime.now(dt.UTC), "closed", versions, ids)
    lake.append("ops/run", spark.createDataFrame([row], RUN), few=True)


def _judged(lake: Lake, rows: Sequence[tuple[object, ...]], of: pa.Table) -> None:
    """Bring ops/quality up to the rows of some sources, or of the masters (source is their suite) on one night."""
    frame = lake.spark.createDataFrame(rows, QUALITY)
    lake.replace("ops/quality", frame, ["source", "delivery", "date", "rule"], of)
