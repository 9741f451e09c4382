"""Airflow on PostgreSQL, as docs/airflow.md sets it up: a whole night by hand, and one that fails for good.

A source is a process of its own: `make test` takes three of three formats, `make airflow-test` every one.

The scheduler's runs are read from Airflow's own tables on the server.
"""

import datetime as dt
import json
import os
import uuid
from pathlib import Path

import pytest

from demo import write
from pipelines import state
from pipelines.lineage.outlet import FOLDER
from schemas.contract import sources
from tests.postgres import PASSWORD, Server
from tests.system.scheduler import airflow, environment, running, until
from tests.webhook import served

pytestmark = pytest.mark.timeout(3600)

ALL = os.environ.get("RENDI_SOURCES") == "all"
SOURCES = sources() if ALL else ("grid_boundary", "market_register", "police_household")
DATES = [dt.date(2026, 3, 2), dt.date(2026, 3, 3)]
OF_POSTGRES = f"""
CREATE USER airflow PASSWORD '{PASSWORD}';
CREATE DATABASE airflow OWNER airflow ENCODING UTF8 TEMPLATE template0;
"""


class Scheduler:
    """A night of `SOURCES`, upkeep and portal, then a night of one on a lake whose tables of link were cut short."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.lake, self.server, self.told = folder / "lake", server, []
        write(folder / "city", people=120, seed=8, days=len(DATES))
        for statement in OF_POSTGRES.strip().splitlines():
            server.run(statement)
        with served(lambda _, body: self.told.append(body["text"])) as address:
            self.given = environment(
                folder,
                RENDI_WEBHOOK=address,
                AIRFLOW__CORE__DEFAULT_TASK_RETRIES="0",
                AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=(
                    f"postgresql+psycopg2://airflow:{PASSWORD}@127.0.0.1:{server.port}/airflow"
                ),
                # Only what the test asks for; yesterday's night would come in between.
                AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE="False",
            )
            with running(self.given, folder / "up.log"):
                self.night = self.ran("nightly", date=str(DATES[0]), **({} if ALL else {"sources": list(SOURCES)}))
                self.upkeep = self.ran("maintenance")
                self.push = self.ran("portal")
                self.closed = state.closed_nights(str(self.lake))
                for log in (self.lake / "restricted" / "link").glob("*/_delta_log"):
                    last = max(log.glob("*.json"))
                    last.write_bytes(last.read_bytes()[:100])
                self.damaged = self.ran("nightly", date=str(DATES[1]), sources=["police_household"])

    def ran(self, dag: str, **conf: object) -> dict[str, str]:
        """Ask for a run and wait for its end: the states of its tasks, and of the run under the DAG's own name."""
        before = self.runs(dag)
        until(f"{dag} is known", lambda: self.query(f"SELECT 1 FROM dag WHERE dag_id = '{dag}'"), 120)
        airflow(self.given, "dags", "unpause", dag)
        airflow(self.given, "dags", "trigger", dag, "--conf", json.dumps(conf))
        (run,) = until(f"{dag} has begun", lambda: self.runs(dag) - before, 60)
        of_run = f"dag_id = '{dag}' AND run_id = '{run}'"
        ended = f"SELECT state FROM dag_run WHERE {of_run} AND state IN ('success', 'failed')"
        found = until(f"{dag} has ended", lambda: self.query(ended), 2400)[0]
        tasks = self.query(
            f"SELECT task_id, string_agg(DISTINCT state, ' ') FROM task_instance WHERE {of_run} GROUP BY 1"
        )
        return {dag: found} | dict(line.split("|") for line in tasks)

    def runs(self, dag: str) -> set[str]:
        return set(self.query(f"SELECT run_id FROM dag_run WHERE dag_id = '{dag}'"))

    def query(self, sql: str) -> list[str]:
        return self.server.run(sql, "airflow").splitlines()


@pytest.fixture(scope="module")
def scheduler(installed: None, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Scheduler:
    return Scheduler(tmp_path_factory.mktemp("scheduler"), server)


def test_a_night_asked_for_by_hand_takes_its_date_and_its_sources(scheduler: Scheduler) -> None:
    tasks = ("each", "source", "link", "protect", "master", "topics", "publish")
    assert scheduler.night == dict.fromkeys(("nightly", *tasks), "success")
    units = state.ops(str(scheduler.lake), "unit")
    for unit in ("land", "refine"):
        assert sorted(u["source"] for u in units if u["unit"] == unit) == sorted(SOURCES)
    (run,) = state.ops(str(scheduler.lake), "run")
    assert run["night"] == DATES[0]
    # Each task is a process of its own, and all of them are of one run.
    told = (scheduler.lake / FOLDER / f"{DATES[0]}.jsonl").read_text(encoding="utf-8").splitlines()
    parents = {json.loads(line)["run"]["facets"]["parent"]["run"]["runId"] for line in told}
    assert parents == {str(uuid.UUID(run["run"]))} and {u["run"] for u in units} == {run["run"]}


def test_upkeep_and_portal_run(scheduler: Scheduler) -> None:
    assert scheduler.upkeep == {"maintenance": "success", "maintain": "success"}
    assert scheduler.push == {"portal": "success", "push": "success"}


def test_a_unit_that_fails_for_good_stops_the_night_and_says_so(scheduler: Scheduler) -> None:
    after = ("protect", "master", "topics", "publish")
    wanted = {"nightly": "failed", "each": "success", "source": "success", "link": "failed"}
    assert scheduler.damaged == wanted | dict.fromkeys(after, "upstream_failed")
    (told,) = scheduler.told
    assert "link failed: rendi: " in told and "`rendi doctor` looks at the tables; the last closed night stays" in told
    # What readers see is the night before.
    assert state.closed_nights(str(scheduler.lake)) == scheduler.closed
