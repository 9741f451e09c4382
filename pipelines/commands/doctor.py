"""`rendi doctor`: what is fine, and what to do about what is not."""

import fcntl
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pyspark
import typer

from pipelines import about, java, state
from pipelines.commands.shared import JsonOption, LakeOption, LandingOption, show
from pipelines.damage import Damage, damaged
from pipelines.lake import Lake
from pipelines.land.access import access
from pipelines.land.folder import opened
from pipelines.land.land_files import lost
from pipelines.locks import require_path
from pipelines.mend import advice
from pipelines.protect import keyring
from pipelines.settings import Settings, settings
from schemas.contract import load_all
from schemas.errors import RendiError

JARS = ("io.delta_delta-spark", "io.delta_delta-storage", "org.xerial_sqlite-jdbc", "org.postgresql_postgresql")
LEAST_FREE = 5 << 30

Finding = tuple[str, bool, str]


def register(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command()(doctor)


def doctor(lake: LakeOption = None, landing: LandingOption = None, as_json: JsonOption = False) -> None:
    """Look at Python, Java, JARs, keys, locks, disk, tables, originals, sources; ends non-zero where one is bad."""
    chosen = settings(lake=lake, landing=landing)
    require_path(chosen.root)
    findings = [*_machine(), *_keys(chosen), *_lake(chosen), *_sources(chosen)]
    rows = [{"what": what, "fine": "yes" if fine else "NO", "say": say} for what, fine, say in findings]
    show(rows, {"what": "what", "fine": "fine", "say": ""}, "Doctor", as_json)
    if not all(fine for _, fine, _ in findings):
        raise typer.Exit(1)


def _machine() -> Iterator[Finding]:
    version = sys.version_info
    yield (
        "Python",
        version >= (3, 11),
        f"{version.major}.{version.minor}" + ("" if version >= (3, 11) else ": install 3.11 or newer"),
    )
    yield "Java", *java.look()
    jars = {p.name for p in (Path(pyspark.__file__).parent / "jars").glob("*.jar")}
    missing = [j for j in JARS if not any(name.startswith(j) for name in jars)]
    yield (
        "JARs",
        not missing,
        "all there" if not missing else f"missing {', '.join(missing)}: run python requirements/jars.py",
    )


def _keys(chosen: Settings) -> Iterator[Finding]:
    if not chosen.keys.exists() and not (Path(chosen.root) / "format.json").exists():
        yield "keys", True, f"{chosen.keys} is made at first use"
        return
    try:
        ring = keyring.load(chosen.keys)
    except RendiError as error:
        yield "keys", False, str(error)
        return
    expected = about.keys_identity(chosen.root)
    same = expected in (None, ring.identity())
    yield (
        "keys",
        same,
        str(chosen.keys) if same else f"{chosen.keys} is another lake's ring: restore the backup of this one's",
    )


def _lake(chosen: Settings) -> Iterator[Finding]:
    root = Path(chosen.root)
    there = next(place for place in (root, *root.parents) if place.exists())
    free = shutil.disk_usage(there).free
    yield (
        "disk",
        free > LEAST_FREE,
        f"{free >> 30} GiB free" + ("" if free > LEAST_FREE else ": make room, a night that fills the disk stops"),
    )
    if not (root / "format.json").exists():
        yield "lake", True, f"none at {root} yet"
        return
    try:
        about.require_format(str(root))
    except RendiError as error:
        yield "lake", False, str(error)
        return
    mode = (root / "restricted").stat().st_mode & 0o777
    yield (
        "restricted/",
        mode == 0o700,
        f"mode {mode:o}" + ("" if mode == 0o700 else f": run chmod 700 {root}/restricted"),
    )
    yield from _locks(root)
    yield from _tables(root)
    yield _originals(root)


def _tables(root: Path) -> Iterator[Finding]:
    asked = {c.source for c in load_all() if c.asked}
    found = [*damaged(str(root)), *_gone(root)]
    for one in found:
        yield f"table {one.table}", False, f"{one.what} ({one.file}): {advice(one, asked)}"
    if not found:
        yield "tables", True, "all open"


def _originals(root: Path) -> Finding:
    """The files as departments delivered them; of each only whether it is there and as large as it came."""
    files = {c.source for c in load_all() if not c.asked}
    try:
        gone = lost(Lake(None, str(root)), [e for e in state.deliveries(str(root)) if e.source in files])  # type: ignore[arg-type]
    except RendiError as error:
        return "journal", False, str(error)
    if not gone:
        return "originals", True, "all there"
    more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
    return "originals", False, f"{gone[0]}{more}: gone or cut; put back from a backup, or bronze cannot be landed again"


def _gone(root: Path) -> Iterator[Damage]:
    """The tables that the last closed night left and that are not there any more."""
    try:
        closed = state.closed_versions(str(root))
    except RendiError:
        # What tells of the nights is damaged itself, and said to be.
        return
    for table in sorted(table for table in closed if not state.exists(str(root), table)):
        yield Damage(table, state.path(str(root), table), "_delta_log", "the table is gone", spare=False)


def _sources(chosen: Settings) -> Iterator[Finding]:
    """The landing folder, and the sources that the night asks; nothing of them is read."""
    try:
        files, root = opened(chosen.landing)
        yield "landing", *_landing(chosen, files.isdir(root))
    except RendiError as error:
        yield "landing", False, str(error)
    for contract in load_all():
        found = access(contract, chosen.landing)
        if found is not None:
            yield f"source {contract.source}", *found


def _landing(chosen: Settings, there: bool) -> tuple[bool, str]:
    """Whether the folder is there, where departments have put files already."""
    if there:
        return True, "can be opened"
    journal = Path(chosen.root, "restricted", "journal")
    if not any(next(journal.glob(f"{c.source}/*.json"), None) for c in load_all() if not c.asked):
        return True, f"nothing at {chosen.landing} yet"
    return False, (
        f"no folder at {chosen.landing}, and this lake holds deliveries: mount it, or name with --landing or "
        "RENDI_LANDING where departments put their files"
    )


def _locks(root: Path) -> Iterator[Finding]:
    for path in sorted((root / "locks").glob("*.lock")):
        # NFS gives an exclusive lock only on a file that is open for writing.
        with path.open("r+", encoding="utf-8") as file:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield f"lock {path.stem}", True, f"held by {file.read().strip()}"
                continue
            fcntl.flock(file.fileno(), fcntl.LOCK_UN)
