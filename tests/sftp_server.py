"""An SFTP server on this machine, which can be cut off."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncssh
import pytest

from pipelines.land import remote

BODY = b"decision_no\n" + b"1\n" * 200_000
SECRET = "not-for-any-log"


class Account(asyncssh.SSHServer):
    """One account with a password."""

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("city", SECRET)


class Files(asyncssh.SFTPServer):
    """Counts what is sent, and ends the connection after `cut` bytes."""

    cut: int | None = None
    sent = 0

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        Files.sent += size
        if Files.cut is not None and Files.sent > Files.cut:
            self.channel.get_connection().abort()
        return super().read(file_obj, offset, size)


@dataclass(frozen=True)
class Server:
    """An SFTP server on this machine. folder: its root; url: its landing folder."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The landing folder as a setting."""
        return f"sftp://127.0.0.1:{self.port}/landing"

    def put(self, name: str, data: bytes = BODY) -> Path:
        """A file of the source."""
        path = self.folder / "landing" / "market_penalty" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


@contextmanager
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server, and the settings by which Rendi finds it."""
    folder, loop = tmp_path / "served", asyncio.new_event_loop()
    folder.mkdir()
    key = asyncssh.generate_private_key("ssh-ed25519")

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[key],
            server_factory=Account,
            sftp_factory=partial(Files, chroot=str(folder).encode()),
        )

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(start(), loop).result()
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{listening.get_port()} {key.export_public_key().decode()}", encoding="utf-8")
    for name, value in (("USER", "city"), ("PASSWORD", SECRET), ("KNOWN_HOSTS", str(known))):
        monkeypatch.setenv(f"RENDI_SFTP_{name}", value)
    monkeypatch.setattr(remote, "SETTLE", 0.2)
    monkeypatch.setattr(Files, "cut", None)
    monkeypatch.setattr(Files, "sent", 0)
    yield Server(folder, listening.get_port())
    loop.call_soon_threadsafe(listening.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
