"""What a lake says of itself, read without Spark: deliveries, the last closed night, tables at its versions."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import pyarrow as pa
import pyarrow.dataset

from catalog.figures import figures as catalogued
from pipelines import about, direct, figures
from pipelines.deliveries import Entry, entry
from pipelines.lake import GOVERNED
from pipelines.land import strays
from pipelines.late import late
from pipelines.locks import require_path
from schemas import contract
from schemas.errors import RendiError

# Rules that a delivery's reason names wherever a row breaks them, and the share of rows from which it names any other.
SPOILED = ("line_readable",)
MANY = 0.2
NAMED = 3
MASTERS = ("person", "legal_entity", "place")
CATALOGUE = ("catalog/resource", "catalog/item")
FAILED = ("unit", "source", "reason")
# What delta-rs, Arrow and DuckDB say of a file that is cut or gone.
_BROKEN = (deltalake.exceptions.DeltaError, pa.ArrowInvalid, duckdb.InvalidInputException, OSError)
# Beyond all versions of a table that counts them from 0 again: none of them is the one that a night closed with.
ANEW = 2**62
NOT_ENDED = "started and did not end: it is at work still, or its process was killed"


def require(root: str) -> None:
    """RendiError where there is no lake, where none can be, or one of another format."""
    require_path(root)
    if not (Path(root) / "format.json").exists():
        raise RendiError(f"there is no lake at {root}: name it with --lake, or make one with `rendi run`")
    about.require_format(root)


def deliveries(root: str) -> list[Entry]:
    """Every delivery of every source, by date and source."""
    found = sorted((Path(root) / "restricted" / "journal").glob("*/*.json"))
    entries = [entry(p.read_bytes(), str(p)) for p in found]
    return sorted(entries, key=lambda e: (e.date, e.source, e.delivery))


def open_table(root: str, table: str, version: int | None = None) -> deltalake.DeltaTable:
    """A table through delta-rs, newest or at a version that a night closed with."""
    place = path(root, table)
    # By the names of its commits, so that a damaged one is not taken for one that is missing.
    if version is not None and direct.version(str(place)) < version:
        raise RendiError(
            f"the lake's table {table} was set aside, and no night has closed since: give `rendi run --rebuild` again"
        )
    if not exists(root, table):
        raise RendiError(f"the lake has no table {table} yet: run the night first")
    with readable(table):
        return deltalake.DeltaTable(str(place), version=version)


def exists(root: str, table: str) -> bool:
    """Whether the lake has the table."""
    return (path(root, table) / "_delta_log").exists()


@contextmanager
def readable(table: str) -> Iterator[None]:
    """RendiError where a file of the table that is read within is cut or gone."""
    try:
        yield
    except _BROKEN:
        raise RendiError(f"the lake's table {table} cannot be read: `rendi doctor` says what to do") from None


def path(root: str, table: str) -> Path:
    """Where a table lies."""
    return Path(root) / ("governed" if table.split("/", 1)[0] in GOVERNED else "restricted") / table


def closings(root: str) -> list[dict[str, Any]]:
    """The rows of ops/run, the newest first; versions: table -> version, `ANEW` where the table was made anew since."""
    rows = sorted(ops(root, "run"), key=lambda run: run["ended"], reverse=True)
    # Nights of before ids were kept have none.
    ids = [dict(run.get("ids") or []) for run in rows]
    now = {table: _identity(root, table) for table in set().union(*ids)}

    def standing(run: dict[str, Any], then: dict[str, str]) -> dict[str, int]:
        known = {t for t in then if now[t] is not None}
        return {t: ANEW if t in known and now[t] != then[t] else version for t, version in run["versions"]}

    return [run | {"versions": standing(run, then)} for run, then in zip(rows, ids, strict=True)]


def _identity(root: str, table: str) -> str | None:
    """None where the table's log is damaged."""
    try:
        return direct.identity(str(path(root, table)))
    except _BROKEN:
        # Whoever reads the table will say so.
        return None


def closed_nights(root: str) -> list[dict[str, int]]:
    """Table -> version of each business date's last closing (rule 4), the newest first, as in `closings`."""
    found: dict[dt.date, dict[str, int]] = {}
    for row in closings(root):
        found.setdefault(row["night"], row["versions"])
    return list(found.values())


def closed_versions(root: str) -> dict[str, int]:
    """Table -> version of the last closed night; {} where none closed yet."""
    return next(iter(closed_nights(root)), {})


def closed(root: str, table: str) -> pyarrow.dataset.Dataset:
    """A table as the last closed night left it."""
    versions = closed_versions(root)
    if table not in versions:
        raise RendiError(f"no closed night holds {table}: see `rendi status`")
    return open_table(root, table, versions[table]).to_pyarrow_dataset()


def last_night(root: str) -> dt.date | None:
    """The latest business date for which a night closed or took a delivery; None in a new lake."""
    nights = [e.night for e in deliveries(root)]
    return max([*nights, *(run["night"] for run in ops(root, "run"))], default=None)


