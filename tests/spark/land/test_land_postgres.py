"""A department's table on a PostgreSQL server: one state of it, read side by side, day by day, or not at all."""

import datetime as dt
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

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
from schemas.errors import RendiError

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


def test_every_value_is_text_as_the_database_writes_it_in_the_citys_time(office: Office) -> None:
    office.change(
        "INSERT INTO insured VALUES ('A1', '44010619900101123X', '甲', NULL, '{养老,医疗}', 5000.50, '正常', "
        "'202603', '2026-03-02 15:30:00+00', true);"
    )
    (row,) = taken(office, Due(DAY))
    assert (row["kinds"], row["contribution_base"], row["employer_uscc"]) == ("{养老,医疗}", "5000.50", None)
    assert row["updated_at"] == "2026-03-02 23:30:00+08"
    assert (row["_row"], row["_file"], row["_extra"]) == (1, "insured", {"retired": "true"})


def test_a_days_rows_are_those_changed_by_then_or_with_no_readable_time(office: Office) -> None:
    moments = ["'2026-03-02 23:59:59+08'", "'2026-03-02 16:00:00+00'", "NULL", "'infinity'", "'2026-03-01 12:00+08'"]
    office.change("".join(insured(f"A{at}", moment) for at, moment in enumerate(moments)))
    assert sorted(row["account_no"] for row in taken(office, Due(DAY))) == ["A0", "A2", "A3", "A4"]
    assert sorted(row["account_no"] for row in taken(office, Due(DAY, since=DAY))) == ["A0", "A2", "A3"]


def test_a_time_that_is_text_is_judged_as_in_files(office: Office) -> None:
    texts = ["2026-03-02", "20260303", "2026年3月1日", "不详", "２０２６/０３/０２"]
    office.change("ALTER TABLE insured ALTER updated_at TYPE text USING updated_at::text;")
    office.change("".join(insured(f"A{at}", f"'{text}'") for at, text in enumerate(texts)))
    assert sorted(row["account_no"] for row in taken(office, Due(DAY))) == ["A0", "A2", "A3", "A4"]
    assert sorted(row["account_no"] for row in taken(office, Due(DAY, since=DAY))) == ["A0", "A3", "A4"]
    assert len(taken(office, Due(None))) == len(texts)


def test_a_large_table_is_read_side_by_side_each_row_once_and_numbered_alike(office: Office) -> None:
    office.change(MANY.replace("{0}", "60000"))
    due, spark = Due(DAY), office.lake.spark
    with Scratch() as scratch, jdbc.state(spark, office.contract, "nowhere") as database:
        assert read_jdbc.count(database, due) == 60_000
        frames = [read_jdbc.read(database, due, size) for size in (60_000, 1)]
        assert [frame.rdd.getNumPartitions() for frame in frames] == [spark.sparkContext.defaultParallelism, 1]
        shares = frames[0].groupBy(F.spark_partition_id()).count().collect()
        assert min(row["count"] for row in shares) > 60_000 / len(shares) / 2
        kept = [read_jdbc.number(frame, office.contract, scratch)[0] for frame in frames]
        named = F.concat_ws("|", "account_no", "_row")
        assert read_jdbc.identity(kept[0], named) == read_jdbc.identity(kept[1], named)
        numbers = kept[0].agg(F.min("_row"), F.max("_row"), F.countDistinct("_row")).collect()[0]
        assert tuple(numbers) == (1, 60_000, 60_000)


def test_rows_that_arrive_while_it_is_read_are_neither_counted_nor_read(office: Office) -> None:
    office.change(insured("A1", "'2026-03-02 08:00+08'"))
    due = Due(DAY)
    with jdbc.state(office.lake.spark, office.contract, "nowhere") as database:
        before = read_jdbc.count(database, due)
        office.change(insured("A2", "'2026-03-02 09:00+08'") + "DELETE FROM insured WHERE account_no = 'A1';")
        rows = read_jdbc.read(database, due, before)
        assert [row["account_no"] for row in rows.collect()] == ["A1"]
        assert read_jdbc.count(database, due) == before == 1
    assert [row["account_no"] for row in taken(office, due)] == ["A2"]


def test_a_table_is_landed_once_and_again_when_it_changed(office: Office) -> None:
    office.change(insured("A1", "'2026-03-01 08:00+08'") + insured("A2", "'2026-03-02 08:00+08'"))
    assert [(e.state, e.delivered) for e in office.night(DAY)] == [("landed", 2)]
    assert office.night(DAY) == []
    office.change(insured("A3", "'2026-03-02 09:00+08'"))
    office.night(DAY)
    assert sorted(office.entries()) == [(2, "accepted", 3), (2, "replaced", 2)]
    assert office.accounts("silver") == ["A1", "A2", "A3"]


