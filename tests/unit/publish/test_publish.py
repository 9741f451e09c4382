"""What publish takes back, and that nothing that fails later keeps it open."""

import datetime as dt
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from catalog import entry
from pipelines.publish.publish import publish
from schemas.errors import RendiError

NIGHT = dt.date(2026, 3, 2)
PENALTIES, COMPANIES = "307008002-000002", "307008001-000002"


@pytest.fixture
def lake(tmp_path: Path) -> MagicMock:
    """A lake without tables, in which two datasets were published before."""
    for folder in (PENALTIES, COMPANIES):
        version = tmp_path / "open" / folder / "2026-03-01"
        version.mkdir(parents=True)
        (version / "names.csv").write_text("name\n", encoding="utf-8")
    made = MagicMock(root=str(tmp_path))
    made.views.return_value = set()
    return made


def draft(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    entries = entry.load()
    entries[name] = entries[name].model_copy(update={"state": "draft"})
    monkeypatch.setattr("catalog.resource.load_entries", lambda: entries)


def published(lake: MagicMock) -> set[str]:
    return {p.name for p in Path(lake.root, "open").iterdir() if p.is_dir()}


def test_what_an_entry_no_longer_publishes_is_withdrawn(lake: MagicMock, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(lake, [], NIGHT)
    assert published(lake) == {PENALTIES, COMPANIES}
    draft(monkeypatch, "market_penalty")
    publish(lake, [], NIGHT)
    assert published(lake) == {COMPANIES}


def test_a_failure_does_not_keep_open_what_was_withdrawn(lake: MagicMock, monkeypatch: pytest.MonkeyPatch) -> None:
    draft(monkeypatch, "market_penalty")
    lake.replace.side_effect = OSError("no space")
    with pytest.raises(OSError, match="no space"):
        publish(lake, [], NIGHT)
    assert published(lake) == {COMPANIES}


def test_a_catalogue_that_is_refused_withdraws_and_writes_nothing(
    lake: MagicMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise RendiError("no")

    monkeypatch.setattr("pipelines.publish.publish.open_datasets", refuse)
    with pytest.raises(RendiError):
        publish(lake, [], NIGHT)
    assert published(lake) == {PENALTIES, COMPANIES}
    assert not lake.replace.called
