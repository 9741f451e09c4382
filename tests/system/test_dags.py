"""What Airflow makes of the DAGs by this house's settings, without running any: tries, waits, arguments.

Tries are those of the serialised DAG, which the scheduler reads; arguments are rendered as a task renders them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pipelines.cli import app
from schemas.contract import sources
from tests.system.scheduler import AIRFLOW, HOUSE

ASKED = Path(__file__).with_name("asked_of_dags.py")
OWN = ("RENDI_", "SPARK_", "AIRFLOW", "PYSPARK_")
SUBMITTED = ("source", "link", "protect", "master", "topics", "publish")
CHOSEN = {"date": "2026-02-28", "sources": ["police_household", "tax_payer"], "rebuild": True}
WRONG = ({"date": "28.2.2026"}, {"sources": ["police"]}, {"sources": ["tax_payer", "tax_payer"]}, {"rebuild": "yes"})


@pytest.fixture(scope="module")
def told(installed: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What asked_of_dags.py says, called by dags/airflow in place of Airflow's own command."""
    house = tmp_path_factory.mktemp("house")
    for package in ("dags", "pipelines", "schemas", "quality", "catalog"):
        (house / package).symlink_to(HOUSE / package)
    command = house / ".venv-airflow" / "bin" / "airflow"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{AIRFLOW}" "{ASKED}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    given["PYSPARK_PYTHON"] = sys.executable
    asked = json.dumps([CHOSEN, {}, *WRONG])
    done = subprocess.run([house / "dags" / "airflow", asked], env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def meant(arguments: list[str]) -> dict[str, Any]:
    """What `rendi` understands, without what is by default."""
    name, *rest = arguments
    parsed = get_command(app).commands[name].make_context(name, rest).params
    return {"command": name} | {key: value for key, value in parsed.items() if value}


def test_every_task_is_tried_twice_again_and_waits_longer_each_time(told: dict[str, Any]) -> None:
    assert {dag: len(tasks) for dag, tasks in told["tries"].items()} == {"nightly": 7, "portal": 1, "maintenance": 1}
    for dag, tasks in told["tries"].items():
        for name, task in tasks.items():
            (least, most), (later, last) = task["waits"]
            # Airflow draws from a wait that doubles up to twice as much; docs/airflow.md says so.
            assert 60 <= least < 75 and 105 < most < 120, (dag, name)
            assert 120 <= later < 150 and 210 < last < 240, (dag, name)
            assert (task["retries"], task["at most"], task["told"]) == (2, 1800, True), (dag, name)


def test_every_submitted_unit_is_spared_a_retry_where_its_delivery_is_refused(told: dict[str, Any]) -> None:
    assert {name for name, task in told["tries"]["nightly"].items() if task["policy"]} == set(SUBMITTED)


def test_the_masters_deadline_calls_the_alarm(told: dict[str, Any]) -> None:
    wanted = {"after": 6 * 3600, "from": "DagRunQueuedAtDeadline", "calls": "dags.alarm.late"}
    assert told["deadlines"] == {"nightly": wanted}


def test_date_sources_and_rebuild_of_a_manual_run_reach_every_source(told: dict[str, Any]) -> None:
    chosen = told["arguments"][0]
    assert [meant(arguments) for arguments in chosen["source"]] == [
        {"command": "unit", "names": ["land", "refine"], "source": [name], "date": CHOSEN["date"], "rebuild": True}
        for name in CHOSEN["sources"]
    ]


def test_the_units_behind_the_sources_get_the_same_date_and_take_all_sources(told: dict[str, Any]) -> None:
    for unit in SUBMITTED[1:]:
        wanted = {"command": "unit", "names": [unit], "date": CHOSEN["date"]}
        assert meant(told["arguments"][0][unit]) == wanted


def test_a_manual_run_without_a_word_is_of_all_sources_and_of_the_last_day_over(told: dict[str, Any]) -> None:
    plain = told["arguments"][1]
    assert [meant(arguments) for arguments in plain["source"]] == [
        {"command": "unit", "names": ["land", "refine"], "source": [name], "date": "2026-03-03"} for name in sources()
    ]
    assert meant(plain["link"]) == {"command": "unit", "names": ["link"], "date": "2026-03-03"}


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[str(conf) for conf in WRONG])
def test_a_manual_run_of_what_cannot_be_is_refused(number: int, told: dict[str, Any]) -> None:
    refused = told["arguments"][2 + number]
    assert isinstance(refused, str) and f"Invalid input for param {next(iter(WRONG[number]))}" in refused
