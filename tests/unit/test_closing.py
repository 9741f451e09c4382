"""What a closing remembers of the landing folder, and what keeps a night from closing."""

import datetime as dt
import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines import figures, nightly
from pipelines.land import strays
from pipelines.land.discover import Stray
from pipelines.report import Report
from schemas.contract import Contract, load
from schemas.errors import RendiError

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


@pytest.mark.parametrize("told", [True, False], ids=["a unit said so", "before its first unit"])
def test_a_full_disk_ends_the_night_and_is_no_failure_of_one_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    def full(night: nightly.Night, report: Report, contract: Contract, units: list[str]) -> None:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            if told:
                report.reason(contract.source, error)
            raise

    def link(*_: object) -> None:
        raise AssertionError("the night went on")

    monkeypatch.setattr(nightly, "_source", full)
    monkeypatch.setattr(nightly, "_rows_in_force", link)
    lake: Any = SimpleNamespace(root=str(tmp_path))
    night = nightly.Night(lake, str(tmp_path), NIGHT, (load("tax_payer"),), keys=None)  # type: ignore[arg-type]
    with pytest.raises(RendiError, match="the disk is full"):
        nightly._run(night, nightly.NAMES)
    assert figures.so_far(str(tmp_path), NIGHT) == []
