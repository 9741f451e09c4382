"""What docs/judge-a-match.md tells a steward to run does what it says."""

import datetime as dt
import json
import re
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from pipelines import decisions
from pipelines.about import FORMAT
from pipelines.cli import app
from pipelines.link.decisions import decide
from schemas.errors import RendiError

PAGE = (Path(__file__).parents[3] / "docs" / "judge-a-match.md").read_text(encoding="utf-8")
LOOK, JUDGE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(ALIASES,) = re.findall(r"```\n(number,same_as.*?)```", PAGE, re.DOTALL)
FIRST, SECOND = ("0f4b…", "self"), ("93c1…", "self")


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "format.json").write_text(json.dumps({"format": FORMAT}))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "lake"


def read(lake: Path, table: str, *columns: str) -> list[tuple]:
    """As `link` reads a decision table, without Spark."""
    return [tuple(row[c] for c in columns) for row in decisions.decided(str(lake), table)]


def judgements(lake: Path) -> list[tuple]:
    return read(lake, "judgement", "subject", "record_a", "role_a", "record_b", "role_b", "verdict")


def test_a_judgement_is_kept_with_night_and_reason_and_reaches_link(lake: Path) -> None:
    exec(JUDGE)
    row = decisions.decided(str(lake), "judgement")[0]
    assert row["night"] == dt.date(2026, 3, 5) and "household office" in row["reason"]
    assert decide([], judgements(lake)).different == ((FIRST, SECOND),)
    exec(JUDGE.replace('"different"', '"unsure"'))
    assert decide([], judgements(lake)).different == ()


def test_an_alias_is_kept_and_an_empty_one_takes_it_back(lake: Path) -> None:
    withdrawn = ALIASES.replace(",110105194912310038,", ",,")
    for text, stands in ((ALIASES, {"11010519491231002X": "110105194912310038"}), (withdrawn, {})):
        Path("aliases.csv").write_text(text, encoding="utf-8")
        assert CliRunner().invoke(app, ["alias", "take", "aliases.csv", "--lake", "lake"]).exit_code == 0
        assert decide(read(lake, "alias", "number", "same_as"), []).aliases == stands


def test_a_misspelt_verdict_is_refused_with_the_right_word(lake: Path) -> None:
    exec(JUDGE)
    with pytest.raises(RendiError, match="did you mean 'different'"):
        exec(JUDGE.replace('"different"', '"diferent"'))
    assert [row[-1] for row in judgements(lake)] == ["different"]


def test_the_page_shows_conflicts_of_present_records(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["conflict", "spine", "name", "former_name", "source", "role", "record_id", "person_id", "left_on"]
    rows = [
        ["重号", "id_number:1", "王强", None, "police_household", "self", "r1", "P1", None],
        [None, "id_number:2", "张伟", None, "police_household", "self", "r2", "P2", None],
        ["重号", "id_number:1", "赵敏", None, "tax_payer", "trader", "r3", "P3", dt.date(2026, 3, 1)],
    ]
    columns = {
        n: pa.array([r[i] for r in rows], pa.date32() if n == "left_on" else pa.string()) for i, n in enumerate(names)
    }
    deltalake.write_deltalake(str(lake / "restricted/link/person_record"), pa.table(columns))
    exec(LOOK)
    said = capsys.readouterr().out
    assert "王强" in said and "张伟" not in said and "赵敏" not in said


def test_without_a_lake_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match="there is no lake"):
        exec(JUDGE)
    assert list(tmp_path.iterdir()) == []
