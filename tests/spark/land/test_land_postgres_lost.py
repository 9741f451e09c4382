"""A PostgreSQL server that is lost in mid-read or does not answer: no half delivery, and no secret in what is said."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from pipelines.land import jdbc
from pipelines.land.land import land
from schemas.errors import RendiError
from tests.postgres import PASSWORD, Server
from tests.spark.land.conftest import DAY, INSURANCE, MANY, Office


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
