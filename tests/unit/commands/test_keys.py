"""`rendi keys backup`: one sentence whatever happens, never a key, and never the keys of another lake."""

import json
import stat
import sys
from pathlib import Path

import pytest

from pipelines import cli
from pipelines.about import FORMAT
from pipelines.protect import keyring


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake that holds nothing but its mark, with the ring that it was written with."""
    for variable in ("RENDI_KEYS", "RENDI_KEY_COMMAND", "RENDI_KEY_RING"):
        monkeypatch.delenv(variable, raising=False)
    root = tmp_path / "lake"
    root.mkdir()
    ring = keyring.load_or_create(tmp_path / "lake.keys.json")
    (root / "format.json").write_text(json.dumps({"format": FORMAT, "keys": ring.identity()}))
    return root


@pytest.fixture
def backup(lake: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """`rendi keys backup FILE` as a person calls it: exit code and what it said."""

    def call(file: Path, root: Path = lake) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["rendi", "keys", "backup", str(file), "--lake", str(root)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        text = (said.out + said.err).strip()
        assert "\n" not in text and "Traceback" not in text
        return int(ended.value.code or 0), text

    return call


def ring_of(lake: Path) -> Path:
    return lake.parent / "lake.keys.json"


def test_a_backup_says_which_ring_it_is_and_what_to_do_and_shows_no_key(backup, lake: Path) -> None:
    copy = lake.parent / "safe" / "ring.json"
    copy.parent.mkdir()
    code, said = backup(copy)
    ring = keyring.load(ring_of(lake))
    assert code == 0 and keyring.load(copy) == ring
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert ring.identity() in said and str(copy) in said and str(ring_of(lake)) in said
    secrets = [ring.record, ring.identifier, ring.token.secret, ring.cipher.secret]
    assert not any(secret.hex() in said for secret in secrets)


def test_a_file_that_is_there_is_never_overwritten(backup, lake: Path) -> None:
    copy = lake.parent / "ring.json"
    copy.write_text("another ring")
    code, said = backup(copy)
    assert code == 1 and "exists already" in said
    assert copy.read_text() == "another ring"
    assert backup(lake.parent)[0] == 1


def test_a_lost_ring_is_not_made_anew_for_a_backup(backup, lake: Path) -> None:
    ring_of(lake).unlink()
    code, said = backup(lake.parent / "ring.json")
    assert code == 1 and "put its backup there" in said
    assert not ring_of(lake).exists() and not (lake.parent / "ring.json").exists()


def test_the_ring_of_another_lake_is_not_taken_for_this_ones(backup, lake: Path) -> None:
    ring_of(lake).unlink()
    keyring.load_or_create(ring_of(lake))
    code, said = backup(lake.parent / "ring.json")
    assert code == 1 and "not the one this lake was written with" in said
    assert not (lake.parent / "ring.json").exists()


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("lake/ring.json", "lies in the lake"),
        ("lake.keys.json/ring.json", "cannot be written"),
        ("disk/ring.json", "/disk: mount the disk"),
    ],
)
def test_a_place_that_will_not_do_is_named(backup, lake: Path, file: str, why: str) -> None:
    code, said = backup(lake.parent / file)
    assert code == 1 and why in said
    assert not (lake.parent / "disk").exists()


def test_without_a_lake_it_says_so(backup, lake: Path) -> None:
    code, said = backup(lake.parent / "ring.json", lake.parent / "nowhere")
    assert code == 1 and "there is no lake" in said
