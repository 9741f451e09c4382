"""Mend a lake whose tables are damaged: what a rebuild can make anew is set aside, so that it is made anew.

What stands behind a damaged table is set aside with it: its marks count versions of a table that begins at 0 again.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from pipelines.damage import Damage
from pipelines.deliveries import Journal
from pipelines.lake import Lake
from pipelines.land.land_files import lost as lost_files
from schemas.contract import Contract
from schemas.errors import RendiError

# Zones by unit, in the order of the units.
ZONES: tuple[tuple[str, ...], ...] = (
    ("bronze",),
    ("quarantine", "superseded", "silver"),
    ("link",),
    ("vault", "record_version", "record"),
    ("master",),
    ("topic",),
    ("catalog", "ops"),
)
# Units whose tables are compared row by row with what they should be, each for itself.
_ALONE = (ZONES[0], ZONES[1], ZONES[-1])
_FROM_DEPARTMENTS = ("bronze", "quarantine", "superseded", "silver")


def advice(one: Damage, asked: Iterable[str]) -> str:
    """What to do about a damaged table, as the end of a sentence. asked: sources that deliver no files."""
    zone = one.table.split("/", 1)[0]
    if one.spare:
        return "`rendi run --rebuild` removes it, and nothing is lost: the commits say all that it says"
    if _is_gone(one.table, asked):
        return f"it stands nowhere else: put {one.path} back from a backup"
    if zone == "bronze":
        return "`rendi run --rebuild` sets the table aside in restricted/damaged and lands it again from the originals"
    if zone == "ops":
        return (
            "`rendi run --rebuild` sets the table aside in restricted/damaged and begins it anew; "
            "what it told of earlier nights is not told again"
        )
    return "`rendi run --rebuild` sets the table aside in restricted/damaged and makes it anew from bronze"


def mend(lake: Lake, found: Sequence[Damage], contracts: Sequence[Contract], chosen: Iterable[str]) -> None:
    """Remove what is spare, and set aside what is damaged and what stands behind it.

    contracts: of all sources. chosen: the names of those whose bronze and refined tables this run makes anew.
    RendiError, before anything is touched, for what this run would not bring back.
    """
    files = [c for c in contracts if not c.asked]
    asked = {c.source for c in contracts if c.asked}
    lost = sorted({d.table for d in found if not d.spare})
    here = set(chosen)
    for table in lost:
        zone, name = table.split("/", 1)
        if _is_gone(table, asked):
            raise RendiError(f"{table} is damaged, and a rebuild cannot bring it back: see `rendi doctor`")
        if zone in _FROM_DEPARTMENTS and name not in here:
            raise RendiError(f"{table} is damaged: run `rendi run --rebuild` with all sources, or with this one")
    for contract in files:
        if f"bronze/{contract.source}" in lost and lost_files(lake, Journal(lake, contract.source).entries()):
            raise RendiError(
                f"bronze/{contract.source} is damaged, and an original that it came from is gone: ask for it"
            )
    for one in found:
        if one.spare:
            # A pointer to a checkpoint that is not there is an error; without a pointer a reader looks for itself.
            (one.path / "_delta_log" / "_last_checkpoint").unlink(missing_ok=True)
            (one.path / one.file).unlink(missing_ok=True)
    folder = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
    # What is damaged goes last: a run that is killed here finds it again, and does the rest.
    for table in reversed(_behind(lake, lost)):
        lake.set_aside(table, folder)


def _is_gone(table: str, asked: Iterable[str]) -> bool:
    zone, name = table.split("/", 1)
    return zone == "decision" or (zone == "bronze" and name in asked)


def _behind(lake: Lake, lost: Sequence[str]) -> list[str]:
    """The tables to set aside, in the order of the units."""
    moved: list[str] = []
    for zones in ZONES:
        own = [t for t in lost if t.split("/", 1)[0] in zones]
        # No unit behind refine counts versions of bronze.
        before = [t for t in moved if not t.startswith("bronze/")]
        moved += own if zones in _ALONE or not (own or before) else lake.tables(*zones)
    return moved
