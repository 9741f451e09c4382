"""`rendi delivery list|accept|refuse`: what came, and an engineer's word on it (rule 8)."""

from typing import Annotated

import typer

from pipelines import decisions, state
from pipelines.commands.shared import DateOption, JsonOption, LakeOption, day, show
from pipelines.settings import settings
from schemas.errors import RendiError, nearest

NameArgument = Annotated[str, typer.Argument(help="The delivery, as `rendi delivery list` names it.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept with the decision.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    group = typer.Typer(help="Deliveries: what came, and an engineer's word on it.", no_args_is_help=True)
    group.command("list")(listed)
    group.command()(accept)
    group.command()(refuse)
    app.add_typer(group, name="delivery")


def listed(lake: LakeOption = None, as_json: JsonOption = False) -> None:
    """Every delivery, with its figures and reason; --json tells its parts too."""
    root = settings(lake=lake).root
    state.require(root)
    rows = [e.model_dump(mode="json", exclude={"rules", "facts", "content"}) for e in state.deliveries(root)]
    figures = ("delivered", "accepted", "quarantined", "duplicates")
    columns = ("date", "source", "delivery", "night", *figures, "state", "reason")
    show(rows, {c: c for c in columns}, "Deliveries 交付", as_json)


def accept(name: NameArgument, reason: ReasonOption, lake: LakeOption = None, date: DateOption = None) -> None:
    """Accept a delivery in spite of its size, of missing columns or of rules about the whole table; the next run does.

    Of one that is in force already it says that it stays so, though a new rule would refuse it.
    """
    _decide(name, "accept", reason, lake, date)
    typer.echo(f"{name} will be accepted by the next run that takes its date")


def refuse(name: NameArgument, reason: ReasonOption, lake: LakeOption = None, date: DateOption = None) -> None:
    """Refuse a delivery that has not been accepted yet; yesterday's state stays in force."""
    _decide(name, "refuse", reason, lake, date)
    typer.echo(f"{name} will not be taken")


def _decide(name: str, verdict: str, reason: str, lake: str | None, date: str | None) -> None:
    root = settings(lake=lake).root
    state.require(root)
    known = {e.delivery: e for e in state.deliveries(root)}
    if name not in known:
        raise RendiError(f"no delivery '{name}'{nearest(name, known)}; see `rendi delivery list`")
    if verdict == "refuse" and known[name].state == "accepted":
        raise RendiError(f"{name} is accepted already; deliver corrected files for {known[name].date} to replace it")
    decisions.decide(
        root, "override", day(date), source=known[name].source, delivery=name, verdict=verdict, reason=reason
    )
