"""A real PostgreSQL server of this machine, for tests that need one."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

PASSWORD = "not-for-any-log"


@dataclass(frozen=True)
class Server:
    """A private PostgreSQL cluster on a free port of this machine."""

    programs: Path
    port: int

    def run(self, statements: str, database: str = "postgres") -> str:
        """What psql says to statements."""
        command = [self.programs / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port)]
        said = subprocess.run(
            [*command, "-U", "rendi", "-d", database],
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


@contextmanager
def started() -> Iterator[Server]:
    """A server with a superuser `rendi`, until the end of the block."""
    here, folder = programs(), Path(tempfile.mkdtemp(prefix="rendi-postgres-"))
    port = free_port()
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
