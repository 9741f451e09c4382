"""Write the extracts of a made-up city: build the city, let the days pass, deliver what each department knows."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from demo import days as passing
from demo import deliver, office, world
from demo.days import Changes
from demo.mistakes import Mistakes, Sheet
from demo.sources import SOURCES
from demo.text import Ints
from demo.truth import Truth

HERE = Path(__file__).parent
MARK = "# A made-up city"
# By the one a whole city is known, by the other one that is being made or whose making was interrupted.
WHOLE, HALF = "README.md", "README.md.new"
README = (
    MARK
    + """

Nobody in these files exists. The names, numbers, addresses and events are invented by a program from the seed {seed};
a number that belongs to a living person does so by chance. The county codes are real, everything below them is not.

`landing/` is what the departments deliver on {days} business dates from {first}, for {people} people.
`truth/` is what a pipeline can be measured by:
- `person.csv`, `legal_entity.csv`, `place.csv`, `relation.csv`: the city as it is on the last date;
- `record.csv`: whom and what each delivered row means, by role; `row` counts a file's data rows from 1, broken lines
  too; in `hr.sqlite` it is the rowid;
- `spoiled.csv`: what was spoiled on the way, with the kind of mistake and the value or line before it.
"""
)
WRITERS: dict[str, deliver.Writer] = {
    "csv": deliver.write_csv,
    "jsonl": deliver.write_jsonl,
    "parquet": deliver.write_parquet,
    "geojson": deliver.write_geojson,
    "xlsx": office.write_xlsx,
}


def write(
    out: Path,
    people: int = 20_000,
    seed: int = 7,
    days: int = 3,
    first: date = date(2026, 3, 2),
    pace: float = 1.0,
) -> None:
    """Write `out`/landing and `out`/truth for `days` business dates from `first`; pace: see `World`.

    The same arguments give the same bytes. An earlier made-up city in `out` is replaced; any other landing folder there
    is left alone with a FileExistsError.
    """
    _begin(out, README.format(seed=seed, days=days, first=first, people=people))
    layouts: dict[str, Any] = yaml.safe_load((HERE / "layout.yaml").read_text(encoding="utf-8"))
    city = world.build(people, np.datetime64(first), days, seed, pace)
    mistakes, truth = Mistakes(seed), Truth(out / "truth")
    full: dict[str, Sheet] = {}
    for day in range(days):
        changes = passing.advance(city, day) if day else Changes()
        for source, layout in layouts.items():
            sheet = _sheet(city, source, layout, day, changes, mistakes, full)
            if len(sheet):
                _deliver(out / "landing", city, source, layout, day, sheet, truth)
    truth.close(city)
    (out / HALF).rename(out / WHOLE)


def _begin(out: Path, readme: str) -> None:
    """Remove an earlier city, whole or half-made."""
    ours = any(_is_ours(out / mark) for mark in (WHOLE, HALF))
    if (out / "landing").exists() and not ours:
        raise FileExistsError(f"{out / 'landing'} holds deliveries that no demonstration wrote; choose another folder")
    out.mkdir(parents=True, exist_ok=True)
    (out / HALF).write_text(readme, encoding="utf-8")
    (out / WHOLE).unlink(missing_ok=True)
    if ours:
        for name in ("landing", "truth"):
            shutil.rmtree(out / name, ignore_errors=True)
    (out / "landing").mkdir()


def _is_ours(readme: Path) -> bool:
    return readme.exists() and readme.read_text(encoding="utf-8").startswith(MARK)


def _sheet(
    city: world.World,
    source: str,
    layout: dict[str, Any],
    day: int,
    changes: Changes,
    mistakes: Mistakes,
    full: dict[str, Sheet],
) -> Sheet:
    """What the source delivers: what is new and what changed; a full source repeats the rest from the day before."""
    one = SOURCES[source]
    present = one.present(city, day)
    changed = np.zeros(len(present), dtype=bool)
    if day:
        changed = present & ~one.present(city, day - 1)
        changed[one.changed(city, changes)] = True
        changed &= present
    rows: Ints = np.flatnonzero(changed if day else present)
    sheet = mistakes.make(source, one.render(city, rows, day), rows, day, layout["format"])
    if layout["mode"] == "full":
        if day:
            before = full[source]
            sheet = before.at(np.flatnonzero((present & ~changed)[before.subject])).followed_by(sheet)
        full[source] = sheet
    return sheet


def _deliver(
    landing: Path, city: world.World, source: str, layout: dict[str, Any], day: int, sheet: Sheet, truth: Truth
) -> None:
    """One delivery in as many parts as the layout says for the first date."""
    stamp = str(city.date(day)).replace("-", "")
    if layout["format"] == "sqlite":
        office.append_sqlite(landing / layout["file"], sheet.columns, layout)
        truth.note(city, source, stamp, layout["file"], sheet)
        return
    parts = layout.get("parts", 1) if day == 0 else 1
    (landing / source).mkdir(exist_ok=True)
    for part, rows in enumerate(np.array_split(np.arange(len(sheet)), parts), start=1):
        piece = sheet.at(rows) if parts > 1 else sheet
        ending = f"_{part}" if parts > 1 else ""
        name = f"{source}_{stamp}{ending}.{layout['format']}"
        WRITERS[layout["format"]](landing / source / name, piece.columns, layout, piece.broken)
        truth.note(city, source, stamp, name, piece)
