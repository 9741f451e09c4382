"""What lies in the landing folder and no contract claims."""

import datetime as dt
import json
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from paramiko import SSHException

from pipelines.about import FORMAT
from pipelines.commands import night
from pipelines.land import folder
from pipelines.land.strays import strays
from pipelines.settings import Settings
from schemas import contract
from schemas.errors import RendiError

CONTRACTS = [contract.load(s) for s in ("market_penalty", "market_register", "hr_social_insurance")]


def put(landing: Path, *names: str) -> None:
    for name in names:
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_text("x")


def found(landing: Path) -> dict[str, str]:
    return {str(Path(one.path).relative_to(landing)): one.reason for one in strays(str(landing), CONTRACTS)}


def test_what_a_night_takes_now_or_later_is_no_stray(tmp_path: Path) -> None:
    soon = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=300)
    put(tmp_path, "market_penalty/market_penalty_20260302.csv", f"market_penalty/market_penalty_{soon:%Y%m%d}_2.csv.gz")
    assert strays(str(tmp_path), CONTRACTS) == []


def test_a_file_that_is_dated_years_ahead_is_a_stray(tmp_path: Path) -> None:
    put(tmp_path, "market_penalty/market_penalty_20260302.csv", "market_penalty/market_penalty_20620302.csv")
    told = {"market_penalty/market_penalty_20620302.csv": "is dated more than a year ahead, and waits for that night"}
    assert [reason.startswith(told[path]) for path, reason in found(tmp_path).items()] == [True]


def test_a_protocol_that_is_not_known_is_said_with_the_nearest() -> None:
    with pytest.raises(RendiError, match=r"'sfpt://' is not known; did you mean 'sftp'\?"):
        folder.require("sfpt://files.city.internal/landing")
    (one,) = strays("sfpt://files.city.internal/landing", CONTRACTS)
    assert "'sfpt://' is not known" in one.reason


@pytest.mark.parametrize(
    ("landing", "said"),
    [
        ("git://city/landing", "install it into .venv"),
        ("zip://::{file}", "cannot be read as a landing folder (BadZipFile)"),
        ("sftp:///landing", "cannot be read as a landing folder (TypeError)"),
        ("sftp://server:port/landing", "cannot be read as a landing folder (ValueError)"),
        ("sftp://city:another-secret@[::1/landing", "sftp://[::1/landing cannot be read as a landing folder"),
        ("simplecashe::file://{file}", "cannot be read as a landing folder (ValueError)"),
        ("data://landing", "cannot be read as a landing folder (ValueError)"),
    ],
)
def test_an_address_that_cannot_be_read_is_one_sentence_for_the_night_and_at_its_end(
    tmp_path: Path, landing: str, said: str
) -> None:
    (tmp_path / "file").write_text("no ZIP file")
    landing = landing.format(file=tmp_path / "file")
    with pytest.raises(RendiError) as told:
        folder.require(landing)
    assert said in str(told.value) and "--landing" in str(told.value) and "secret" not in str(told.value)
    (one,) = strays(landing, CONTRACTS)
    assert one.reason == str(told.value) and "secret" not in one.path


def test_a_misspelt_folder_is_one_stray_with_the_nearest_right_word(tmp_path: Path) -> None:
    put(tmp_path, "market_penalti/market_penalty_20260302.csv", "market_penalti/market_penalty_20260303.csv")
    reason = "is no source's folder, and its 2 files are not taken; did you mean 'market_penalty'?"
    assert strays(str(tmp_path), CONTRACTS) == [(str(tmp_path / "market_penalti"), reason)]


def test_a_file_that_follows_no_pattern_is_a_stray(tmp_path: Path) -> None:
    put(tmp_path, "market_penalty/penalties.csv", "market_penalty/market_penalty_20260231.csv", "zz/other.csv")
    told = found(tmp_path)
    assert "is not named market_penalty_<YYYYMMDD>" in told["market_penalty/penalties.csv"]
    assert "no day of the calendar" in told["market_penalty/market_penalty_20260231.csv"]
    assert told["zz"] == "is no source's folder, and its only file is not taken"


