"""The key ring: every key that Rendi uses, kept outside the lake.

Named keys: `record` makes record ids, `identifier` makes entity and household ids; neither ever rotates. `token` and
`cipher` are lists whose last entry is the current one; the earlier ones stay, so that what they made stays readable.

A ring comes from the environment (RENDI_KEYS holds its JSON), else from a command that prints it (RENDI_KEY_COMMAND,
for a key service), else from a file of mode 0600, which is made at first use.
"""

import fcntl
import json
import os
import re
import secrets
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac

from schemas.errors import RendiError

SECRET_BYTES = 32  # HMAC-SM3: as long as the digest
CIPHER_BYTES = 16  # SM4 knows one length
NAMES = ("record", "identifier", "token", "cipher")
FIXED_NAMES = ("record", "identifier")

_ENVIRONMENT = "RENDI_KEYS"
_COMMAND = "RENDI_KEY_COMMAND"
_KEY_ID = re.compile(r"[a-z][a-z0-9]{0,15}")


@dataclass(frozen=True)
class Key:
    """One key of a list, with the id that stands beside what it made."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class KeyRing:
    """All keys of one lake. Its repr shows key ids and no key."""

    record: bytes = field(repr=False)
    identifier: bytes = field(repr=False)
    tokens: tuple[Key, ...]
    ciphers: tuple[Key, ...]

    @property
    def token(self) -> Key:
        """The current token key."""
        return self.tokens[-1]

    @property
    def cipher(self) -> Key:
        """The current cipher key."""
        return self.ciphers[-1]

    def cipher_named(self, key_id: str) -> Key:
        """The cipher key that a vault row names; RendiError where the ring lacks it."""
        for key in self.ciphers:
            if key.id == key_id:
                return key
        raise RendiError(f"The key ring has no cipher key '{key_id}'; restore a ring that holds it from a backup.")

    def fingerprint(self, *names: str) -> str:
        """16 hex digits that change when one of the named current keys changes, and say nothing about it.

        names: of NAMES, all by default. It goes into the facts of a unit: a rotated token key rewrites the tokens.
        """
        current = {
            "record": self.record,
            "identifier": self.identifier,
            "token": self.token.secret,
            "cipher": self.cipher.secret,
        }
        digest = hashes.Hash(hashes.SM3())
        for name in names or NAMES:
            # The HMAC of a fixed text under a random key of full length does not help anyone to find the key.
            mac = hmac.HMAC(current[name], hashes.SM3())
            mac.update(f"rendi fingerprint {name}".encode())
            digest.update(mac.finalize())
        return digest.finalize().hex()[:16]

    def identity(self) -> str:
        """Fingerprint of the keys that never rotate: two rings with the same one belong to the same lake."""
        return self.fingerprint(*FIXED_NAMES)


def load_or_create(path: Path, expected: str | None = None) -> KeyRing:
    """The ring from the environment, the command or the file `path`, which is made where there is none.

    expected: `identity()` of the ring that the lake was written with, or None for a new lake. With it nothing is ever
    made anew: another ring would give every record another id. RendiError for a ring that is absent, belongs to
    another lake, lies open to others or lacks a key.
    """
    if not _given() and not path.exists():
        if expected is not None:
            raise RendiError(
                f"The key ring {path} is not there, and this lake was written with one: put its backup there "
                f"(mode 0600), or set {_ENVIRONMENT} or {_COMMAND}."
            )
        _create(path)
    ring = load(path)
    if expected is not None and ring.identity() != expected:
        raise RendiError(
            f"The key ring {_origin(path)} is not the one this lake was written with "
            f"(fingerprint {ring.identity()}, the lake's {expected}): restore the lake's own ring from its backup."
        )
    return ring


def load(path: Path) -> KeyRing:
    """The ring as `load_or_create` finds it, but never made."""
    if text := os.environ.get(_ENVIRONMENT):
        return _parse(text, f"in {_ENVIRONMENT}")
    if command := os.environ.get(_COMMAND):
        return _parse(_run(command), f"printed by {_COMMAND}")
    return _parse(_read(path), str(path))


def backup(path: Path, to: Path) -> KeyRing:
    """Write the ring to the new file `to` with mode 0600, after a check that it is whole. Never overwrites."""
    ring = load(path)
    try:
        written = _write_new(to, _dump(ring))
    except OSError as error:
        raise RendiError(
            f"{to} cannot be written ({error.strerror}): name a file in a folder that you may write to, on a file "
            "system that knows modes and hard links."
        ) from None
    if not written:
        raise RendiError(f"{to} exists already, and a backup never overwrites one: choose another name.")
    return ring


def rotate_token(path: Path) -> KeyRing:
    """Add a token key and make it the current one; the next night rewrites all governed tokens."""
    return _change(path, lambda ring: replace(ring, tokens=(*ring.tokens, _next(ring.tokens, "k", SECRET_BYTES))))


def rotate_cipher(path: Path) -> KeyRing:
    """Add a cipher key for what is enciphered from now on; the old ciphers stay readable."""
    return _change(path, lambda ring: replace(ring, ciphers=(*ring.ciphers, _next(ring.ciphers, "c", CIPHER_BYTES))))


def _given() -> bool:
    return bool(os.environ.get(_ENVIRONMENT) or os.environ.get(_COMMAND))


def _origin(path: Path) -> str:
    return "of the environment" if _given() else str(path)


def _run(command: str) -> str:
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=60, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        # The command line may hold a secret, so only the kind of failure is told.
        raise RendiError(f"{_COMMAND} cannot be run ({type(error).__name__}): correct the command.") from None
    if done.returncode != 0:
        raise RendiError(f"{_COMMAND} ended with {done.returncode} and gave no keys: run it by hand to see why.")
    return done.stdout


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            status = os.fstat(file.fileno())
            if status.st_mode & 0o077:
                raise RendiError(f"The key ring {path} can be read by others; run: chmod 600 {shlex.quote(str(path))}")
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise RendiError(f"The key ring {path} cannot be read ({reason}): restore its backup there.") from None


def _create(path: Path) -> None:
    ring = KeyRing(
        record=secrets.token_bytes(SECRET_BYTES),
        identifier=secrets.token_bytes(SECRET_BYTES),
        tokens=(_next((), "k", SECRET_BYTES),),
        ciphers=(_next((), "c", CIPHER_BYTES),),
    )
    # Where another process was first, its ring is the ring.
    _write_new(path, _dump(ring))


def _next(keys: tuple[Key, ...], letter: str, length: int) -> Key:
    taken = {key.id for key in keys}
    number = len(keys) + 1
    while f"{letter}{number}" in taken:
        number += 1
    return Key(f"{letter}{number}", secrets.token_bytes(length))


def _change(path: Path, change: Callable[[KeyRing], KeyRing]) -> KeyRing:
    if _given():
        raise RendiError(f"The keys come from {_ENVIRONMENT} or {_COMMAND}: rotate them where they are kept.")
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        # Two changes at once would lose the key of one, and with it what that key had enciphered.
        fcntl.flock(folder, fcntl.LOCK_EX)
        ring = change(load(path))
        temporary = _temporary(path, _dump(ring))
        temporary.replace(path)
        os.fsync(folder)
    finally:
        os.close(folder)
    return ring


def _write_new(path: Path, text: str) -> bool:
    """Write a whole new file of mode 0600, or say False where there is one; no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = _temporary(path, text)
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    return True


