"""`rendi demo`, `run`, `unit`."""

import datetime as dt
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pipelines import disk, nightly, state
from pipelines.commands.shared import (
    DateOption,
    JsonOption,
    LakeOption,
    LandingOption,
    contracts,
    day,
    open_lake,
    show,
)
from pipelines.commands.status import show_deliveries, show_masters
from pipelines.deliveries import Entry
from pipelines.land import folder, strays
from pipelines.settings import Settings, settings
from schemas.contract import Contract
from schemas.errors import RendiError

REFUSED = 3
SourceOption = Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.command()(demo)
    app.command()(run)
    app.command()(unit)


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write landing/ and truth/ into.")],
    people: Annotated[int, typer.Option(min=100, help="How many people the city has.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed is another city.")] = 7,
    days: Annotated[int, typer.Option(min=1, max=31, help="How many business dates.")] = 3,
) -> None:
    """Write a made-up city's department extracts, and the truth behind them."""
    from demo import write  # noqa: PLC0415  (pandas takes a second, and only this command needs it)

    if out.exists() and any(out.iterdir()):
        raise RendiError(f"{out} is not empty: name a new folder, or remove it first")
    write(out, people=people, seed=seed, days=days)
    typer.echo(f"A made-up city of {people:,} people, {days} business dates: {out}/landing, the truth in {out}/truth.")


def run(
    landing: LandingOption = None,
    lake: LakeOption = None,
    date: Annotated[
        list[str] | None,
        typer.Option("--date", help="Business date, by default today in Shanghai; repeat for more nights."),
    ] = None,
    first: Annotated[str, typer.Option("--from", help="The unit to begin with.")] = nightly.NAMES[0],
    last: Annotated[str, typer.Option("--to", help="The unit to end with.")] = nightly.NAMES[-1],
    source: SourceOption = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make all sources anew from bronze and decisions.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the night, or a part of it, for one or more business dates."""
    chosen = settings(landing=landing, lake=lake)
    dates = [day(d) for d in date] if date else [day(None)]
    units = nightly.chosen(first, last, rebuild)
    wanted = contracts(source)
    _require_places(chosen, units, wanted)
    with disk.said(chosen.root):
        opened, keys = open_lake(chosen)
        reports = []
        for one in sorted(dates):
            with _Bars(one, len(wanted), quiet=as_json) as bars:
                told = (bars.tell, chosen.lineage_url)
                night = nightly.Night(opened, chosen.landing, one, wanted, keys, chosen.threads, rebuild, *told)
                reports.append(nightly.run(night, first, last))
            for failed, reason in reports[-1].failed.items():
                Console(stderr=True, highlight=False).print(
                    f"[red]{one} {failed}:[/red] {escape(reason)}", soft_wrap=True
                )
    if as_json:
        typer.echo(json.dumps(state.status(chosen.root), ensure_ascii=False))
        return
    _summary(chosen, set(dates), landed=first == nightly.NAMES[0])


def unit(
    names: Annotated[
        list[str], typer.Argument(help="One or more that follow each other, of: " + ", ".join(nightly.NAMES))
    ],
    landing: LandingOption = None,
    lake: LakeOption = None,
    date: DateOption = None,
    source: SourceOption = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the sources anew from bronze and decisions.")
    ] = False,
) -> None:
    """Run one unit, or a few in a row, as a scheduler calls it through spark-submit.

    Ends with 1 where a source failed, and with 3 where its delivery was refused, which no retry would mend.
    """
    chosen = settings(landing=landing, lake=lake)
    if nightly.chosen(names[0], names[-1], rebuild) != tuple(names):
        raise RendiError(f"{', '.join(names)} do not follow each other: the units are {', '.join(nightly.NAMES)}")
    wanted, one = contracts(source), day(date)
    _require_places(chosen, names, wanted)
    with disk.said(chosen.root):
        opened, keys = open_lake(chosen)
        url = chosen.lineage_url
        night = nightly.Night(opened, chosen.landing, one, wanted, keys, chosen.threads, rebuild, lineage_url=url)
        known = {e.delivery for e in state.deliveries(opened.root) if e.state == "refused"}
        report = nightly.run(night, names[0], names[-1])
    if report.failed:
        raise RendiError("; ".join(f"{failed}: {reason}" for failed, reason in report.failed.items()))
    per_source = set(names) & set(nightly.PER_SOURCE)
    refused = _missed(state.deliveries(opened.root), wanted, night.date, known) if per_source else []
    told = "; ".join(f"{e.source}: refused, {e.reason}" for e in refused)
    if told:
        Console(stderr=True, highlight=False).print(f"[red]rendi:[/red] {escape(told)}", soft_wrap=True)
        raise typer.Exit(REFUSED)


def _require_places(chosen: Settings, units: Sequence[str], wanted: Sequence[Contract]) -> None:
    """A mistyped lake would be made anew by units that find nothing there; a mistyped folder would close a night
    without deliveries, and who only asks databases and services needs none.
    """
    if "land" not in units:
        state.require(chosen.root)
    elif not all(contract.asked for contract in wanted):
        folder.require(chosen.landing)


def _missed(entries: list[Entry], wanted: tuple[Contract, ...], night: dt.date, known: Collection[str]) -> list[Entry]:
    """The deliveries that this night refused, without those that something made up for.

    That is a later full delivery; or another of their date, for those that were refused before this run (`known`).
    """
    full = {c.source: c.mode == "full" for c in wanted}
    there = [e for e in entries if e.state == "accepted"]

    def made_up(entry: Entry) -> bool:
        dates = [e.date for e in there if e.source == entry.source]
        again = entry.delivery in known and entry.date in dates
        return again or (full[entry.source] and any(date > entry.date for date in dates))

    refused = [e for e in entries if e.source in full and e.state == "refused" and e.night == night]
    return [e for e in refused if not made_up(e)]


def _summary(chosen: Settings, dates: set[dt.date], landed: bool) -> None:
    found = state.status(chosen.root)
    show_deliveries([d for d in found["deliveries"] if d["night"] in {str(x) for x in dates}], "Deliveries 交付")
    show_masters(found["masters"], found["unread"])
    # All contracts, also where only some sources were run: the others' deliveries are no strays.
    left = [one._asdict() for one in strays.strays(chosen.landing, contracts())] if landed else []
    if left:
        show(left, {"path": "path", "reason": "reason"}, "Not taken 未接收", as_json=False)
    typer.echo(
        f"\nWhere to look next\n"
        f"  rendi status --lake {chosen.lake}                          the night at a glance, with reasons\n"
        f"  rendi quarantine list --lake {chosen.lake}                 what was set aside, and by which rule\n"
        f'  rendi sql --lake {chosen.lake} "SELECT * FROM person LIMIT 5"   the masters\n'
        f"  rendi explain person ID --lake {chosen.lake}               where each attribute came from\n"
        f"  {chosen.lake}/open/                                        what may be opened, with its data package"
    )


class _Bars:
    """A bar a unit while a night runs."""

    def __init__(self, date: dt.date, sources: int, quiet: bool) -> None:
        self.sources, self.date = sources, date
        self.tasks: dict[str, TaskID] = {}
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=quiet,
        )

    def __enter__(self) -> "_Bars":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def tell(self, unit: str, source: str, state: str) -> None:
        """Move the unit's bar: one step a source that is done or failed."""
        if unit not in self.tasks:
            total = self.sources if source else 1
            self.tasks[unit] = self.progress.add_task(f"{self.date} {unit:<8}", total=total)
        if state != "started":
            self.progress.advance(self.tasks[unit])
