"""dags/airflow gives Spark what `rendi` itself would set, from the environment or from rendi.toml; without Airflow."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.session import SHORT

HOUSE = Path(__file__).parents[3]
OWN = ("RENDI_", "SPARK_", "AIRFLOW", "PYSPARK_", "MALLOC_")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The house with a rendi.toml of its own, and in place of Airflow a command that prints its environment."""
    for package in ("pipelines", "schemas", "quality", "catalog"):
        (tmp_path / package).symlink_to(HOUSE / package)
    (tmp_path / "dags").mkdir()
    shutil.copy(HOUSE / "dags" / "airflow", tmp_path / "dags" / "airflow")
    (tmp_path / "rendi.toml").write_text('driver_memory = "7g"\nmaster = "spark://far:7077"\n', encoding="utf-8")
    airflow = tmp_path / ".venv-airflow" / "bin" / "airflow"
    airflow.parent.mkdir(parents=True)
    airflow.write_text("#!/bin/sh\nenv\n", encoding="utf-8")
    airflow.chmod(0o755)
    return tmp_path


def called(house: Path, **given: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    environment = {**clean, "PYSPARK_PYTHON": sys.executable, **given}
    return subprocess.run([house / "dags" / "airflow"], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("given", "memory", "master"),
    [
        ({}, "7g", "spark://far:7077"),
        ({"RENDI_DRIVER_MEMORY": "3g", "RENDI_MASTER": "local[1]"}, "3g", "local[1]"),
        ({"SPARK_DRIVER_MEMORY": "5g"}, "5g", "spark://far:7077"),
    ],
)
def test_heap_and_master_are_those_in_force(house: Path, given: dict[str, str], memory: str, master: str) -> None:
    said = called(house, **given).stdout.splitlines()
    assert f"SPARK_DRIVER_MEMORY={memory}" in said
    assert "MALLOC_ARENA_MAX=2" in said
    options = SHORT.replace(f"{HOUSE}/pipelines", f"{house}/pipelines")
    assert f"SPARK_SUBMIT_OPTS={options}" in said
    assert f'AIRFLOW_CONN_SPARK_DEFAULT={{"conn_type": "spark", "host": "{master}"}}' in said


def test_a_setting_that_is_wrong_is_one_sentence(house: Path) -> None:
    (house / "rendi.toml").write_text("driver_memory = 7g\n", encoding="utf-8")
    done = called(house)
    assert done.returncode == 1 and "Traceback" not in done.stderr and "rendi.toml" in done.stderr
