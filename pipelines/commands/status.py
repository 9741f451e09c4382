"""`rendi status`: the last night at a glance, or the trend of many."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from pipelines import figures, state, trend
from pipelines.commands.shared import JsonOption, LakeOption, day, show
from pipelines.settings import settings
from schemas.contract import load_all
from schemas.errors import RendiError

# Of the nights there are, so many are named to who asks for another.
NAMED = 5
NONE_RAN = "no night has run in this lake yet: run one with `rendi run`"
BARS = "▁▂▃▄▅▆▇█"
DELIVERY = ("date", "source", "delivered", "accepted", "quarantined", "duplicates", "state", "reason")
UNIT = ("unit", "sources", "failed", "seconds", "rows_in", "rows_out")
NIGHT = (
    "night",
    "closed",
    "seconds",
    "delivered",
    "accepted",
    "quarantined",
    "duplicates",
    "refused",
    "late",
    "failed",
)
CATALOGUE = {
    "kind": "kind",
    "resources": "resources 信息资源",
    "shared": "shared 可共享",
    "shared_share": "of all",
    "open": "open 可开放",
    "open_share": "of all",
    "items": "items 信息项",
    "open_items": "open items",
}


def register(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command()(status)


def status(
    lake: LakeOption = None,
    date: Annotated[
        str | None, typer.Option("--date", help="The night to look at, YYYY-MM-DD; by default the last one.")
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="In place of one night, the trend of this many days.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The last night at a glance: what it took, what failed and why, each delivery, masters, catalogue, who is late.

    With --days, a line a night, and a line a suite with how often its rules were broken.
    """
    if date and days:
        raise RendiError("--date is about one night and --days about the last ones: give one of them")
    root = settings(lake=lake).root
    if days:
        _trend(root, days, as_json)
        return
    asked = day(date) if date else None
    found = state.status(root, asked)
    ran = _ran(root, found["deliveries"])
    if asked is not None and asked not in ran:
        last = ", ".join(map(str, reversed(ran[-NAMED:])))
        raise RendiError(f"no night of {asked} ran; the last that did: {last}" if ran else NONE_RAN)
    night = asked or state.last_night(root)
    units = trend.units(root, night) if night else []
    if as_json:
        typer.echo(json.dumps({**found, "units": units}, ensure_ascii=False))
        return
    if not ran:
        typer.echo(NONE_RAN)
        return
    if units:
        show(units, {c: c.replace("_", " ") for c in UNIT}, f"Night 夜 {night}", as_json=False)
    closed = asked or state.last_closed(root)
    show_failed(found["failed"], f"Failed 失败 (night of {closed})")
    for one in found["unclosed"]:
        typer.echo(f"night {one['night']} did not close: what everybody reads is the last closed night")
        show_failed(one["failed"], f"Failed 失败 (night of {one['night']})")
    # The first night of a lake may have ended before it took anything.
    if night:
        taken = [d for d in found["deliveries"] if d["night"] == str(night)]
        show_deliveries(taken, f"Deliveries 交付 (night of {night}; all: `rendi delivery list`)")
    show_masters(found["masters"], found["unread"])
    shares = [{k: f"{v:.1%}" if k.endswith("_share") else v for k, v in row.items()} for row in found["catalogue"]]
    show(shares, CATALOGUE, "Catalogue 目录 (last closed night)", as_json=False)
    if found["not_taken"]:
        show(found["not_taken"], {"path": "path", "reason": "reason"}, "Not taken 未接收", as_json=False)
    if found["late"]:
        columns = {"source": "source", "every": "every (days)"} | {c: c for c in ("due", "last", "state", "since")}
        show(found["late"], columns, f"Late 逾期 (night of {night})", as_json=False)


def _ran(root: str, deliveries: Sequence[Mapping[str, Any]]) -> list[dt.date]:
    """The business dates of all nights that took a delivery, closed, or are open still, oldest first."""
    took = {dt.date.fromisoformat(one["night"]) for one in deliveries}
    closed = {run["night"] for run in state.ops(root, "run")}
    return sorted(took | closed | set(figures.nights(root)))


def show_deliveries(rows: Sequence[Mapping[str, Any]], title: str) -> None:
    """A line a delivery; the column of reasons only where there are any."""
    columns = {c: c for c in DELIVERY if c != "reason" or any(row["reason"] for row in rows)}
    show(rows, columns, title, as_json=False)


def show_failed(rows: Sequence[Mapping[str, Any]], title: str) -> None:
    """A line a unit that failed, with the reason; nothing where none did."""
    if rows:
        show(rows, {c: c for c in state.FAILED}, title, as_json=False)


def show_masters(counts: Mapping[str, int], unread: Sequence[str]) -> None:
    """A line a master, and a sentence for each table that cannot be read."""
    rows = [{"master": name, "rows": count} for name, count in counts.items()]
    show(rows, {"master": "master", "rows": "rows"}, "Masters 主库 (last closed night)", as_json=False)
    for reason in unread:
        typer.echo(reason)


def _trend(root: str, days: int, as_json: bool) -> None:
    state.require(root)
    nights, quality = trend.nights(root, load_all(), days), trend.quality(root, days)
    if as_json:
        typer.echo(json.dumps({"nights": nights, "quality": quality}, ensure_ascii=False, default=str))
        return
    shown = [
        n | {"closed": f"{n['closed'].astimezone(ZoneInfo('Asia/Shanghai')):%m-%d %H:%M}" if n["closed"] else "no"}
        for n in nights
    ]
    columns = {c: c for c in (*NIGHT, *state.MASTERS)}
    show(shown, columns, f"Nights 夜 (the last {days} days)", as_json=False)
    lines = [_line(s, [q for q in quality if q["suite"] == s]) for s in dict.fromkeys(q["suite"] for q in quality)]
    titles = {
        "suite": "suite",
        "last": "last night",
        "judged": "rows judged",
        "broken": "rules broken",
        "trend": "share by night",
        "rule": "most by",
    }
    show(lines, titles, "Quality 质量", as_json=False)


def _line(suite: str, found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The last night of a suite, and all of them as bars."""
    last = found[-1]
    shares = [q["broken"] / q["delivered"] if q["delivered"] else q["broken"] for q in found]
    return {
        "suite": suite,
        "last": last["night"],
        "judged": last["delivered"],
        "broken": last["broken"],
        "trend": bars(shares),
        "rule": last["rule"],
    }


def bars(values: Sequence[float]) -> str:
    """The values as a line of bars, of which the highest is the largest value."""
    top = max(values, default=0) or 1
    return "".join(BARS[round(value / top * (len(BARS) - 1))] for value in values)
