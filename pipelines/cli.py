"""The command `rendi`: what a person or a scheduler may ask of a lake. Each group of commands has a file of its own."""

import sys

import typer
from rich.console import Console
from rich.markup import escape
from typer.exceptions import TyperException

from pipelines.commands import (
    alias,
    delivery,
    doctor,
    inspect,
    keys,
    lineage,
    maintain,
    night,
    portal,
    quarantine,
    source,
    status,
)
from schemas.errors import RendiError

app = typer.Typer(
    name="rendi",
    help="人地: a city's nightly data governance, from departments' extracts to three master databases.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for part in (night, status, source, delivery, quarantine, alias, inspect, lineage, keys, doctor, portal, maintain):
    part.register(app)

STOPPED = "rendi: stopped; what was committed stays, and the next run goes on from there"


def main() -> None:
    """Run the command; a user's mistake is one sentence and a non-zero exit, never a traceback."""
    try:
        code = app(standalone_mode=False)
    except RendiError as error:
        Console(stderr=True, highlight=False).print(f"[red]rendi:[/red] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
    except TyperException as error:
        Console(stderr=True, highlight=False).print(
            f"[red]rendi:[/red] {escape(error.format_message())}", soft_wrap=True
        )
        sys.exit(error.exit_code)
    except OSError as error:
        # One that names no file is no slip in a path.
        if not error.filename or not error.strerror:
            raise
        sys.exit(f"rendi: {error.filename}: {error.strerror.lower()}; name another path, or ask its owner")
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(STOPPED)
    # Typer makes this code of a KeyboardInterrupt.
    if code == 130:
        sys.exit(STOPPED)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    # spark-submit takes a file, not an installed command.
    main()
