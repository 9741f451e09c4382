"""The page of figures: from measurements to Markdown."""

from collections.abc import Mapping, Sequence

from bench.figures import Run, Size

# What is wanted of a city of this many people.
AIM = 1_000_000
FIRST_OF_FLOOR, SECOND_OF_FIRST = 4.0, 0.2
# From the smallest size to the largest. Memory: by so much two runs of one size may differ. A changed row: it is
# compared, versioned and upserted, where one of the first night is only written.
MEMORY_OF_FLAT, CHANGED_OF_ROW = 1.25, 4.0

HEAD = """# Benchmarks

Written by `{command}`; nothing here is by hand. Each figure is the median of {repeats}, each run in
processes of its own and on a new lake; seconds are without the start of Spark, CPU seconds and memory with it.

- **First full night**: all sources of the made-up city, from files to open datasets.
- **Changed night**: the next date, full extracts again; the share of rows that differ stands beside it.
- **Floor**: the {persons} sources about persons, read by Spark and written to Delta untouched (`bench/floor.py`).
- **By hand**: the persons' part in DuckDB (`bench/by_hand.sql`): read, clean, validate, deduplicate, hash, join,
  survivorship, Parquet; without history, provenance, quarantine, protection, other subjects or a second night.
"""
WHY_FIRST = """
A row of the first night takes {first:.0f} µs of CPU, a row of the floor {floor:.0f}. The floor reads a row and writes
it. A night writes it five times (`bronze`, `silver`, `vault`, `record`, and its values in a master), and between two
of these it

- cleans each field and keeps what was delivered beside it, judges the row by every rule of its suite, and lets Great
  Expectations count the same again;
- names the record by a keyed hash, sorts the versions of each record, and compares with what stands;
- makes clusters of the mentions by their keys, and an identifier and a ledger's event of each entity;
- masks, encrypts and tokenises with SM3 and SM4;
- lets the statements of all sources on each attribute compete, and keeps the one that won with its provenance, the
  ones that lost, and since when.

Not all of it is Spark's own. Rows go to Python and back to be read from the delivered files, to take addresses,
coordinates and areas apart and find codes in long lists, to be hashed, tokenised and encrypted, where one ID number
bears two names, and to find the grid in which a point lies; a commit of few rows is made by delta-rs and DuckDB.

Of the seconds of its units: {units}.
"""
WHY_SECOND = """
Every full extract is delivered whole and has to be read and compared whole (by hashes, in DuckDB) to find what differs:
that part grows with what is there, not with what changed. And a night costs what planning its {jobs:,.0f} Spark jobs
costs, however few rows they are about. Of the seconds of its units: {units}.
"""
WHY_MEMORY = """
Beyond a full heap and what Python took at {small:,} people, the {night} of {large:,} takes {more:,.0f} MiB: the JVM
{jvm:+,.0f} MiB, Python {python:+,.0f} MiB. Besides its heap the JVM holds compiled code and buffers of files and of
Arrow; Python holds Arrow batches in its workers, and in the driver what link collects and the hashes of two deliveries
that are compared.
"""
WHY_GROWTH = """
From {small:,} to {large:,} people the changed night takes {seconds:,.0f} CPU seconds more, for {changed:,.0f} changed
rows more among {rows:,.0f} delivered rows more. For what changed it should be {wanted:,.0f} CPU seconds at most. Full
extracts have to be read and compared whole to find what differs, and that grows with what is there.
"""
NOTES = """
Seconds of a unit are those of `governed/ops/unit`, added up over its sources, of which two are worked on at once:
together they are more than the night took. Rows a second are delivered rows. Spark jobs are counted by Spark's
scheduler, Delta commits by the tables' logs. Memory is the JVM's peak (RSS), and the peak of all Python
processes together (PSS: pages that workers share count once).
"""


