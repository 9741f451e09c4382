"""The same nights on a Spark standalone cluster of two workers and on this machine's cores: the same tables.

`make test` takes two sources, `make cluster-test` every one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest
from deltalake import DeltaTable

from demo import write
from schemas.contract import sources
from tests.ports import free_port

ALL = os.environ.get("RENDI_SOURCES") == "all"
pytestmark = pytest.mark.timeout(5400 if ALL else 1500)

HOUSE = Path(__file__).parents[3]
SPARK = Path(pyspark.__file__).parent
SOURCES = sources() if ALL else ("police_household", "planning_address")
DATES = ("2026-03-02", "2026-03-03")
VALUE = "440106199001011237"
ONE_COMPILER = "-XX:TieredStopAtLevel=1"
# What a task raises is told by Spark's own code, where it failed; the driver says no more than its class.
FAILING = f"""
from pyspark.errors import PySparkException
from pyspark.sql import functions as F
from pipelines.session import start
from pipelines.settings import settings
spark = start(settings().master, "1g")
try:
    spark.range(2).repartition(2).select(F.raise_error(F.lit("{VALUE}"))).collect()
except PySparkException as error:
    print(type(error).__name__)
"""


class Cluster:
    """A master and two workers of one core each, started from the installed pyspark."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        port, page = free_port(), free_port()
        self.url = f"spark://127.0.0.1:{port}"
        self.page = f"http://127.0.0.1:{page}/json/"
        self.processes = [self._start("master.Master", "--port", str(port), "--webui-port", str(page))]
        for number in range(2):
            work = ["--work-dir", str(folder / f"worker{number}"), "--webui-port", "0"]
            self.processes.append(self._start("worker.Worker", "--cores", "1", "--memory", "1g", *work, self.url))
        end = time.monotonic() + 120
        while self.workers() < 2:
            assert time.monotonic() < end, "the workers did not come up"
            time.sleep(0.5)

    def _start(self, daemon: str, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [str(SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{daemon}", "--host", "127.0.0.1"]
        with (self.folder / "daemons.log").open("ab") as log:
            return subprocess.Popen([*command, *arguments], stdout=log, stderr=log, env=environment(), cwd=self.folder)

    def workers(self) -> int:
        """How many workers the master has."""
        try:
            with urllib.request.urlopen(self.page, timeout=5) as answer:
                return int(json.load(answer)["aliveworkers"])
        except OSError:
            return 0

    def logs(self) -> list[Path]:
        """What each executor said."""
        return sorted(self.folder.glob("worker*/app-*/*/std*"))

    def stop(self) -> None:
        """End the workers, then the master."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait(60)


def environment(**more: str) -> dict[str, str]:
    """What daemons and drivers are started with: this house, this Python, nothing but loopback."""
    own = {"SPARK_HOME": str(SPARK), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
    own |= {"PYTHONPATH": str(HOUSE), "PYSPARK_PYTHON": sys.executable, "SPARK_DAEMON_JAVA_OPTS": ONE_COMPILER}
    # 200 partitions, Spark's default, and the JVM's second compiler are for more rows than a few hundred.
    given = ("spark.sql.shuffle.partitions=2", f"spark.executor.extraJavaOptions={ONE_COMPILER}")
    own |= {"PYSPARK_SUBMIT_ARGS": " ".join(f"--conf {one}" for one in given) + " pyspark-shell"}
    return {**os.environ, **own, **more}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster") / "cluster")
    yield started
    started.stop()


def rows(lake: Path) -> dict[str, list[str]]:
    """Every table's rows, but those of ops, which tell of the run."""
    found = {}
    for log in sorted(lake.glob("*/*/*/_delta_log")):
        name = str(log.parent.relative_to(lake))
        if not name.startswith("governed/ops/"):
            table = DeltaTable(str(log.parent)).to_pyarrow_table()
            found[name] = sorted(map(repr, table.select(sorted(table.column_names)).to_pylist()))
    return found


def nights(city: Path, lake: Path, master: str) -> None:
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "run"]
    command += ["--landing", str(city / "landing"), "--lake", str(lake)]
    command += [a for d in DATES for a in ("--date", d)] + [a for s in SOURCES for a in ("--source", s)]
    done = subprocess.run(
        command, env=environment(RENDI_MASTER=master), capture_output=True, text=True, check=False, cwd=lake.parent
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_nights_on_two_workers_write_the_tables_of_nights_on_one_machine(cluster: Cluster, tmp_path: Path) -> None:
    city, alone, spread = tmp_path / "city", tmp_path / "alone", tmp_path / "spread"
    write(city, people=200, seed=5, days=2)
    nights(city, alone, "local[*]")
    # The same keys, or every identifier would differ.
    shutil.copy(tmp_path / "alone.keys.json", tmp_path / "spread.keys.json")
    nights(city, spread, cluster.url)
    found, wanted = rows(spread), rows(alone)
    assert found.keys() == wanted.keys()
    assert len(wanted["governed/master/person"]) > 150
    assert [name for name in wanted if found[name] != wanted[name]] == []
    # Both workers took part, and kept to themselves whom they read.
    assert len({log.parents[2] for log in cluster.logs()}) == 2
    assert [log for log in cluster.logs() if re.search(r"\d{17}[\dX]", log.read_text(encoding="utf-8"))] == []


def test_an_executor_tells_of_a_failed_task_without_its_text(cluster: Cluster) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILING],
        env=environment(RENDI_MASTER=cluster.url),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "SparkRuntimeException"
    told = "".join(log.read_text(encoding="utf-8") for log in cluster.logs())
    assert "Exception in task" in told
    assert VALUE not in told
