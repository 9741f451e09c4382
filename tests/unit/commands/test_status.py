"""`rendi status` of nights that never ran."""

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import figures
from pipelines.cli import app
from pipelines.deliveries import Entry
from schemas.errors import RendiError


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "format.json").write_text("{}")
    return tmp_path


def night(lake: Path, number: int) -> None:
    """A night that took a delivery."""
    date = dt.date(2026, 3, number)
    entry = Entry(source="tax_payer", delivery=f"{date}", date=date, night=date, state="accepted", delivered=1234567)
    journal = lake / "restricted" / "journal" / "tax_payer"
    journal.mkdir(parents=True, exist_ok=True)
    (journal / f"{date}.json").write_text(entry.model_dump_json())


def told(lake: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["status", *words, "--lake", str(lake)])
    assert done.exception is None or isinstance(done.exception, RendiError | SystemExit), done.exception
    return done.exit_code, str(done.exception or done.stdout)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_night_that_never_ran_is_refused_with_the_last_that_did(lake: Path, words: tuple[str, ...]) -> None:
    for number in range(1, 8):
        night(lake, number)
    last = ", ".join(f"2026-03-0{number}" for number in (7, 6, 5, 4, 3))
    assert told(lake, "--date", "2026-03-09", *words) == (1, f"no night of 2026-03-09 ran; the last that did: {last}")
    assert told(lake, "--date", "2026-03-01", *words)[0] == 0


def test_a_night_that_took_nothing_and_did_not_close_ran(lake: Path) -> None:
    started = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    date = started.date()
    figures.write(
        str(lake), figures.Figure(night=date, unit="land", source="", started=started, seconds=1, state="failed")
    )
    for words in ((), ("--date", "2026-03-02")):
        code, said = told(lake, *words)
        assert code == 0 and "night 2026-03-02 did not close" in said and "None" not in said


def test_a_lake_without_nights_says_so(lake: Path) -> None:
    assert told(lake) == (0, "no night has run in this lake yet: run one with `rendi run`\n")
    assert json.loads(told(lake, "--json")[1])["deliveries"] == []
