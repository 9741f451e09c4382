"""A lake of another format is refused in one sentence, by who writes and by who reads."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import about, state
from pipelines.cli import app
from pipelines.maintenance import maintain
from schemas.errors import RendiError

OLD = "is a lake of format 1, this Rendi writes format 2: use the Rendi that made it, or run anew into an empty folder"
READERS = [
    ("status",),
    ("status", "--days", "3"),
    ("sql", "SELECT 1"),
    ("explain", "person", "P1"),
    ("lineage", "master_person.sex"),
    ("delivery", "list"),
    ("quarantine", "list"),
    ("quarantine", "show", "tax_payer", "20260302-a/a.csv:1"),
    ("portal", "push"),
    ("keys", "backup", "ring.json"),
]
WRITERS = [
    ("run", "--landing", "."),
    ("unit", "refine"),
    ("maintain",),
    ("quarantine", "replay", "tax_payer"),
    ("delivery", "accept", "20260302-a", "--reason", "x"),
    ("pin", "person", "P1", "name", "", "--reason", "x"),
]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mark of a lake, and nothing else."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "lake"
    root.mkdir()
    (root / "format.json").write_text(json.dumps({"format": 1}))
    return root


@pytest.mark.parametrize("words", [*READERS, *WRITERS])
def test_every_command_refuses_a_lake_of_another_format(lake: Path, words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, [*words, "--lake", str(lake)]).exception
    assert isinstance(told, RendiError) and str(told).startswith(f"{lake} {OLD}")
    assert [p.name for p in lake.iterdir()] == ["format.json"]


def test_doctor_says_that_it_is_of_another_format(lake: Path) -> None:
    told = CliRunner().invoke(app, ["doctor", "--json", "--lake", str(lake)])
    (found,) = [row for row in json.loads(told.stdout) if row["what"] == "lake"]
    assert told.exit_code == 1 and found["fine"] == "NO" and found["say"].startswith(f"{lake} {OLD}")


def test_a_lake_of_this_format_is_read_and_written(lake: Path) -> None:
    (lake / "format.json").write_text(json.dumps({"format": about.FORMAT}))
    state.require(str(lake))
    about.create(str(lake))
    assert state.status(str(lake))["masters"] == {} and maintain(str(lake), [], keep_days=0) == []


def test_a_damaged_mark_is_one_sentence(lake: Path) -> None:
    (lake / "format.json").write_text('{"form')
    for opened in (state.require, about.create):
        with pytest.raises(RendiError, match=r"format\.json is damaged: put it back from the lake's backup"):
            opened(str(lake))
