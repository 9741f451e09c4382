"""Writes docs/reliability.md from what the faults came to: `python -m tests.system.faults.page RESULTS SECONDS`."""

import json
import os
import platform
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
HEAD = """# What Rendi survives

Written by `make fault`, which tries every fault below and fails where one does not end as the last column says;
`make test` tries a seeded tenth of them. The lake is that of a made-up city of 200 people, three of its sources and two
business dates ({machine}; {minutes} minutes in all).

"As a clean run's" means equal to what a run left that nothing disturbed, and that committed its few rows without Spark:
every table's rows, every delivery's entry in the journal, every kept original, every open file byte by byte (CSV, JSON,
Parquet, data packages, checksums, the catalogue), and every other file that is not named here. Not compared are
- run ids and clock times; of `ops/unit` how many rows went in and out, and of `ops/run` the tables' versions and how
  often a night closed: a run that goes on where another ended tells of what it did itself;
- what Great Expectations said of the rows that were judged last (`restricted/validation`, `governed/ops/docs`), and the
  events of lineage: both tell of the last try;
- logs, locks, and what a rebuild set aside.
"""
MANY = (
    "To every other run two rows are many: they are committed by Spark (`pipelines/by_spark.py`), as those of a large "
    "city are; the others commit without it."
)
KINDS = {
    "kill -9": "The whole night is killed while files are written; the same command is given again until it closes, "
    "and a copy of the lake ends after each blow, as a clean run's. "
    "A point is one of the first files that a unit writes; its last blow waits for a checkpoint, which are written at "
    f"every other commit there. {MANY}",
    "full disk": f"The lake lies on a tmpfs that has no more room than a part of the night needs. {MANY}",
    "two runs": "Two processes run the night on one lake at once, after a third was killed with the lock in its hands.",
    "damaged table": "A file of a table is cut at a seeded byte; restored means as a clean run's. What `ops/run` and "
    "`ops/unit` told of earlier nights, and `ops/quality` of the masters then, stands nowhere else: they begin anew "
    "with the night that is run.",
    "delivery": "A bad file lies where a department puts its own; points are the sources that it was tried on, "
    "of seven. All lie in one night, whose seconds stand in every line.",
}
TAIL = """
## What is not proven
- **Power loss.** Delta's log store on a local disk does not fsync a commit, nor does delta-rs; what the kernel had not
  written yet may be gone, in any order. A killed process loses nothing of that, a machine without power may. A file
  system that orders its writes, a disk that keeps what it said it has, and `rendi doctor` after such a night are the
  answer; `rendi run --rebuild` brings back what was cut.
- **A commit that is cut exactly between two lines** cannot be told from a whole one, and neither can a newest commit
  that is missing altogether.
- **Silent changes on the disk** within a data file of the right length: Parquet's own checks find some, on reading.
- **bronze of sources that are asked** (a database, an interface) and what people decided stand nowhere else: a damaged
  one comes back from a backup alone, and `rendi doctor` says so.
- **An object store**: its lease is not built, and a lake there is refused.
"""


def page(results: list[dict[str, object]], machine: str, seconds: int) -> str:
    """The page, in the order of KINDS. results: kind, what, points, seconds, outcome."""
    parts = [HEAD.format(machine=machine, minutes=round(seconds / 60))]
    for kind, told in KINDS.items():
        rows = [r for r in results if r["kind"] == kind]
        parts.append(
            f"\n## {kind[0].upper()}{kind[1:]}\n{told}\n\n| fault | points | seconds | outcome |\n|---|---|---|---|\n"
        )
        parts += [f"| {r['what']} | {r['points']} | {r['seconds']} | {r['outcome']} |\n" for r in rows]
        if not rows:
            parts.append("| not tried on this machine | 0 | | to mount a tmpfs needs root |\n")
    return "".join([*parts, TAIL])


def machine() -> str:
    """Cores, memory and kernel of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return f"{os.cpu_count()} cores, {memory} GiB of memory, {platform.system()} {platform.release()}"


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    PAGE.write_text(page([json.loads(line) for line in lines], machine(), int(sys.argv[2])), encoding="utf-8")
    print(f"written: {PAGE}")
