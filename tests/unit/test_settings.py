"""What is wrong with a setting is one sentence."""

from pathlib import Path

import pytest

from pipelines.settings import settings
from schemas.errors import RendiError


@pytest.mark.parametrize("text", [b'lake = "lake\n', b'lake = "\xb3\xc7"\n'])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rendi.toml").write_bytes(text)
    with pytest.raises(RendiError, match=f"rendi.toml in {tmp_path} is no TOML: .*; mend it there"):
        settings()


def test_sources_are_worked_on_by_one_thread_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDI_THREADS", "0")
    with pytest.raises(RendiError, match="setting threads: Input should be greater than or equal to 1"):
        settings()
