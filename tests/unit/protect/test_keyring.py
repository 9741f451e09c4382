"""The key ring: made once, closed to others, and never another one in the place of a lost one."""

import json
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.protect import keyring
from schemas.errors import RendiError


@pytest.fixture(autouse=True)
def no_ring_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RENDI_KEYS", raising=False)
    monkeypatch.delenv("RENDI_KEY_COMMAND", raising=False)


def secrets_of(ring: keyring.KeyRing) -> list[bytes]:
    return [ring.record, ring.identifier, *(key.secret for key in (*ring.tokens, *ring.ciphers))]


def test_a_new_ring_is_read_by_its_owner_alone_and_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ring.json"
    ring = keyring.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert keyring.load_or_create(path) == ring
    assert [len(secret) for secret in secrets_of(ring)] == [32, 32, 32, 16]


def test_processes_that_start_together_get_one_ring(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(keyring.load_or_create, [tmp_path / "ring.json"] * 16))
    assert all(ring == rings[0] for ring in rings)
    assert [path.name for path in tmp_path.iterdir()] == ["ring.json"]


def test_a_ring_never_shows_its_keys(tmp_path: Path) -> None:
    ring = keyring.load_or_create(tmp_path / "ring.json")
    shown = repr(ring) + str(ring) + ring.fingerprint() + ring.identity()
    for secret in secrets_of(ring):
        assert secret.hex()[:12] not in shown
        assert repr(secret) not in shown


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_ring_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "ring.json"
    keyring.load_or_create(path)
    path.chmod(mode)
    with pytest.raises(RendiError, match="chmod 600"):
        keyring.load_or_create(path)


def test_a_lost_ring_is_never_replaced_by_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    lake = keyring.load_or_create(path).identity()
    path.unlink()
    with pytest.raises(RendiError, match="backup"):
        keyring.load_or_create(path, expected=lake)
    assert not path.exists()


def test_the_ring_of_another_lake_is_refused(tmp_path: Path) -> None:
    other = keyring.load_or_create(tmp_path / "other.json")
    keyring.load_or_create(tmp_path / "ring.json")
    with pytest.raises(RendiError, match="not the one this lake was written with"):
        keyring.load_or_create(tmp_path / "ring.json", expected=other.identity())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"record": None}, "no 'record' of 32 bytes"),
        ({"identifier": "00ff"}, "no 'identifier' of 32 bytes"),
        ({"identifier": "x" * 64}, "no 'identifier' of 32 bytes"),
        ({"token": []}, "no list 'token'"),
        ({"cipher": [{"id": "c1", "key": "00" * 32}]}, "no 'key' of 16 bytes"),
        ({"token": [{"id": "k1", "key": "01" * 32}, {"id": "k1", "key": "02" * 32}]}, "wrong id in 'token'"),
        ({"record": "03" * 32, "identifier": "03" * 32}, "one key twice"),
        ({"version": 2}, "not a ring of version 1"),
    ],
)
def test_a_ring_that_lacks_something_is_refused_and_not_quoted(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    path = tmp_path / "ring.json"
    ring = keyring.load_or_create(path)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | change))
    with pytest.raises(RendiError, match=told) as caught:
        keyring.load_or_create(path)
    assert not any(secret.hex() in str(caught.value) for secret in secrets_of(ring))


def test_a_broken_ring_leaves_no_key_in_the_chain_of_exceptions(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    keyring.load_or_create(path)
    path.write_text(path.read_text()[:-10])
    with pytest.raises(RendiError) as caught:
        keyring.load(path)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_the_environment_or_a_command_gives_the_ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ring.json"
    ring = keyring.load_or_create(path)
    absent = tmp_path / "absent.json"
    monkeypatch.setenv("RENDI_KEY_COMMAND", f"cat '{path}'")
    assert keyring.load_or_create(absent) == ring
    monkeypatch.setenv("RENDI_KEYS", path.read_text())
    monkeypatch.setenv("RENDI_KEY_COMMAND", "false")
    assert keyring.load_or_create(absent) == ring
    assert not absent.exists()


@pytest.mark.parametrize("command", ["false", "no-such-command", "echo '{}'", "unbalanced '"])
def test_a_command_that_fails_stops_the_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    keyring.load_or_create(tmp_path / "ring.json")
    monkeypatch.setenv("RENDI_KEY_COMMAND", command)
    with pytest.raises(RendiError, match="RENDI_KEY_COMMAND"):
        keyring.load_or_create(tmp_path / "ring.json")


def test_what_a_failing_command_printed_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDI_KEY_COMMAND", f"{sys.executable} -c \"import sys; print('s3cret'); sys.exit('s3cret')\"")
    with pytest.raises(RendiError) as caught:
        keyring.load_or_create(tmp_path / "ring.json")
    assert "s3cret" not in str(caught.value)


def test_a_backup_is_whole_closed_and_never_overwrites(tmp_path: Path) -> None:
    path, copy = tmp_path / "ring.json", tmp_path / "safe" / "copy.json"
    ring = keyring.load_or_create(path)
    assert keyring.backup(path, copy) == ring == keyring.load(copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with pytest.raises(RendiError, match="never overwrites"):
        keyring.backup(path, copy)


def test_rotation_adds_a_current_key_and_keeps_the_others(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    before = keyring.load_or_create(path)
    after = keyring.rotate_token(path)
    assert [key.id for key in after.tokens] == ["k1", "k2"]
    assert after.tokens[0] == before.token and after.token.id == "k2"
    assert keyring.rotate_cipher(path).cipher_named("c1") == before.cipher
    assert keyring.load(path).cipher.id == "c2"
    assert keyring.load(path).identity() == before.identity()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_rotations_at_the_same_time_lose_no_key(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    keyring.load_or_create(path)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(keyring.rotate_cipher, [path] * 8))
    kept = keyring.load(path)
    assert all(kept.cipher_named(ring.cipher.id) == ring.cipher for ring in made)


def test_a_ring_from_the_environment_is_rotated_where_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ring.json"
    keyring.load_or_create(path)
    monkeypatch.setenv("RENDI_KEYS", path.read_text())
    with pytest.raises(RendiError, match="where they are kept"):
        keyring.rotate_token(path)


def test_the_fingerprint_changes_with_the_keys_it_names_alone(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    before = keyring.load_or_create(path)
    after = keyring.rotate_token(path)
    assert after.fingerprint("token") != before.fingerprint("token")
    assert after.fingerprint("record", "cipher") == before.fingerprint("record", "cipher")
    assert after.fingerprint() != before.fingerprint()