def _temporary(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _dump(ring: KeyRing) -> str:
    def listed(keys: tuple[Key, ...]) -> list[dict[str, str]]:
        return [{"id": key.id, "key": key.secret.hex()} for key in keys]

    content = {
        "version": 1,
        "record": ring.record.hex(),
        "identifier": ring.identifier.hex(),
        "token": listed(ring.tokens),
        "cipher": listed(ring.ciphers),
    }
    return json.dumps(content, indent=2) + "\n"


def _parse(text: str, origin: str) -> KeyRing:
    try:
        content = json.loads(text)
    except json.JSONDecodeError:
        content = None
    if not isinstance(content, Mapping) or content.get("version") != 1:
        # `from None` everywhere here: the JSON error would carry the whole text, keys and all.
        raise RendiError(f"The key ring {origin} is not a ring of version 1: restore its backup.") from None
    ring = KeyRing(
        record=_secret(content, "record", SECRET_BYTES, origin),
        identifier=_secret(content, "identifier", SECRET_BYTES, origin),
        tokens=_keys(content, "token", SECRET_BYTES, origin),
        ciphers=_keys(content, "cipher", CIPHER_BYTES, origin),
    )
    every = [ring.record, ring.identifier, *(key.secret for key in (*ring.tokens, *ring.ciphers))]
    if len(set(every)) < len(every):
        raise RendiError(f"The key ring {origin} holds one key twice: every purpose needs a key of its own.")
    return ring


def _keys(content: Mapping[str, Any], name: str, length: int, origin: str) -> tuple[Key, ...]:
    entries = content.get(name)
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, Mapping) for entry in entries):
        raise RendiError(f"The key ring {origin} has no list '{name}' of id and key: restore its backup.")
    ids = [str(entry.get("id", "")) for entry in entries]
    if len(set(ids)) < len(ids) or not all(_KEY_ID.fullmatch(key_id) for key_id in ids):
        raise RendiError(
            f"The key ring {origin} has a wrong id in '{name}': each is a small letter, then letters and digits, once."
        )
    return tuple(
        Key(key_id, _secret(entry, "key", length, f"{origin}, {name} {key_id},"))
        for key_id, entry in zip(ids, entries, strict=True)
    )


def _secret(content: Mapping[str, Any], name: str, length: int, origin: str) -> bytes:
    text = content.get(name)
    try:
        secret = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        secret = b""
    if len(secret) != length:
        raise RendiError(
            f"The key ring {origin} has no '{name}' of {length} bytes ({2 * length} hex digits): restore its backup."
        )
    return secret
