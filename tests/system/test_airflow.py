"""The DAGs in Airflow itself: a backfill of three nights through a real scheduler, on a made-up city of 200 people.

One of its deliveries is refused, one of its tasks is killed in mid-run. Airflow runs in the environment that
`make .venv-airflow/ready` makes, as `make airflow` starts it.
"""

import datetime as dt
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from demo import write
from pipelines import state
from pipelines.protect.keyring import load_or_create
from pipelines.session import CLASS_ARCHIVE
from tests.system.scheduler import AIRFLOW, HOUSE, airflow, environment, running, until
from tests.webhook import served

pytestmark = pytest.mark.timeout(5400)

SOURCES = ("police_household", "planning_address")
DATES = [dt.date(2026, 3, day) for day in (2, 3, 4)]
REFUSED = ("planning_address", DATES[1])
KILLED = ("master", DATES[1])
# What a run writes of itself alone.
OF_THE_RUN = {"run", "started", "ended", "seconds", "versions"}

BAG = """
import json
from airflow.dag_processing.dagbag import DagBag
bag = DagBag("dags")
tasks = {name: {t: sorted(dag.get_task(t).upstream_task_ids) for t in dag.task_ids} for name, dag in bag.dags.items()}
print(json.dumps({"errors": bag.import_errors, "tasks": tasks}))
"""


def contents(lake: Path) -> dict[str, list[str]]:
    """Every table's rows, without what is of the run alone."""
    found = {}
    for log in sorted(lake.glob("*/*/*/_delta_log")):
        name = f"{log.parents[1].name}/{log.parent.name}"
        if name not in ("ops/unit", "ops/run"):
            rows = DeltaTable(str(log.parent)).to_pyarrow_table()
            columns = [c for c in sorted(rows.column_names) if c not in OF_THE_RUN]
            found[name] = sorted(map(repr, zip(*(rows[c].to_pylist() for c in columns), strict=True)))
    return found


def submitted(unit: str, date: dt.date, lake: Path) -> int | None:
    """The process of a task's spark-submit."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            own = f"RENDI_LAKE={lake}".encode() in (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if own and "org.apache.spark.deploy.SparkSubmit" in said and {"unit", unit, str(date)} <= set(said):
            return int(process.name)
    return None


def memory(home: Path) -> tuple[int, int]:
    """MB that Airflow's own processes hold, and what they submitted; shared memory is counted once."""
    own = submits = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"AIRFLOW_HOME={home}".encode() not in (process / "environ").read_bytes().split(b"\0"):
                continue
            said = (process / "cmdline").read_bytes()
            sizes = (process / "smaps_rollup").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        held = sum(int(line.split()[1]) for line in sizes if line.startswith("Pss:"))
        if any(word in said for word in (b"SparkSubmit", b"cli.py", b"pipelines.workers")):
            submits += held
        else:
            own += held
    return own >> 10, submits >> 10


