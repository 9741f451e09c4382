"""A full disk is known whoever passes it on, and is said in one sentence."""

import errno
from pathlib import Path

import pytest

from pipelines import disk
from schemas.errors import RendiError


def test_the_system_s_error_is_known_by_its_number_and_by_its_words(tmp_path: Path) -> None:
    errors = [
        OSError(errno.ENOSPC, "whatever"),
        OSError(errno.EDQUOT, "whatever"),
        RuntimeError("Generic LocalFileSystem error: No space left on device (os error 28)"),
    ]
    assert all("the disk is full" in str(disk.full(error, str(tmp_path / "lake"))) for error in errors)


def test_it_is_found_behind_the_error_that_came_of_it(tmp_path: Path) -> None:
    with pytest.raises(RendiError, match="the disk is full"), disk.said(str(tmp_path)):
        try:
            raise OSError(errno.ENOSPC, "full")
        except OSError:
            raise KeyError("another") from None


def test_any_other_error_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), disk.said(str(tmp_path)):
        raise PermissionError(errno.EACCES, "no")