def test_a_file_beside_the_folders_is_told_where_it_belongs(tmp_path: Path) -> None:
    put(tmp_path, "market_register_20260302.csv", "list.xlsx")
    told = found(tmp_path)
    assert told["market_register_20260302.csv"] == "lies in no source's folder: move it into market_register/"
    assert "deliveries are <source>/<source>_<YYYYMMDD>" in told["list.xlsx"]


def test_readmes_and_hidden_files_are_no_strays(tmp_path: Path) -> None:
    put(tmp_path, "README.md", ".DS_Store", ".snapshot/old.csv", "market_penalty/readme.md", "market_penalty/.x.csv")
    put(tmp_path, "notes/README.md", "notes/.hidden/list.csv")
    (tmp_path / "empty").mkdir()
    assert strays(str(tmp_path), CONTRACTS) == []


def test_a_landing_folder_may_itself_lie_in_a_hidden_one(tmp_path: Path) -> None:
    put(tmp_path / ".city" / "landing", "list.xlsx")
    assert len(strays(str(tmp_path / ".city" / "landing") + "/", CONTRACTS)) == 1


def test_the_database_of_a_jdbc_source_is_no_stray_but_a_file_in_its_folder_is(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    put(landing, "hr.sqlite", "hr.sqlite-wal", "hr_social_insurance/hr_social_insurance_20260302.csv")
    told = {"hr_social_insurance/hr_social_insurance_20260302.csv": "is a file, and hr_social_insurance is read from"}
    assert [reason.startswith(told[path]) for path, reason in found(landing).items()] == [True]
    (tmp_path / "link").symlink_to(landing)
    assert len(strays(str(tmp_path / "link"), CONTRACTS)) == 1


def test_the_environment_may_say_where_the_database_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDI_JDBC_HR_SOCIAL_INSURANCE", "jdbc:sqlite:{landing}/hr/people.db")
    put(tmp_path, "hr/people.db", "hr.sqlite")
    assert list(found(tmp_path)) == ["hr.sqlite"]


@pytest.mark.parametrize("error", [PermissionError, SSHException])
def test_what_cannot_be_opened_is_said_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    put(tmp_path, "closed/a.csv", "list.xlsx")
    listed, closed = LocalFileSystem.ls, "closed"

    def ls(self: LocalFileSystem, path: str, *args: object, **options: object) -> list:
        if path.endswith(closed):
            raise error(path)
        return listed(self, path, *args, **options)

    monkeypatch.setattr(LocalFileSystem, "ls", ls)
    assert found(tmp_path)["closed"] == f"cannot be opened ({error.__name__})"
    assert len(found(tmp_path)) == 2
    closed = str(tmp_path)
    assert found(tmp_path) == {".": f"cannot be opened ({error.__name__})"}


def test_any_fsspec_url_will_do_and_one_that_is_not_there_has_none(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe("/strays/market_penalti/a.csv", b"x")
    assert [path for path, _ in strays("memory://strays", CONTRACTS)] == ["memory:///strays/market_penalti"]
    assert strays(str(tmp_path / "nowhere"), CONTRACTS) == []


def test_a_run_ends_with_what_was_not_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / "format.json").write_text(json.dumps({"format": FORMAT}))
    put(tmp_path / "landing", "tax_payers/tax_payer_20260302.jsonl")
    chosen = Settings(landing=str(tmp_path / "landing"), lake=str(lake))
    night._summary(chosen, {dt.date(2026, 3, 2)}, landed=True)
    said = capsys.readouterr().out
    assert said.index("Masters") < said.index("Not taken") < said.index("Where to look next")
    assert "did you mean 'tax_payer'?" in " ".join(said.split())
    night._summary(chosen, {dt.date(2026, 3, 2)}, landed=False)
    assert "Not taken" not in capsys.readouterr().out