def login(port: str, said: str) -> str:
    """What Airflow gives for the account that `make airflow` printed."""
    ((name, password),) = set(re.findall(r"^account: (\S+) (\S+)$", said, re.MULTILINE))
    asked = urllib.request.Request(
        f"http://localhost:{port}/auth/token",
        json.dumps({"username": name, "password": password}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return str(json.load(answer)["access_token"])


class Nights:
    """Three nights by `rendi run`, and the same three by Airflow's backfill."""

    def __init__(self, folder: Path) -> None:
        self.lake, self.clean, self.portal = folder / "lake", folder / "clean", folder / "portal"
        self.home, self.told, self.peak = folder / "airflow", [], (0, 0)
        write(folder / "city", people=200, seed=5, days=len(DATES))
        source, date = REFUSED
        (folder / "city" / "landing" / source / f"{source}_{date:%Y%m%d}.csv").write_text(
            "甲,乙\n1,2\n", encoding="utf-8"
        )
        # The same keys, or every identifier would differ.
        load_or_create(folder / "clean.keys.json")
        shutil.copy(folder / "clean.keys.json", folder / "lake.keys.json")
        self.run(folder / "city" / "landing")
        with served(lambda _, body: self.told.append(body["text"])) as address:
            given = environment(folder, RENDI_WEBHOOK=address, RENDI_DEADLINE_HOURS="0.01")
            self.ask(given)
            # Only what the test asks for; yesterday's night would come in between.
            with running({**given, "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False"}, folder / "up.log"):
                self.backfill()
                self.token = login(given["AIRFLOW__API__PORT"], (folder / "up.log").read_text(encoding="utf-8"))
                airflow(given, "dags", "pause", "nightly")
            with running(given, folder / "up.log"):
                until("portal", lambda: self.states("portal") == ["success"], 180)

    def run(self, landing: Path) -> None:
        command = [sys.executable, str(HOUSE / "pipelines" / "cli.py"), "run"]
        command += ["--landing", str(landing), "--lake", str(self.clean)]
        command += [a for d in DATES for a in ("--date", str(d))] + [a for s in SOURCES for a in ("--source", s)]
        done = subprocess.run(
            command, env=os.environ | {"PYTHONPATH": str(HOUSE)}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def ask(self, given: dict[str, str]) -> None:
        """Ask for the backfill before Airflow starts: on a busy machine SQLite refuses a second writer."""
        airflow(given, "db", "migrate")
        airflow(given, "dags", "reserialize")
        airflow(given, "dags", "unpause", "nightly")
        conf = json.dumps({"sources": list(SOURCES)})
        window = ["--from-date", str(DATES[0]), "--to-date", str(DATES[-1]), "--max-active-runs", "1"]
        airflow(given, "backfill", "create", "--dag-id", "nightly", *window, "--dag-run-conf", conf)

    def backfill(self) -> None:
        unit, date = KILLED
        until("the first night", lambda: self.ended("success"), 1800)
        process = until(f"{unit} of {date}", lambda: submitted(unit, date, self.lake), 1800, 0.2)
        before = self.commits(unit)
        until(f"a commit of {unit}", lambda: self.commits(unit) > before, 120, 0.01)
        self.maps = Path(f"/proc/{process}/maps").read_text(encoding="utf-8")
        os.kill(process, signal.SIGKILL)
        until("the backfill", self.ended, 1800)

    def ended(self, *states: str) -> bool:
        """Whether there is a night of these states; of none: whether all have ended. Looks at the memory, too."""
        own, submits = memory(self.home)
        self.peak = (max(self.peak[0], own), max(self.peak[1], submits))
        found = set(self.states("nightly"))
        return bool(found & set(states)) if states else not {"queued", "running"} & found

    def commits(self, unit: str) -> int:
        return sum(1 for _ in self.lake.glob(f"governed/{unit}/*/_delta_log/*.json"))

    def query(self, sql: str, *values: str) -> list[Any]:
        database = self.home / "airflow.db"
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30) as db:
            return db.execute(sql, values).fetchall()

    def states(self, dag: str) -> list[str]:
        return [state for (state,) in self.query("SELECT state FROM dag_run WHERE dag_id = ?", dag)]

    def task(self, date: dt.date, task: str, source: str | None = None) -> tuple[str, int]:
        """State and number of tries."""
        (found,) = self.query(
            "SELECT t.state, t.try_number FROM task_instance t JOIN dag_run r USING (dag_id, run_id) "
            "WHERE r.dag_id = 'nightly' AND date(r.logical_date, '+8 hours') = ? AND t.task_id = ? "
            "AND coalesce(t.rendered_map_index, '') = ?",
            str(date),
            task,
            source or "",
        )
        return found


@pytest.fixture(scope="module")
def nights(installed: None, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    return Nights(tmp_path_factory.mktemp("nights"))


def test_every_dag_imports_and_has_no_cycle(installed: None, tmp_path: Path) -> None:
    given = environment(tmp_path) | {"AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    airflow(given, "db", "migrate")
    done = subprocess.run([AIRFLOW, "-c", BAG], env=given, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    # Airflow looks for cycles as it loads a DAG, and names one among the errors.
    assert found["errors"] == {}
    assert found["tasks"] == {
        "nightly": {
            "each": [],
            "source": ["each"],
            "link": ["source"],
            "protect": ["link"],
            "master": ["protect"],
            "topics": ["master"],
            "publish": ["topics"],
        },
        "portal": {"push": []},
        "maintenance": {"maintain": []},
    }


def test_a_backfill_runs_its_nights_in_order_of_dates(nights: Nights) -> None:
    runs = nights.query(
        "SELECT date(logical_date, '+8 hours'), state, start_date, end_date FROM dag_run "
        "WHERE dag_id = 'nightly' ORDER BY logical_date"
    )
    assert [(date, state) for date, state, _, _ in runs] == [(str(d), "success") for d in DATES]
    assert all(earlier[3] <= later[2] for earlier, later in pairwise(runs))


def test_no_task_begins_before_the_api_server_answers(nights: Nights) -> None:
    assert {nights.task(date, "each") for date in DATES} == {("success", 1)}


def test_a_refused_delivery_fails_its_source_at_once_and_no_other(nights: Nights) -> None:
    refused, date = REFUSED
    assert nights.task(date, "source", refused) == ("failed", 1)
    assert {nights.task(date, "source", s)[0] for s in SOURCES if s != refused} == {"success"}
    # The next full delivery makes up for it.
    assert nights.task(DATES[2], "source", refused) == ("success", 1)
    (told,) = [text for text in nights.told if "failed" in text]
    assert f"source {refused} failed: rendi: {refused}: refused, " in told


def test_a_task_that_was_killed_is_tried_again(nights: Nights) -> None:
    unit, date = KILLED
    state, tries = nights.task(date, unit)
    assert (state, tries > 1) == ("success", True)


def test_a_task_takes_the_classes_from_their_archive(nights: Nights) -> None:
    assert str(CLASS_ARCHIVE) in nights.maps


def test_the_tables_equal_those_of_nights_from_the_command_line(nights: Nights) -> None:
    found, wanted = contents(nights.lake), contents(nights.clean)
    assert found.keys() == wanted.keys()
    assert [name for name in wanted if found[name] != wanted[name]] == []


def test_each_night_closed_once_with_the_figures_of_all_its_units(nights: Nights) -> None:
    runs = {
        row["run"]: row["night"] for row in state.open_table(str(nights.lake), "ops/run").to_pyarrow_table().to_pylist()
    }
    assert sorted(runs.values()) == DATES
    units = state.open_table(str(nights.lake), "ops/unit").to_pyarrow_table().to_pylist()
    wanted = state.open_table(str(nights.clean), "ops/unit").to_pyarrow_table().to_pylist()
    assert sorted((runs[u["run"]], u["unit"], u["source"], u["state"]) for u in units) == sorted(
        (u["night"], u["unit"], u["source"], u["state"]) for u in wanted
    )


def test_the_account_that_is_printed_lets_one_in(nights: Nights) -> None:
    assert len(nights.token) > 50


def test_airflow_fits_a_small_machine(nights: Nights) -> None:
    own, submits = nights.peak
    print(f"\npeak memory: Airflow {own:,} MB, two spark-submits {submits:,} MB")
    assert 100 < own < 1500
    assert 1000 < submits < 5000


def test_late_masters_are_told(nights: Nights) -> None:
    assert any("the masters are late" in text for text in nights.told)


def test_new_masters_bring_what_is_open_to_the_portal(nights: Nights) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    assert files(nights.portal) == files(nights.lake / "open") != {}
