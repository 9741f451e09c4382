"""`rendi quarantine list`: nothing is said of what cannot be read."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner

from pipelines.cli import app
from schemas.errors import RendiError

ROW = {
    "record_id": "r",
    "row_hash": "h",
    "status": "open",
    "_date": "2026-03-02",
    "_delivery": "20260302-a",
    "_file": "a.csv",
    "_row": 1,
    "failed": [{"rule": "name_present", "column": "name", "message": "is empty"}],
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "format.json").write_text("{}")
    path = tmp_path / "restricted" / "quarantine" / "tax_payer"
    write_deltalake(str(path), pa.Table.from_pylist([ROW]))
    return path


def listed(table: Path, *words: str) -> tuple[int, str]:
    told = CliRunner().invoke(app, ["quarantine", *words, "--lake", str(table.parents[2])])
    return told.exit_code, str(told.exception) if isinstance(told.exception, RendiError) else told.output


def test_sources_without_a_quarantine_have_no_cases(table: Path) -> None:
    code, said = listed(table, "list")
    assert code == 0 and "name_present" in said
    assert listed(table, "list", "market_register")[0] == 0


@pytest.mark.parametrize("file", ["_delta_log/*.json", "*.parquet"])
@pytest.mark.parametrize("words", [("list",), ("list", "tax_payer"), ("show", "tax_payer", "20260302-a/a.csv:1")])
def test_a_quarantine_that_is_cut_is_one_sentence(table: Path, file: str, words: tuple[str, ...]) -> None:
    for cut in table.glob(file):
        cut.write_bytes(cut.read_bytes()[:-20])
    told = "the lake's table quarantine/tax_payer cannot be read: `rendi doctor` says what to do"
    assert listed(table, *words) == (1, told)
