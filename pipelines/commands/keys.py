"""`rendi keys backup`: a copy of the key ring, to be kept where the lake is not. No command prints a key."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines import about, state
from pipelines.commands.shared import LakeOption
from pipelines.protect import keyring
from pipelines.settings import settings
from schemas.errors import RendiError


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    group = typer.Typer(help="The key ring: without it nobody reads the lake's tokens.", no_args_is_help=True)
    # A group of one command would otherwise be taken for the command.
    group.callback()(lambda: None)
    group.command()(backup)
    app.add_typer(group, name="keys")


def backup(
    file: Annotated[Path, typer.Argument(help="A new file, on another disk than the lake's.")],
    lake: LakeOption = None,
) -> None:
    """Copy the lake's key ring to a new file of mode 0600, after a check that it is whole and this lake's own."""
    chosen = settings(lake=lake)
    state.require(chosen.root)
    if file.expanduser().resolve().is_relative_to(chosen.root):
        raise RendiError(f"{file} lies in the lake, where keys never are: name a file on another disk")
    # A folder that is made in a mount point stands on the lake's disk, and is out of sight once the other is mounted.
    if not file.expanduser().absolute().parent.exists():
        raise RendiError(f"there is no folder {file.parent}: mount the disk that holds it, or make the folder")
    own = about.keys_identity(chosen.root)
    ring = keyring.load_or_create(chosen.keys, own) if own else keyring.load(chosen.keys)
    keyring.backup(chosen.keys, file.expanduser())
    typer.echo(
        f"the key ring {ring.identity()} of {chosen.root} is now in {file} too, mode 0600: keep that file neither on "
        f"the lake's disk nor in its backup, put it back as {chosen.keys} if the ring is lost, and make a new one "
        "after every rotation"
    )