def status(root: str, night: dt.date | None = None) -> dict[str, Any]:
    """`{"deliveries": […], "masters": {…}, "catalogue": […], "late": […], "not_taken": […], "failed": […],
    "unclosed": […], "unread": […]}`, dates in ISO form.

    A delivery's reason: why it was refused or skipped, what is odd about it, and what is wrong with many of its rows.
    catalogue: as `catalog.figures`. not_taken: what the last closed night left lying in the landing folder, path and
    reason. failed, unclosed: as `failed` and `unclosed` say. unread: why a master or the catalogue is left out.

    night: as of which sources are late, by default the last one; and of which units failed, by default the last closed.
    """
    require(root)
    entries, versions, asked = deliveries(root), closed_versions(root), night
    night = night or last_night(root)
    promised = contract.load_all()
    fields = (
        "source",
        "delivery",
        "date",
        "night",
        "delivered",
        "accepted",
        "quarantined",
        "duplicates",
        "state",
        "reason",
    )

    masters: dict[str, int] = {}
    catalogue: list[dict[str, Any]] = []
    unread: list[str] = []
    for master in MASTERS:
        if (table := f"master/{master}") in versions:
            with _left_out(unread), readable(table):
                masters[master] = open_table(root, table, versions[table]).to_pyarrow_dataset().count_rows()
    with _left_out(unread):
        catalogue = catalogued(*(_rows(root, t, versions[t]) if t in versions else [] for t in CATALOGUE))
    return {
        "deliveries": [{f: _plain(getattr(e, f)) for f in fields} | {"reason": _reason(e)} for e in entries],
        "masters": masters,
        "catalogue": catalogue,
        "late": late(entries, promised, night) if night else [],
        "not_taken": strays.remembered(root),
        "failed": failed(root, asked or last_closed(root)),
        "unclosed": unclosed(root, asked),
        "unread": unread,
    }


@contextmanager
def _left_out(unread: list[str]) -> Iterator[None]:
    try:
        yield
    except RendiError as error:
        unread.append(str(error))


def ops(root: str, table: str) -> list[dict[str, Any]]:
    """The rows of a table of governed/ops; none where it is not there yet."""
    return _rows(root, f"ops/{table}") if exists(root, f"ops/{table}") else []


def _rows(root: str, table: str, version: int | None = None) -> list[dict[str, Any]]:
    opened = open_table(root, table, version)
    with readable(table):
        rows: list[dict[str, Any]] = opened.to_pyarrow_table().to_pylist()
    return rows


def last_closed(root: str) -> dt.date | None:
    """The business date of the last closing."""
    last = max(ops(root, "run"), key=lambda run: run["ended"], default=None)
    return last["night"] if last else None


def last_units(root: str) -> list[dict[str, Any]]:
    """The rows of ops/unit, of each night, unit and source that of the last closing which told of it.

    A night that is run again tells only of what ran again: what did not stays as the closing before left it.
    """
    ended = {run["run"]: run["ended"].timestamp() for run in ops(root, "run")}
    found: dict[tuple[dt.date, str, str], dict[str, Any]] = {}
    # A closing that was killed before its row of ops/run has told of its units already.
    for row in sorted(ops(root, "unit"), key=lambda unit: ended.get(unit["run"], 0)):
        key = row["night"], row["unit"], row["source"]
        # Anew, so that what ran again stands where it ran again.
        found.pop(key, None)
        found[key] = row
    return list(found.values())


def failed(root: str, night: dt.date | None) -> list[dict[str, str]]:
    """Unit, source (empty of a unit that runs once) and reason of all that failed when a night last closed."""
    rows = [r for r in last_units(root) if r["night"] == night and r["state"] == "failed"]
    return [{name: r[name] for name in FAILED} for r in rows]


def unclosed(root: str, night: dt.date | None = None) -> list[dict[str, Any]]:
    """Night and failed units (as `failed`) of each night that ran since the last closing and did not close; of `night`
    alone where it is given, whenever it ran. A night that is at work has not closed either, and nobody here can tell
    whether a unit that has not ended still runs.
    """
    last = max((run["ended"] for run in ops(root, "run")), default=None)
    told = []
    for one in [n for n in figures.nights(root) if night in (None, n)]:
        units = figures.so_far(root, one)
        if units and (night or last is None or max(u.started for u in units) > last):
            rows = [
                {"unit": u.unit, "source": u.source, "reason": u.reason or NOT_ENDED}
                for u in units
                if u.state != "done"
            ]
            told.append({"night": str(one), "failed": rows})
    return told


def _reason(entry: Entry) -> str:
    told = {} if entry.state != "accepted" else entry.rules
    many = [(n, rule) for rule, n in told.items() if n and (rule in SPOILED or n >= entry.delivered * MANY)]
    said = [f"{n} rows break {rule}" for n, rule in sorted(many, key=lambda one: (-one[0], one[1]))[:NAMED]]
    return "; ".join([entry.reason, *said] if entry.reason else said)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
