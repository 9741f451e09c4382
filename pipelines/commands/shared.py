"""What the commands share: options, settings, the session, how rows are shown."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from pipelines import about, java, state
from pipelines.commands.tables import printed
from pipelines.lake import Lake
from pipelines.land.discover import FAR
from pipelines.locks import held, require_path
from pipelines.protect import keyring
from pipelines.session import start
from pipelines.settings import Settings
from schemas.contract import Contract, load, load_all, sources
from schemas.errors import RendiError, nearest

LakeOption = Annotated[str | None, typer.Option("--lake", help="The lake's root.", show_default=False)]
LandingOption = Annotated[str | None, typer.Option("--landing", help="Where departments put their files.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]
DateOption = Annotated[
    str | None, typer.Option("--date", help="Business date, YYYY-MM-DD; by default today in Shanghai.")
]

# Bytes in landing: at 160 MB the JVM's second compiler costs what it gains, at 800 MB link takes 199 s in place of 280.
LONG_NIGHT = 400_000_000


def day(text: str | None) -> dt.date:
    """A business date from the command line; today in Asia/Shanghai where none is given.

    RendiError for one so far ahead that a file of it is a stray: a source that was asked for that night would not be
    asked for any night before it.
    """
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
    if text is None:
        return today
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        raise RendiError(f"'{text}' is no date: write it as YYYY-MM-DD, such as 2026-03-02") from None
    if found - today > FAR:
        raise RendiError(f"{text} is more than a year ahead: is the year right?")
    return found


def decided_on(root: str, text: str | None) -> dt.date:
    """The night from which a decision applies: the one that is named, else today, or the last night of a lake that is
    worked for past dates: a night of such a date would not see what was decided today.
    """
    if text is not None:
        return day(text)
    today, last = day(None), state.last_night(root)
    return last if last is not None and last < today - dt.timedelta(days=1) else today


def contracts(names: list[str] | None = None) -> tuple[Contract, ...]:
    """The contracts of the named sources, each once, or of all."""
    for name in names or ():
        if name not in sources():
            raise RendiError(f"no source '{name}'{nearest(name, sources())}; the sources are {', '.join(sources())}")
    return tuple(load(name) for name in dict.fromkeys(names)) if names else load_all()


def open_lake(settings: Settings) -> tuple[Lake, keyring.KeyRing]:
    """Open the lake for writing, with its key ring, and start Spark; both are made where there are none yet.

    A place where nothing could be written, a wrong key ring and a missing Java are refused before Spark starts.
    """
    root = settings.root
    java.require()
    require_path(root)
    about.check(root)
    # A scheduler starts the first sources side by side.
    with held(root, "opening", wait_seconds=60):
        about.create(root)
        keys = keyring.load_or_create(settings.keys, about.keys_identity(root))
        about.bind_keys(root, keys.identity())
    return Lake(start(settings.master, settings.driver_memory, _is_long(settings)), root), keys


def _is_long(settings: Settings) -> bool:
    """Whether a first night will work through much more than it takes to plan it."""
    landing = Path(settings.landing)
    if "://" in settings.landing or state.last_night(settings.root) is not None:
        return False
    return sum(path.stat().st_size for path in landing.rglob("*") if path.is_file()) > LONG_NIGHT


def show(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], title: str, as_json: bool) -> None:
    """Print rows as a table (columns: key -> heading), or as a JSON list of all their keys."""
    rows = list(rows)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    printed(rows, columns, title)
