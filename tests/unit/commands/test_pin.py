"""`rendi pin`: only of what there is."""

import datetime as dt
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from pipelines import decisions
from pipelines.cli import app
from schemas.errors import RendiError


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake whose only night closed with one person, who had another identifier, and without a place."""
    (tmp_path / "format.json").write_text("{}")
    tables = {
        "master/person": pa.table({"person_id": ["P1"]}),
        "master/person_redirect": pa.table({"old_id": ["P0"], "id": ["P1"]}),
    }
    for name, rows in tables.items():
        deltalake.write_deltalake(str(tmp_path / "governed" / name), rows)
    when = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    run = {"run": ["r"], "night": [when.date()], "started": [when], "ended": [when], "state": ["closed"]}
    run["versions"] = pa.array([[(name, 0) for name in tables]], pa.map_(pa.string(), pa.int64()))
    deltalake.write_deltalake(str(tmp_path / "governed" / "ops" / "run"), pa.table(run))
    return tmp_path


def pinned(lake: Path, subject: str, identifier: str) -> str | None:
    words = ["pin", subject, identifier, "name", "tax_payer", "--reason", "x", "--lake", str(lake)]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0 or isinstance(told.exception, RendiError), told.exception
    return str(told.exception) if told.exception else None


def test_a_pin_is_kept_of_an_entity_of_the_last_closed_night_and_of_one_that_was_merged(lake: Path) -> None:
    assert [pinned(lake, "person", identifier) for identifier in ("P1", "P0")] == [None, None]
    assert [row["id"] for row in decisions.decided(str(lake), "pin")] == ["P1", "P0"]


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("person", "the last closed night knows no person 'P2': find its identifier"),
        ("legal_entity", "no closed night holds master/legal_entity"),
        ("entity", "no closed night holds master/legal_entity"),
        ("persn", "no subject 'persn'; did you mean 'person'?"),
    ],
)
def test_a_pin_of_nothing_is_refused(lake: Path, subject: str, said: str) -> None:
    assert said in str(pinned(lake, subject, "P2"))
    assert decisions.decided(str(lake), "pin") == []
