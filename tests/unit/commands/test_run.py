"""`rendi run` and `rendi unit`: what they are asked for that makes no sense, or twice."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipelines import cli, nightly, state
from pipelines.commands import night, shared
from pipelines.settings import settings
from schemas.errors import RendiError


@pytest.mark.parametrize("words", [("run", "--from", "link"), ("unit", "master")])
def test_a_rebuild_that_begins_behind_the_sources_is_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(RendiError, match="comes after them: give `rendi run --rebuild`"):
        cli.app([*words, "--rebuild", "--lake", str(tmp_path / "lake")], standalone_mode=False)
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("words", [("run",), ("unit", "refine")])
def test_a_source_that_is_named_twice_is_worked_on_once(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ran(night: nightly.Night, *_: str) -> None:
        raise RendiError(" ".join(contract.source for contract in night.contracts))

    monkeypatch.setattr(night, "open_lake", lambda _: (SimpleNamespace(root=str(tmp_path)), None))
    monkeypatch.setattr(nightly, "run", ran)
    (tmp_path / "format.json").write_text("{}")
    twice = [word for name in ("tax_payer", "civil_relief", "tax_payer") for word in ("--source", name)]
    with pytest.raises(RendiError, match=r"^tax_payer civil_relief$"):
        cli.app([*words, *twice, "--landing", str(tmp_path), "--lake", str(tmp_path)], standalone_mode=False)


def test_a_date_is_refused_where_a_file_of_it_would_be_a_stray() -> None:
    last = shared.day(None) + dt.timedelta(days=366)
    assert shared.day(str(last)) == last
    with pytest.raises(RendiError, match="is more than a year ahead: is the year right"):
        shared.day(str(last + dt.timedelta(days=1)))


def test_only_the_first_night_of_a_large_city_is_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[bool] = []
    monkeypatch.setattr(shared, "start", lambda master, memory, long: said.append(long))
    monkeypatch.setattr(shared, "LONG_NIGHT", 1000)
    landing = tmp_path / "landing" / "tax_payer"
    landing.mkdir(parents=True)
    chosen = settings(landing=str(landing.parent), lake=str(tmp_path / "lake"))
    for size in (1000, 1001):
        (landing / "tax_payer_20260302.csv").write_bytes(b"x" * size)
        shared.open_lake(chosen)
    monkeypatch.setattr(state, "last_night", lambda root: "2026-03-02")
    shared.open_lake(chosen)
    assert said == [False, True, False]
