"""`rendi run` and `rendi unit` with a landing folder or a lake that is not there: said before anything is made."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sftp_server import served

from pipelines import cli
from pipelines.about import FORMAT
from pipelines.commands import night
from schemas.errors import RendiError

Call = Callable[..., str]


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """called(word, …) gives what the command said, with a lake that is never opened."""

    def refuse(_: object) -> None:
        raise RendiError("opened")

    monkeypatch.setattr(night, "open_lake", refuse)

    def call(*words: str) -> str:
        with pytest.raises(RendiError) as told:
            cli.app([*words, "--lake", str(tmp_path / "lake")], standalone_mode=False)
        assert list((tmp_path / "lake").glob("*")) in ([], [tmp_path / "lake" / "format.json"])
        assert not (tmp_path / "lake.keys.json").exists()
        return str(told.value)

    return call


@pytest.mark.parametrize("words", [("run",), ("unit", "land", "refine"), ("run", "--to", "land")])
def test_a_night_that_lands_needs_its_folder(called: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    typo, file = tmp_path / "typo", tmp_path / "file"
    file.write_text("x")
    for wrong in (str(typo), str(file), f"file://{typo}", "memory://typo"):
        told = called(*words, "--landing", wrong)
        assert f"there is no landing folder {wrong}" in told and "--landing" in told


def test_a_folder_on_a_server_is_looked_for_too(called: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path, monkeypatch) as server:
        assert f"there is no landing folder {server.url}: " in called("run", "--landing", server.url)
        (server.folder / "landing").mkdir()
        assert called("run", "--landing", server.url) == "opened"


def test_an_empty_folder_is_enough_and_a_server_that_is_down_is_left_to_its_sources(
    called: Call, tmp_path: Path
) -> None:
    for there in (str(tmp_path), f"file://{tmp_path}", "sftp://far.invalid/landing"):
        assert called("run", "--landing", there) == "opened"


@pytest.mark.parametrize(
    "words",
    [("run", "--from", "link"), ("unit", "refine"), ("unit", "land", "--source", "hr_social_insurance")],
)
def test_what_reads_no_file_of_a_department_needs_no_folder(
    called: Call, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "format.json").write_text(json.dumps({"format": FORMAT}))
    assert called(*words, "--landing", str(tmp_path / "typo")) == "opened"


@pytest.mark.parametrize("words", [("run", "--from", "link"), ("unit", "refine"), ("unit", "link", "protect")])
def test_only_what_lands_makes_a_lake(called: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert called(*words, "--landing", str(tmp_path)).startswith(f"there is no lake at {tmp_path / 'lake'}: ")
    assert called("unit", "land", "--landing", str(tmp_path)) == "opened"
    assert not (tmp_path / "lake").exists()
