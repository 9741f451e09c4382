"""`rendi portal push`: what is open, to where the portal serves it from."""

import re
from pathlib import Path
from typing import Annotated

import typer

from catalog.push import push
from pipelines import state
from pipelines.commands.shared import LakeOption
from pipelines.settings import settings
from schemas.errors import RendiError

# What a scheduler such as Airflow takes for "skipped".
SKIPPED = 99


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    group = typer.Typer(help="The open-data portal.", no_args_is_help=True)
    # A group of one command would otherwise be taken for the command.
    group.callback()(lambda: None)
    group.command("push")(pushed)
    app.add_typer(group, name="portal")


def pushed(
    lake: LakeOption = None,
    to: Annotated[str | None, typer.Option("--to", help="A folder or any fsspec URL; by default RENDI_PORTAL.")] = None,
) -> None:
    """Copy open datasets, each version whole and held against its checksums, then the catalogue.

    Ends with 99 where no place is set.
    """
    chosen = settings(lake=lake, portal=to)
    state.require(chosen.root)
    if chosen.portal is None:
        typer.echo(
            "no portal is set: name a folder or URL with --to, RENDI_PORTAL or in rendi.toml; nothing was pushed"
        )
        raise typer.Exit(SKIPPED)
    folder = Path(chosen.root, "open")
    if not folder.exists():
        raise RendiError(f"{chosen.lake} has nothing open yet: run the night first")
    # A password in a URL is nobody's business.
    place = re.sub(r"//[^/@]*@", "//", chosen.portal)
    try:
        copied = push(folder, chosen.portal)
    except OSError as error:
        raise RendiError(f"{place}: {error.strerror or type(error).__name__}; push again once it answers") from None
    typer.echo("\n".join([*copied, f"{len(copied)} copied to {place}; the rest stood there already"]))
