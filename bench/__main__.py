"""`make bench`: measure every size, print the page and write it to docs/benchmarks.md."""

import argparse
import datetime as dt
import shutil
import sys
import tempfile
from pathlib import Path

from bench import changed, machine
from bench.figures import Run, Size, middle
from bench.floor import persons
from bench.page import page
from bench.watch import HOUSE, run
from demo import write
from pipelines.settings import settings

WANTED = (20_000, 200_000, 1_000_000)
# People from which on one run takes long enough.
ONCE = 1_000_000
FIRST, SECOND = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
# At the pace of the demonstration one person in a hundred changes in a day, but half as many rows.
PACE = 1.9
PAGE = HOUSE / "docs" / "benchmarks.md"


def measure(people: int, repeats: int, folder: Path) -> Size:
    """Make a city under `folder` and run everything over it, `repeats` times."""
    write(folder / "city", people=people, days=2, first=FIRST, pace=PACE)
    landing, lake = str(folder / "city" / "landing"), folder / "lake"
    runs: dict[str, list[Run]] = {"first": [], "second": [], "floor": [], "by_hand": []}
    rows = 0
    for _ in range(repeats):
        for what, night in (("first", FIRST), ("second", SECOND)):
            runs[what].append(_told(what, run("bench.night", folder / what, landing, str(lake), str(night))))
        rows = rows or changed.rows(str(lake), SECOND)
        _remove(lake, folder / "lake.keys.json")
        count = str(round(runs["first"][-1].rows))
        for what, more in (("floor", [count]), ("by_hand", [])):
            arguments = [landing, str(FIRST), str(folder / f"{what}.lake"), *more]
            runs[what].append(_told(what, run(f"bench.{what}", folder / what, *arguments)))
        _remove(folder / "floor.lake", folder / "by_hand.lake")
    return Size(people, repeats, rows, **{what: middle(found) for what, found in runs.items()})


def main() -> None:
    """Read the command line, measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("people", nargs="+", type=int, help="sizes of the city")
    parser.add_argument("--repeat", type=int, help=f"how many runs the medians are of; 3, from {ONCE:,} people on 1")
    options = parser.parse_args()
    heap = machine.mebibytes(settings().driver_memory)
    (HOUSE / "build").mkdir(exist_ok=True)
    sizes = []
    for people in sorted(options.people):
        repeats = options.repeat or (1 if people >= ONCE else 3)
        print(f"{people:,} people, {repeats} times", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=HOUSE / "build") as folder:
            sizes.append(measure(people, repeats, Path(folder)))
        command = f'make bench PEOPLE="{" ".join(str(size.people) for size in sizes)}"'
        command += f" REPEAT={options.repeat}" if options.repeat else ""
        # After each size: what was measured stays, though the next one may be stopped.
        told = page(machine.describe(), sizes, WANTED, len(persons()), command, heap)
        PAGE.write_text(told, encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


def _told(what: str, found: Run) -> Run:
    print(f"  {what:<8} {found.seconds:8.1f} s {found.rows:12,.0f} rows", file=sys.stderr, flush=True)
    return found


def _remove(*paths: Path) -> None:
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