def page(
    machine: Mapping[str, str], sizes: Sequence[Size], wanted: Sequence[int], persons: int, command: str, heap: float
) -> str:
    """The whole page. sizes: what was run, smallest first; wanted: what should be; persons: how many sources the floor
    reads; heap: Spark's own, in MiB.
    """
    repeats = " or ".join(f"{n} run{'s' * (n > 1)}" for n in sorted({size.repeats for size in sizes}))
    parts = [
        HEAD.format(command=command, repeats=repeats, persons=persons),
        "## Machine",
        table(("", ""), machine.items()),
    ]
    parts.append(_quiet(sizes))
    parts += ["## Wanted and measured", _aims(sizes, heap)]
    for size in sizes:
        parts += [f"## {size.people:,} people", _whole(size), _units(size)]
    parts.append(NOTES.strip())
    parts += _why(sizes[-1])
    if _grew(sizes):
        parts += _why_growth(sizes[0], sizes[-1], heap)
    missing = [n for n in wanted if n not in {size.people for size in sizes}]
    if missing:
        run = " ".join(str(n) for n in missing)
        parts += [
            "## Not run",
            f'{", ".join(f"{n:,}" for n in missing)} people: `make bench PEOPLE="{run}"` has yet to be run. '
            "Nothing on this page says how fast those are.",
        ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _why(size: Size) -> list[str]:
    """Where the time goes at the largest size, for each aim that it misses."""
    parts = []
    if size.first.seconds > FIRST_OF_FLOOR * size.floor.seconds:
        cost = {name: run.cpu / run.rows * 1e6 for name, run in (("first", size.first), ("floor", size.floor))}
        parts.append("## Why the first night takes longer\n" + WHY_FIRST.format(**cost, units=_shares(size.first)))
    if size.second.seconds > SECOND_OF_FIRST * size.first.seconds:
        jobs = sum(unit.jobs for unit in size.second.units.values())
        parts.append("## Why the changed night does\n" + WHY_SECOND.format(jobs=jobs, units=_shares(size.second)))
    return parts


def _why_growth(small: Size, large: Size, heap: float) -> list[str]:
    """What grew, for each aim between the sizes that is missed."""
    parts, people = [], {"small": small.people, "large": large.people}
    of_flat, night, before, after = _of_flat(small, large, heap)
    if of_flat > MEMORY_OF_FLAT:
        jvm, python = after.jvm - max(heap, before.jvm), after.python - before.python
        told = WHY_MEMORY.format(**people, night=night, more=jvm + python, jvm=jvm, python=python)
        parts.append("## Why memory grows\n" + told)
    if _of_row(small, large) > CHANGED_OF_ROW:
        seconds, rows = large.second.cpu - small.second.cpu, large.second.rows - small.second.rows
        parts.append(
            "## Why the changed night grows with what is there\n"
            + WHY_GROWTH.format(
                **people,
                seconds=seconds,
                rows=rows,
                changed=large.changed - small.changed,
                wanted=seconds * CHANGED_OF_ROW / _of_row(small, large),
            )
        )
    return parts


def _of_flat(small: Size, large: Size, heap: float) -> tuple[float, str, Run, Run]:
    """Memory at the largest size, of what it is at the smallest with a full heap, in the night in which that is more;
    with the night's name and both runs.

    Within its heap the JVM takes what it may: that it took less at the smallest size says nothing about people.
    """
    nights = (("first night", small.first, large.first), ("changed night", small.second, large.second))
    return max(
        (_memory(after) / (max(heap, before.jvm) + before.python), name, before, after)
        for name, before, after in nights
    )


def _of_row(small: Size, large: Size) -> float:
    """CPU seconds that one more changed row costs the changed night, of those that one more row costs the first."""
    changed = (large.second.cpu - small.second.cpu) / (large.changed - small.changed)
    return changed * (large.first.rows - small.first.rows) / (large.first.cpu - small.first.cpu)


def _grew(sizes: Sequence[Size]) -> bool:
    """Whether there are two sizes between which something can be said to grow."""
    small, large = sizes[0], sizes[-1]
    return large.people > small.people and large.changed > small.changed and large.first.cpu > small.first.cpu


def _shares(run: Run) -> str:
    whole = sum(unit.seconds for unit in run.units.values()) or 1
    shares = sorted(((unit.seconds / whole, name) for name, unit in run.units.items()), reverse=True)
    return ", ".join(f"{name} {share:.0%}" for share, name in shares if share >= 0.01)


def table(head: Sequence[str], rows: object) -> str:
    """A Markdown table; columns after the first stand to the right where their cells are figures."""
    body = [[str(cell) for cell in row] for row in rows]  # type: ignore[attr-defined]
    figures = [
        all(row[i].replace(",", "").replace(".", "").isdigit() or not row[i] for row in body) for i in range(len(head))
    ]
    line = ["---:" if figures[i] and i else "---" for i in range(len(head))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [list(head), line, *body])


def verdict(measured: float, limit: float) -> str:
    """Whether a ratio is within its limit, or by how much it misses it."""
    return "pass" if measured <= limit else f"missed: {measured / limit:.2f} times what is wanted"


def _aims(sizes: Sequence[Size], heap: float) -> str:
    rows = []
    for size in sizes:
        of_floor, of_first = size.first.seconds / size.floor.seconds, size.second.seconds / size.first.seconds
        first = f"{of_floor:.1f} times the floor"
        second = f"{of_first:.2f} of the full load, for {_share(size)} changed"
        rows.append((f"{size.people:,}", "first full night", f"at most {FIRST_OF_FLOOR:g} times the floor", first,
                     verdict(of_floor, FIRST_OF_FLOOR)))  # fmt: skip
        rows.append((f"{size.people:,}", "changed night", f"at most {SECOND_OF_FIRST:g} of the full load", second,
                     verdict(of_first, SECOND_OF_FIRST)))  # fmt: skip
    if _grew(sizes):
        (of_flat, night, *_), of_row = _of_flat(sizes[0], sizes[-1], heap), _of_row(sizes[0], sizes[-1])
        people = f"{sizes[0].people:,} to {sizes[-1].people:,}"
        flat = f"{of_flat:.2f} times in the {night} ({heap:,.0f} MiB of heap)"
        rows.append((people, "memory of both nights is flat in the number of people, beyond Spark's own heap",
                     f"at most {MEMORY_OF_FLAT:g} times the smallest size's with a full heap", flat,
                     verdict(of_flat, MEMORY_OF_FLAT)))  # fmt: skip
        rows.append((people, "a changed night grows with what changed, not with what is there",
                     f"a changed row more costs at most {CHANGED_OF_ROW:g} times the CPU of a first night's",
                     f"{of_row:.1f} times", verdict(of_row, CHANGED_OF_ROW)))  # fmt: skip
    told = table(("people", "what", "wanted", "measured", ""), rows)
    if not _grew(sizes):
        told += (
            "\n\nWhether memory is flat in the number of people, and whether a changed night grows with what changed "
            "and not with what is there, takes two sizes to say."
        )
    if all(size.people < AIM for size in sizes):
        told += (
            f"\n\nThe first night and the changed one are wanted at {AIM:,} people, where what a night costs "
            "whatever its size weighs least."
        )
    if len(sizes) > 1:
        small, large = sizes[0], sizes[-1]
        grown = {
            "people": large.people / small.people,
            "first": large.first.seconds / small.first.seconds,
            "second": large.second.seconds / small.second.seconds,
            "changed": large.changed / small.changed,
            "memory": _memory(large.first) / _memory(small.first),
            "later": _memory(large.second) / _memory(small.second),
        }
        told += (
            "\n\nFrom {small:,} to {large:,} people ({people:.0f} times) the first night takes {first:.1f} times "
            "as long, the changed night {second:.1f} times (with {changed:.1f} times as many changed rows); memory is "
            "{memory:.1f} times as much in the first night, {later:.1f} times in the changed one."
        ).format(small=small.people, large=large.people, **grown)
    return told


def _whole(size: Size) -> str:
    runs = {
        "first full night": size.first,
        f"changed night ({size.changed:,} rows, {_share(size)} of the first)": size.second,
        "floor": size.floor,
        "by hand": size.by_hand,
    }
    head = ("", "seconds", "rows", "rows a second", "CPU seconds", "JVM MiB", "Python MiB")
    rows = [
        (
            name,
            f"{r.seconds:.1f}",
            f"{r.rows:,.0f}",
            f"{r.rows / r.seconds:,.0f}",
            f"{r.cpu:.0f}",
            f"{r.jvm:,.0f}",
            f"{r.python:,.0f}",
        )
        for name, r in runs.items()
    ]
    return table(head, rows)


def _units(size: Size) -> str:
    def cells(run: Run, name: str) -> tuple[str, ...]:
        unit = run.units[name]
        speed = f"{run.rows / unit.seconds:,.0f}" if unit.seconds else ""
        return f"{unit.seconds:.1f}" if unit.seconds else "", speed, f"{unit.jobs:.0f}", f"{unit.commits:.0f}"

    words = ("seconds", "rows a second", "Spark jobs", "Delta commits")
    head = ("unit", *(f"first: {words[0]}", *words[1:]), *(f"changed: {words[0]}", *words[1:]))
    return table(head, [(name, *cells(size.first, name), *cells(size.second, name)) for name in size.first.units])


def _share(size: Size) -> str:
    return f"{size.changed / size.first.rows:.2%}"


def _memory(run: Run) -> float:
    return run.jvm + run.python


def _quiet(sizes: Sequence[Size]) -> str:
    others = max(run.others for size in sizes for run in (size.first, size.second, size.floor, size.by_hand))
    return (
        f"Beside a run, other work took up to {others:.1f} of these cores: seconds are then more than on a machine of "
        "one's own, CPU seconds hardly."
    )
