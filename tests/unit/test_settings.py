"""What is wrong with a setting is one sentence."""

import re
from pathlib import Path

import pytest

from pipelines.settings import settings
from schemas.errors import RendiError

HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize("text", [b'lake = "lake\n', b'lake = "\xb3\xc7"\n'])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rendi.toml").write_bytes(text)
    with pytest.raises(RendiError, match=f"rendi.toml in {tmp_path} is no TOML: .*; mend it there"):
        settings()


@pytest.mark.parametrize(
    ("value", "said"), [("0", "Input should be greater than or equal to 1"), ("two", "Input should be a valid integer")]
)
def test_a_wrong_value_is_told_with_its_place_and_what_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RENDI_THREADS", value)
    with pytest.raises(RendiError, match=rf"^RENDI_THREADS: setting threads: {said}.*; write it such as 2$"):
        settings()
    monkeypatch.delenv("RENDI_THREADS")
    (tmp_path / "rendi.toml").write_text(f'threads = "{value}"\n')
    with pytest.raises(RendiError, match=rf"^rendi.toml in {tmp_path}: setting threads: {said}"):
        settings()


def test_a_wrong_value_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDI_OPENLINEAGE_URL", "me:secret@marquez")
    with pytest.raises(RendiError, match="such as http://marquez:5000") as told:
        settings()
    assert "secret" not in str(told.value)


def test_an_unknown_setting_of_the_file_is_told_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rendi.toml").write_text('lakee = "lake"\n')
    with pytest.raises(RendiError, match=rf"^rendi.toml in {tmp_path}: no setting 'lakee'; did you mean 'lake'\?"):
        settings()


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("THREDS", "THREADS"),
        ("WEBHOOKS", "WEBHOOK"),
        ("HTTP_TAX_PAYR_TOKEN", "HTTP_TAX_PAYER_TOKEN"),
    ],
)
def test_a_slip_in_a_name_of_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch, slip: str, meant: str) -> None:
    monkeypatch.setenv(f"RENDI_{slip}", "secret")
    with pytest.raises(RendiError, match=rf"no setting RENDI_{slip}; did you mean 'RENDI_{meant}'\?") as told:
        settings()
    assert "secret" not in str(told.value)


def test_names_of_the_environment_that_are_somebody_else_s_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDI_5F2A1B_DRIVER_SVC_SERVICE_HOST", "10.0.0.1")
    assert settings().threads == 2


def test_every_name_that_the_house_reads_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [HOUSE / "Makefile", *(HOUSE / "docs").glob("*.md")]
    files = [*told, *(file for folder in ("pipelines", "dags", "tests") for file in (HOUSE / folder).rglob("*.py"))]
    texts = (file.read_text(encoding="utf-8") for file in files if file != Path(__file__))
    # What ends with _ is the beginning of a name.
    found = {name for text in texts for name in re.findall(r"RENDI_[A-Z_]*[A-Z]\b", text)}
    assert {"RENDI_THREADS", "RENDI_WEBHOOK", "RENDI_SFTP_KEY", "RENDI_FAULTS"} < found
    for name in found:
        monkeypatch.setenv(name, {"RENDI_THREADS": "3", "RENDI_OPENLINEAGE_URL": "http://marquez:5000"}.get(name, "x"))
    assert settings().threads == 3
