"""One night, as `rendi run` runs it, with what each unit took of Spark and Delta."""

import datetime as dt
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from pyspark.sql import SparkSession

from pipelines import nightly, state
from pipelines.commands.shared import open_lake
from pipelines.settings import settings
from schemas.contract import load_all

CLOSING = "closing"


class Jobs:
    """Counts Spark's jobs by unit."""

    def __init__(self, spark: SparkSession) -> None:
        self.context = spark.sparkContext
        self.serial: Counter[str] = Counter()
        self.started = self.total

    @property
    def total(self) -> int:
        """Jobs that Spark was given so far."""
        return int(self.context._jsc.sc().dagScheduler().numTotalJobs())

    def tell(self, unit: str, source: str, state: str) -> None:
        """Of a unit that runs by source jobs bear the unit's name in their thread; of another, all jobs are its own."""
        if source:
            self.context.setLocalProperty("spark.jobGroup.id", unit if state == "started" else None)  # type: ignore[arg-type]
        elif state == "started":
            self.started = self.total
        else:
            self.serial[unit] += self.total - self.started

    def of(self, unit: str) -> int:
        """Jobs of a unit."""
        return self.serial[unit] or len(self.context.statusTracker().getJobIdsForGroup(unit))


def commits(root: str) -> Counter[str]:
    """Delta commits in the lake by the unit that writes the table's zone; those of nobody else close the night."""
    owner = {zone: unit.name for unit in nightly.UNITS for zone in unit.writes.split(", ")}
    logs = Path(root).glob("*/*/*/_delta_log/*.json")
    return Counter(owner.get(log.parts[-4], CLOSING) for log in logs if log.stem.isdigit())


def main(landing: str, root: str, date: str, out: str) -> None:
    """Run the night of `date` and leave its figures in `out`."""
    # Spark forgets its oldest jobs otherwise.
    os.environ["PYSPARK_SUBMIT_ARGS"] = "--conf spark.ui.retainedJobs=1000000 pyspark-shell"
    chosen, day = settings(lake=root, landing=landing), dt.date.fromisoformat(date)
    lake, keys = open_lake(chosen)
    jobs, before, began = Jobs(lake.spark), commits(root), time.monotonic()
    all_jobs = jobs.total
    night = nightly.Night(lake, landing, day, load_all(), keys, chosen.threads, tell=jobs.tell)
    report = nightly.run(night)
    seconds = time.monotonic() - began
    if report.failed:
        sys.exit("; ".join(f"{source}: {reason}" for source, reason in report.failed.items()))
    written = commits(root) - before
    spent: Counter[str] = Counter()
    for row in state.open_table(root, "ops/unit").to_pyarrow_table().to_pylist():
        if row["run"] == report.run:
            spent[row["unit"]] += row["seconds"]
    units: dict[str, dict[str, float]] = {
        u: {"seconds": spent[u], "jobs": jobs.of(u), "commits": written[u]} for u in nightly.NAMES
    }
    rest = all_jobs + sum(unit["jobs"] for unit in units.values())
    units[CLOSING] = {"seconds": 0.0, "jobs": jobs.total - rest, "commits": written[CLOSING]}
    rows = sum(e.delivered for e in state.deliveries(root) if e.night == day and e.state == "accepted")
    Path(out).write_text(json.dumps({"seconds": seconds, "rows": rows, "units": units}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
