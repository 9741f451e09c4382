"""What a closing remembers of the landing folder."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines import figures, nightly
from pipelines.land import strays
from pipelines.land.discover import Stray

NIGHT = dt.date(2026, 3, 2)


@pytest.mark.parametrize(("unit", "remembered"), [("link", ["/landing/x"]), ("land", [])])
def test_only_a_night_that_landed_looks_for_what_was_left_lying(
    tmp_path: Path, unit: str, remembered: list[str]
) -> None:
    strays.keep(str(tmp_path), [Stray("/landing/x", "lies in no source's folder")])
    lake: Any = SimpleNamespace(root=str(tmp_path))
    night = nightly.Night(lake, str(tmp_path / "nowhere"), NIGHT, (), keys=None)  # type: ignore[arg-type]
    started = dt.datetime(2026, 3, 3, tzinfo=dt.UTC)
    ran = figures.Figure(night=NIGHT, unit=unit, source="", started=started, seconds=1, state="done")
    nightly._keep_strays(night, [ran])
    assert [one["path"] for one in strays.remembered(str(tmp_path))] == remembered