@pytest.mark.parametrize("overlap", [None, 1])
def test_a_table_asked_again_for_its_date_gives_up_no_row_that_changed_past_midnight(
    office: Office, overlap: int | None
) -> None:
    contract = office.contract.model_copy(update={"overlap_days": overlap})
    office.change(insured("A1", "'2026-03-02 08:00+08'") + insured("A2", "'2026-03-02 09:00+08'"))
    office.night(DAY, contract)
    office.change(
        "UPDATE insured SET status = '退休', updated_at = '2026-03-03 00:30+08' WHERE account_no = 'A1';"
        + insured("A3", "'2026-03-02 23:00+08'")
    )
    assert office.night(DAY, contract) == []
    assert (office.entries(), office.accounts("silver")) == ([(2, "accepted", 2)], ["A1", "A2"])
    office.night(DAY + dt.timedelta(days=1), contract)
    assert office.accounts("silver") == ["A1", "A2", "A3"]
    # The date after it was taken: what the table shows now is not of this date any more.
    office.change("UPDATE insured SET updated_at = '2026-03-01 08:00+08';")
    assert office.night(DAY, contract) == []
    assert [state for _, state, _ in office.entries()] == ["accepted", "accepted"]


def test_a_key_with_several_rows_keeps_each_of_them(office: Office) -> None:
    office.change("ALTER TABLE insured DROP CONSTRAINT insured_pkey;")
    office.change(insured("A1", "'2026-03-01 08:00+08'") + insured("A1", "'2026-03-02 08:00+08'", "中断"))
    office.night(DAY)
    office.change("UPDATE insured SET updated_at = '2026-03-03 00:30+08' WHERE status = '中断'")
    assert office.night(DAY) == []


def test_a_full_table_holds_what_changed_past_midnight_and_only_what_is_deleted_is_removed(office: Office) -> None:
    contract = office.contract.model_copy(update={"mode": "full", "overlap_days": None})
    office.change(insured("A1", "'2026-03-02 08:00+08'") + insured("A2", "'2026-03-01 08:00+08'"))
    office.night(DAY, contract)
    office.change("UPDATE insured SET status = '退休', updated_at = '2026-03-04 00:30+08' WHERE account_no = 'A1';")
    office.night(DAY + dt.timedelta(days=1), contract)
    assert office.entries() == [(2, "accepted", 2), (3, "accepted", 2)]
    assert office.accounts("silver") == ["A1", "A2"]
    office.change("DELETE FROM insured WHERE account_no = 'A2';")
    assert office.night(DAY + dt.timedelta(days=1), contract) == [], "the next date removes it"
    office.night(DAY + dt.timedelta(days=2), contract)
    assert office.accounts("silver") == ["A1"]


def test_with_an_overlap_a_night_takes_what_changed_and_what_came_late_and_nothing_twice(office: Office) -> None:
    contract = office.contract.model_copy(update={"overlap_days": 2})
    office.change("".join(insured(f"A{n}", f"'2026-0{n}-01 08:00+08'") for n in (1, 2, 3)) + insured("A0", "NULL"))
    office.night(DAY, contract)
    # A4 was written on the day before the last night, but committed after it.
    office.change(
        insured("A4", "'2026-03-01 12:00+08'")
        + insured("A5", "'2026-03-03 08:00+08'")
        + "UPDATE insured SET status = '退休', updated_at = '2026-03-03 09:00+08' WHERE account_no = 'A1';"
        + "UPDATE insured SET status = '中断' WHERE account_no = 'A2';"  # long ago, by its own time: nobody asks for it
    )
    third = DAY + dt.timedelta(days=1)
    office.night(third, contract)
    assert office.entries() == [(2, "accepted", 4), (3, "accepted", 3)]
    assert office.accounts("bronze") == ["A0", "A1", "A1", "A2", "A3", "A4", "A5"]
    states = {r["account_no"]: r["status"] for r in office.lake.read("silver/hr_social_insurance").collect()}
    assert states == {"A1": "退休", "A2": "正常", "A3": "正常", "A4": "正常", "A5": "正常"}
    assert office.night(third, contract) == []
    # Later on the same day the delivery is all that is new since the day before, not what is new since the morning.
    office.change(insured("A6", "'2026-03-03 20:00+08'"))
    office.night(third, contract)
    assert sorted(office.entries())[1:] == [(3, "accepted", 4), (3, "replaced", 3)]
    assert office.accounts("silver") == ["A1", "A2", "A3", "A4", "A5", "A6"]
    office.night(third + dt.timedelta(days=1), contract)
    assert office.entries()[-1] == (4, "skipped", 0)


