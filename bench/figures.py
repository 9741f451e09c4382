"""What one run came to, and the median of several."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from statistics import median


@dataclass(frozen=True)
class Unit:
    """One unit of a night.

    seconds: over all sources, of which two are worked on at once; jobs: Spark's; commits: Delta's.
    """

    seconds: float
    jobs: float
    commits: float


@dataclass(frozen=True)
class Run:
    """One run of a night, of the floor or of the script.

    seconds: from the first file to the last, without the start of Spark; cpu: seconds of all processes, that start
    included; jvm, python: peak memory in MiB; others: how many cores other work took meanwhile.
    """

    seconds: float
    rows: float
    cpu: float
    jvm: float
    python: float
    others: float
    units: dict[str, Unit] = field(default_factory=dict)


@dataclass(frozen=True)
class Size:
    """All runs of a city of one size. changed: rows of the second night that are not as the night before had them."""

    people: int
    repeats: int
    changed: int
    first: Run
    second: Run
    floor: Run
    by_hand: Run


def middle(runs: Sequence[Run]) -> Run:
    """The run whose every figure is the median of that figure in `runs`."""

    units = {
        name: Unit(**{what: median(getattr(run.units[name], what) for run in runs) for what in _names(Unit)})
        for name in runs[0].units
    }
    plain = {what: median(getattr(run, what) for run in runs) for what in _names(Run) if what != "units"}
    return Run(**plain, units=units)


def _names(kind: type) -> list[str]:
    return [one.name for one in fields(kind)]
