"""Tables on a terminal of 80 columns, where most of them do not fit: every value is there whole."""

import datetime as dt
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import deltalake
import duckdb
import pyarrow as pa
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.commands import inspect, tables
from pipelines.deliveries import Entry

NARROW = 80
DATE = dt.date(2026, 3, 2)
REASON = "7 rows hold text that reads as a formula; 41 rows break line_readable; 统一社会信用代码缺失"
ROW = "20260302-ba305de6d85b7949/police_household_20260302.csv:10533"


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "terminal", lambda: NARROW)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with a delivery and a row in quarantine."""
    (tmp_path / "format.json").write_text("{}")
    figures = {"delivered": 1_234_567, "accepted": 1_234_561, "quarantined": 1_004, "duplicates": 1_002}
    entry = Entry(
        source="police_household", delivery="20260302-a", date=DATE, night=DATE, state="accepted", reason=REASON
    )
    journal = tmp_path / "restricted" / "journal" / "police_household"
    journal.mkdir(parents=True)
    (journal / "20260302-a.json").write_text(entry.model_copy(update=figures).model_dump_json(), encoding="utf-8")
    delivery, _, rest = ROW.partition("/")
    file, _, number = rest.partition(":")
    broken = {"record_id": "r", "row_hash": "h", "status": "open", "_date": str(DATE), "_delivery": delivery}
    broken |= {"_file": file, "_row": int(number)}
    failed = [{"rule": "birth_date_as_in_id", "column": "birth_date", "message": "出生日期与身份证号不一致 / differs"}]
    deltalake.write_deltalake(
        str(tmp_path / "restricted" / "quarantine" / "police_household"),
        pa.Table.from_pylist([broken | {"failed": failed}]),
    )
    return tmp_path


def told(lake: Path, *words: str) -> list[str]:
    done = CliRunner().invoke(app, [*words, "--lake", str(lake)])
    assert done.exit_code == 0, done.exception
    return done.stdout.splitlines()


@pytest.mark.usefixtures("narrow")
def test_status_keeps_figures_and_reasons_whole(lake: Path) -> None:
    said = told(lake, "status")
    for value in ("police_household", "1,234,567", "1,234,561", "1,004", "1,002", REASON):
        assert any(line.endswith(f" {value}") for line in said), value


@pytest.mark.usefixtures("narrow")
def test_the_address_of_a_row_can_be_copied(lake: Path) -> None:
    assert f"newest_row  {ROW}" in told(lake, "quarantine", "list", "police_household")
    assert any("birth_date_as_in_id" in line for line in told(lake, "quarantine", "list"))


@pytest.mark.parametrize("width", [NARROW, None])
def test_a_wide_result_is_whole_on_a_terminal_and_in_a_pipe(
    lake: Path, monkeypatch: pytest.MonkeyPatch, width: int | None
) -> None:
    values = [f"P{number:032d}" for number in range(25)]
    connection = duckdb.connect()
    monkeypatch.setattr(tables, "terminal", lambda: width)
    monkeypatch.setattr(inspect, "opened", lambda root: connection)
    columns = ", ".join(f"'{value}' AS column_{number}" for number, value in enumerate(values))
    said = told(lake, "sql", f"SELECT {columns}")
    if width:
        assert [line.split() for line in said] == [[f"column_{n}", value] for n, value in enumerate(values)]
    else:
        (row,) = (line for line in said if values[0] in line)
        assert [cell.strip() for cell in row.strip("│").split("│")] == values


SENTENCES = [
    {"source": "tax_payer", "reason": REASON, "rows": 41_973},
    {"source": "market_register", "reason": "", "rows": 7},
]
HEADINGS = {"source": "source", "reason": "reason", "rows": "rows"}
Shown = Callable[[int | None], list[str]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shown:
    def call(width: int | None) -> list[str]:
        monkeypatch.setattr(tables, "terminal", lambda: width)
        tables.printed(SENTENCES, HEADINGS, "")
        return capsys.readouterr().out.splitlines()

    return call


def test_where_a_table_fits_nothing_folds(shown: Shown) -> None:
    whole = shown(None)
    assert len(whole) == 6 and any(REASON in line for line in whole)
    assert shown(cell_len(whole[0])) == whole


def test_only_sentences_fold_and_no_word_breaks(shown: Shown) -> None:
    folded = shown(NARROW)
    assert len(folded) > 6 and max(map(cell_len, folded)) == NARROW
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in folded if line.startswith("│")]
    assert cells[0][0] == "tax_payer" and cells[0][2] == "41,973"
    assert " ".join(cell[1] for cell in cells).split() == REASON.split()


def test_what_is_too_narrow_for_a_table_is_a_block_a_row(shown: Shown) -> None:
    blocks = shown(45)
    assert blocks[:4] == ["source  tax_payer", f"reason  {REASON}", "rows    41,973", ""]
    assert [line.rstrip() for line in blocks[4:]] == ["source  market_register", "reason", "rows    7"]


@pytest.mark.parametrize("room", range(1, 200, 7))
def test_no_table_is_wider_than_the_terminal(shown: Shown, room: int) -> None:
    said = shown(room)
    assert not said[0].startswith("┏") or max(map(cell_len, said)) <= room


def test_a_terminal_has_a_width_and_a_pipe_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert tables.terminal() is None
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as screen, os.fdopen(ours):
        monkeypatch.setattr(sys, "stdout", screen)
        assert tables.terminal() == NARROW
        monkeypatch.undo()