def test_a_row_without_a_time_that_changes_back_is_a_change_again(office: Office) -> None:
    contract = office.contract.model_copy(update={"overlap_days": 1})
    office.change(insured("A1", "NULL", "正常") + insured("A2", "'2026-03-02 08:00+08'"))
    for after, status in enumerate(("正常", "中断", "正常", "正常")):
        office.change(f"UPDATE insured SET status = '{status}' WHERE account_no = 'A1'")
        office.night(DAY + dt.timedelta(days=after), contract)
    assert office.entries() == [(2, "accepted", 2), (3, "accepted", 1), (4, "accepted", 1), (5, "skipped", 0)]


class Proxy:
    """Forwards connections to the server, and cuts the first one that brought more than `limit` bytes from it."""

    def __init__(self, port: int, limit: int) -> None:
        self.target, self.limit, self.cuts = port, limit, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                inner, _ = self.listener.accept()
            except OSError:
                return
            outer = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._forward, args=(inner, outer, None), daemon=True).start()
            threading.Thread(target=self._forward, args=(outer, inner, self.limit), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, limit: int | None) -> None:
        seen = 0
        with suppress(OSError):
            while data := source.recv(1 << 16):
                seen += len(data)
                if limit is not None and seen > limit and self.cuts == 0:
                    self.cuts += 1
                    break
                target.sendall(data)
        for one in (source, target):
            # To close a socket on which another thread waits tells the other side nothing.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_is_cut_in_mid_read_leaves_nothing_and_the_next_run_lands_it_whole(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    office.change(MANY.replace("{0}", "60000"))
    proxy = Proxy(office.server.port, 1_000_000)
    contract = office.contract.model_copy(update={"url": f"jdbc:postgresql://127.0.0.1:{proxy.port}/postgres"})
    with pytest.raises(RendiError, match=r"cannot be read \(PSQLException, SQLSTATE 08006\)"):
        land(office.lake, contract, "nowhere", DAY, {})
    assert proxy.cuts == 1
    assert not office.lake.exists("bronze/hr_social_insurance") and office.entries() == []
    (entry,) = land(office.lake, contract, "nowhere", DAY, {})
    proxy.listener.close()
    assert (entry.state, entry.delivered) == ("landed", 60_000)
    assert office.lake.read("bronze/hr_social_insurance").select("account_no").distinct().count() == 60_000
    told = capfd.readouterr()
    assert PASSWORD not in told.out + told.err and "44010619900101123X" not in told.out + told.err


def terminator(server: Server, marked: str) -> Callable[[], list[str]]:
    """Ends the first backend of Rendi that works on a query with such a word; gives how many were ended."""
    ended: list[str] = []

    def watch() -> None:
        for _ in range(1000):
            ended.append(
                server.run(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'rendi' "
                    f"AND state = 'active' AND query LIKE '%{marked}%'"
                )
            )
            if ended[-1] != "0":
                return

    thread = threading.Thread(target=watch)
    thread.start()

    def end() -> list[str]:
        thread.join()
        return ended

    return end


def test_a_backend_that_is_ended_in_mid_read_leaves_nothing(office: Office) -> None:
    office.change(MANY.replace("{0}", "200"))
    office.change("CREATE VIEW slow AS SELECT *, pg_sleep(0.02)::text AS slept FROM insured;")
    contract = office.contract.model_copy(update={"table": "slow"})
    end = terminator(office.server, "slept")
    with pytest.raises(RendiError, match="SQLSTATE 57P01"):
        land(office.lake, contract, "nowhere", DAY, {})
    assert end()[-1] != "0"
    assert not office.lake.exists("bronze/hr_social_insurance") and office.entries() == []
    (entry,) = land(office.lake, office.contract, "nowhere", DAY, {})
    assert entry.delivered == 200


@pytest.mark.parametrize(
    ("change", "table", "said"),
    [
        ({"PASSWORD": "another-secret"}, "insured", "SQLSTATE 28P01"),
        ({"": "jdbc:postgresql://127.0.0.1:1/postgres?password=another-secret"}, "insured", "SQLSTATE 08001"),
        ({}, "nothing", "table 'nothing' is not there"),
    ],
)
def test_a_database_that_does_not_answer_is_told_without_its_secrets(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    change: dict[str, str],
    table: str,
    said: str,
) -> None:
    for name, value in change.items():
        monkeypatch.setenv("_".join(filter(None, [jdbc.variable(INSURANCE), name])), value)
    with pytest.raises(RendiError, match=said) as caught:
        land(office.lake, office.contract.model_copy(update={"table": table}), "nowhere", DAY, {})
    told = capfd.readouterr()
    everything = str(caught.value) + told.out + told.err
    assert "secret" not in everything and PASSWORD not in everything and "Traceback" not in everything


def test_a_missing_column_is_refused_with_the_nearest(office: Office) -> None:
    office.change("ALTER TABLE insured RENAME kinds TO kind")
    with pytest.raises(RendiError, match=r"column '参保险种' \(kinds\) is missing; did you mean 'kind'"):
        taken(office, Due(DAY))
