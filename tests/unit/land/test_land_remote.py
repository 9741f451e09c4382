"""A landing folder on an SFTP server: files are fetched whole or not at all."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sftp_server import BODY, SECRET, Files, Server, served

from pipelines.land import remote
from pipelines.land.discover import deliveries
from pipelines.land.folder import opened, require
from pipelines.land.strays import strays
from schemas import contract as contracts
from schemas.errors import RendiError

PENALTY = contracts.load("market_penalty")
DAY = date(2026, 3, 3)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with served(tmp_path, monkeypatch) as one:
        yield one


def fetch(server: Server, tmp_path: Path) -> list[tuple[int, list[str]]]:
    """Day and parts of the deliveries after a fetch."""
    here = remote.fetched(server.url, PENALTY, DAY, tmp_path / "here")
    found = deliveries(here, PENALTY, DAY)
    for delivery in found:
        for part in delivery.parts:
            assert Path(part.path).read_bytes() == (server.folder / "landing/market_penalty" / part.name).read_bytes()
    return [(delivery.date.day, [part.name for part in delivery.parts]) for delivery in found]


def test_files_are_fetched_once_and_again_when_they_changed(server: Server, tmp_path: Path) -> None:
    server.put("market_penalty_20260302.csv")
    server.put("market_penalty_20260304.csv")  # of a later night
    assert fetch(server, tmp_path) == [(2, ["market_penalty_20260302.csv"])]
    sent = Files.sent
    assert fetch(server, tmp_path) == [(2, ["market_penalty_20260302.csv"])]
    assert Files.sent - sent < len(BODY)
    server.put("market_penalty_20260302.csv", BODY + b"2\n")
    assert fetch(server, tmp_path) == [(2, ["market_penalty_20260302.csv"])]


def test_the_address_may_name_the_account(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put("market_penalty_20260302.csv")
    monkeypatch.setenv("RENDI_SFTP_USER", "somebody")
    url = server.url.replace("//", "//city@")
    assert deliveries(remote.fetched(url, PENALTY, DAY, tmp_path / "here"), PENALTY, DAY)


def test_a_file_that_is_taken_away_over_there_is_no_delivery_any_more(server: Server, tmp_path: Path) -> None:
    path = server.put("market_penalty_20260302.csv")
    fetch(server, tmp_path)
    path.unlink()
    assert fetch(server, tmp_path) == []


def test_what_is_still_being_written_is_left_for_the_next_run_with_its_whole_day(
    server: Server, tmp_path: Path
) -> None:
    server.put("market_penalty_20260302.csv")
    server.put("market_penalty_20260303_1.csv")
    growing, done = server.put("market_penalty_20260303_2.csv"), threading.Event()

    def write() -> None:
        with growing.open("ab") as file:
            while not done.is_set():
                file.write(b"2\n")
                file.flush()
                time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    assert fetch(server, tmp_path) == [(2, ["market_penalty_20260302.csv"])]
    done.set()
    writer.join()
    assert fetch(server, tmp_path) == [
        (2, ["market_penalty_20260302.csv"]),
        (3, ["market_penalty_20260303_1.csv", "market_penalty_20260303_2.csv"]),
    ]


def test_a_connection_that_is_lost_leaves_no_half_file(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server.put("market_penalty_20260302.csv")
    monkeypatch.setattr(Files, "cut", 100_000)
    with pytest.raises(RendiError, match=r"the landing folder at 127.0.0.1 cannot be read \("):
        fetch(server, tmp_path)
    assert deliveries(str(tmp_path / "here"), PENALTY, DAY) == []
    monkeypatch.setattr(Files, "cut", None)
    assert fetch(server, tmp_path) == [(2, ["market_penalty_20260302.csv"])]
    told = capfd.readouterr()
    assert "Traceback" not in told.out + told.err


def test_what_no_contract_claims_is_said_of_a_server_too(server: Server) -> None:
    server.put("market_penalty_20260302.csv")
    server.put("market_penalty_2026.csv")
    (found,) = strays(server.url, [PENALTY])
    assert found.path.startswith("sftp://") and "is not named" in found.reason


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("RENDI_SFTP_PASSWORD", "another-secret", "cannot be read (AuthenticationException)"),
        ("RENDI_SFTP_KNOWN_HOSTS", "/dev/null", "shows a key that null does not hold"),
    ],
)
def test_a_server_is_not_asked_by_whom_it_does_not_know_nor_when_it_is_not_known(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    server.put("market_penalty_20260302.csv")
    monkeypatch.setenv(variable, value)
    with pytest.raises(RendiError) as caught:
        fetch(server, tmp_path)
    assert [(one.path, one.reason) for one in strays(server.url, [PENALTY])] == [("127.0.0.1", str(caught.value))]
    # The night begins all the same: others are asked elsewhere.
    require(server.url)
    assert said in str(caught.value) and "secret" not in str(caught.value) and SECRET not in str(caught.value)


@pytest.mark.parametrize("protocol", ["sftp", "ftp"])
def test_a_server_that_is_down_is_one_sentence_and_asked_again_by_the_next_run(tmp_path: Path, protocol: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"{protocol}://127.0.0.1:{closed.getsockname()[1]}/landing"
        for _ in range(2):
            with pytest.raises(RendiError, match="cannot be read") as told:
                remote.fetched(url, PENALTY, DAY, tmp_path)
        # The night that the sources failed in closes all the same.
        assert strays(url, [PENALTY]) == [("127.0.0.1", str(told.value))]
        assert "is the server up" in str(told.value)


def test_a_connection_that_ended_since_is_made_anew(server: Server, tmp_path: Path) -> None:
    server.put("market_penalty_20260302.csv")
    fetch(server, tmp_path)
    files, _ = opened(server.url)
    files.ftp.get_channel().get_transport().close()
    assert fetch(server, tmp_path) == [(2, ["market_penalty_20260302.csv"])]


def test_a_server_that_says_nothing_is_not_taken_for_an_empty_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("market_penalty_20260302.csv")
    fetch(server, tmp_path)

    def silent(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(type(opened(server.url)[0]), "info", silent)
    with pytest.raises(RendiError, match="cannot be read \\(TimeoutError\\)") as told:
        fetch(server, tmp_path)
    assert strays(server.url, [PENALTY]) == [("127.0.0.1", str(told.value))]
    assert [p.name for p in (tmp_path / "here" / "market_penalty").iterdir()] == ["market_penalty_20260302.csv"]


def test_a_password_in_the_address_is_refused_without_being_repeated(tmp_path: Path) -> None:
    with pytest.raises(RendiError, match="holds a password") as caught:
        remote.fetched("sftp://city:another-secret@127.0.0.1/landing", PENALTY, DAY, tmp_path)
    assert "secret" not in str(caught.value)


def test_a_local_landing_folder_is_read_where_it_lies(tmp_path: Path) -> None:
    assert remote.fetched(str(tmp_path), PENALTY, DAY, tmp_path / "here") == str(tmp_path)
    assert not (tmp_path / "here").exists()
