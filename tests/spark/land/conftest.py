"""A department's table on a PostgreSQL server of this machine, and the lake that asks for it."""

import datetime as dt
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines import about
from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.land import jdbc, read_jdbc
from pipelines.land.land import land
from pipelines.land.read_jdbc import Due
from pipelines.nightly import refined_by
from pipelines.protect.keyring import Key, KeyRing
from pipelines.refine.refine import refine
from pipelines.scratch import Scratch
from schemas import contract as contracts
from schemas.contract import Contract

INSURANCE = contracts.load("hr_social_insurance")
PASSWORD = "not-for-any-log"
DAY = dt.date(2026, 3, 2)
KEYS = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"c" * 16),))
TABLE = """
CREATE TABLE insured (account_no text PRIMARY KEY, id_number text, name text, employer_uscc text, kinds text[],
  contribution_base numeric(10,2), status text, paid_through text, updated_at timestamptz, retired boolean);
"""
MANY = """
INSERT INTO insured SELECT 'A' || n, '44010619900101123X', '甲', NULL, '{养老,医疗}', n, '正常', '202603',
  '2026-03-02 08:00+08', n % 2 = 0 FROM generate_series(1, {0}) AS n;
"""


@dataclass(frozen=True)
class Server:
    """A private PostgreSQL cluster on a free port of this machine."""

    programs: Path
    port: int

    def run(self, statements: str) -> str:
        """What psql says to statements."""
        command = [self.programs / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port)]
        said = subprocess.run(
            [*command, "-U", "rendi", "-d", "postgres"],
            input=statements,
            env={**os.environ, "PGPASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        return said.stdout.strip()

    @property
    def url(self) -> str:
        """Its address for JDBC."""
        return f"jdbc:postgresql://127.0.0.1:{self.port}/postgres"


def programs() -> Path:
    """Where PostgreSQL's programs lie; Debian puts them on nobody's PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("pg_ctl")
    if not found and not on_path:
        pytest.fail("these tests need a PostgreSQL server: install it (Debian: apt-get install postgresql)")
    return (found[-1] if found else Path(str(on_path)).resolve()).parent


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    here, folder = programs(), Path(tempfile.mkdtemp(prefix="rendi-postgres-"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    as_other: list[str] = []
    if os.getuid() == 0:
        # PostgreSQL refuses to run as root.
        known = {one.pw_name for one in pwd.getpwall()}
        account = pwd.getpwnam("postgres" if "postgres" in known else "nobody")
        as_other = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--"]
        for path in (folder, folder / "password"):
            os.chown(path, account.pw_uid, account.pw_gid)

    def call(program: str, *arguments: str) -> None:
        # A server that inherits a pipe would keep whoever reads it waiting.
        with (folder / "said").open("ab") as said:
            done = subprocess.run(
                [*as_other, here / program, *arguments], stdout=said, stderr=said, cwd=folder, check=False
            )
        assert done.returncode == 0, (folder / "said").read_text()

    cluster = str(folder / "cluster")
    call("initdb", "-D", cluster, "-U", "rendi", "-A", "scram-sha-256", f"--pwfile={folder}/password", "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync")  # fmt: skip
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=32MB"
    call("pg_ctl", "-D", cluster, "-w", "-o", options, "-l", f"{folder}/log", "start")
    yield Server(here, port)
    call("pg_ctl", "-D", cluster, "-w", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Office:
    """The social insurance office: its table on the server, and the lake that asks for it."""

    server: Server
    lake: Lake
    contract: Contract

    def change(self, statements: str) -> None:
        """Change the table."""
        self.server.run(statements)

    def night(self, day: dt.date, contract: Contract | None = None) -> list[Entry]:
        """Land and refine; the entries that land gave."""
        contract = contract or self.contract
        landed = land(self.lake, contract, "nowhere", day, {})
        refine(self.lake, refined_by(contract, KEYS), day)
        return landed

    def entries(self) -> list[tuple[int, str, int]]:
        """Day, state and delivered rows of every delivery."""
        return [(e.date.day, e.state, e.delivered) for e in Journal(self.lake, self.contract.source).entries()]

    def accounts(self, zone: str) -> list[str]:
        """The account numbers in a table of the lake."""
        rows = self.lake.read(f"{zone}/{self.contract.source}").select("account_no").collect()
        return sorted(row["account_no"] for row in rows)


@pytest.fixture
def office(server: Server, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    server.run(TABLE)
    variable = jdbc.variable(INSURANCE)
    monkeypatch.setenv(f"{variable}_USER", "rendi")
    monkeypatch.setenv(f"{variable}_PASSWORD", PASSWORD)
    contract = INSURANCE.model_copy(update={"url": server.url, "table": "insured"})
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    yield Office(server, lake, contract)
    server.run("DROP TABLE insured CASCADE")


def insured(account: str, updated_at: str, status: str = "正常") -> str:
    return (
        "INSERT INTO insured (account_no, id_number, name, status, updated_at) VALUES "
        f"('{account}', '44010619900101123X', '甲', '{status}', {updated_at});"
    )


def taken(office: Office, due: Due, contract: Contract | None = None) -> list[Any]:
    """The rows of a table as they are numbered; fails where the database counts otherwise."""
    with (
        Scratch() as scratch,
        jdbc.state(office.lake.spark, contract or office.contract, "nowhere") as database,
    ):
        size = read_jdbc.count(database, due)
        rows, counted = read_jdbc.number(read_jdbc.read(database, due, size), office.contract, scratch)
        found = rows.orderBy("_row").collect()
    assert len(found) == counted == size
    return found
