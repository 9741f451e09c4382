"""`rendi portal push` as a scheduler calls it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog.exports import checksums
from pipelines.about import FORMAT
from pipelines.cli import app
from schemas.errors import RendiError


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RENDI_PORTAL", raising=False)
    version = tmp_path / "lake" / "open" / "307" / "2026-03-02"
    version.mkdir(parents=True)
    (tmp_path / "lake" / "format.json").write_text(json.dumps({"format": FORMAT}), encoding="utf-8")
    (version / "companies.csv").write_text("name\n", encoding="utf-8")
    checksums.write(version, ["companies.csv"])
    return tmp_path / "lake"


def test_without_a_place_it_says_so_and_ends_as_skipped(lake: Path) -> None:
    told = CliRunner().invoke(app, ["portal", "push", "--lake", str(lake)])
    assert told.exit_code == 99
    assert "no portal is set" in told.output


def test_the_place_may_be_a_setting(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDI_PORTAL", str(lake.parent / "portal"))
    told = CliRunner().invoke(app, ["portal", "push", "--lake", str(lake)])
    assert told.exit_code == 0, told.output
    assert (lake.parent / "portal" / "307" / "2026-03-02" / "companies.csv").read_text(encoding="utf-8") == "name\n"


def test_a_place_that_does_not_answer_is_one_sentence_without_its_password(lake: Path) -> None:
    told = CliRunner().invoke(app, ["portal", "push", "--lake", str(lake), "--to", "ftp://me:secret@127.0.0.1:1/open"])
    assert isinstance(told.exception, RendiError)
    assert str(told.exception).startswith("ftp://127.0.0.1:1/open: ")
    assert "secret" not in str(told.exception)
