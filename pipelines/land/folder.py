"""The landing folder's file system: local, or any that fsspec knows; over SFTP only servers whose key is known."""

import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paramiko
from fsspec.core import url_to_fs

from schemas.errors import RendiError

# What a server is given to answer, in seconds: who waits for ever ends no night.
_PATIENCE = 60
# It writes tracebacks to the screen.
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)


class _KnownHosts(paramiko.MissingHostKeyPolicy):
    """Trusts the keys in a known_hosts file; the library's own default trusts whoever answers first."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Refuse a server that the file does not know, or knows by another key."""
        file = Path(os.environ.get("RENDI_SFTP_KNOWN_HOSTS") or "~/.ssh/known_hosts").expanduser()
        if not file.exists() or not paramiko.HostKeys(str(file)).check(hostname, key):
            raise RendiError(
                f"the landing folder's server {hostname} shows a key that {file.name} does not hold: compare it with "
                "the department, then add it (ssh-keyscan)"
            )


def opened(landing: str) -> tuple[Any, str]:
    """File system and root of a landing folder, a local path or fsspec URL.

    Over SFTP the account is RENDI_SFTP_USER and RENDI_SFTP_PASSWORD or RENDI_SFTP_KEY (a private key's file), else what
    ssh-agent holds. RendiError where it cannot be opened, and for a password in the URL, which many messages name.
    """
    parts = urlsplit(landing)
    if "://" not in landing or parts.scheme not in ("sftp", "ssh"):
        return url_to_fs(landing)
    if parts.password:
        raise RendiError("the landing folder's URL holds a password: take it out, and set RENDI_SFTP_PASSWORD instead")
    given = {
        "username": os.environ.get("RENDI_SFTP_USER"),
        "password": os.environ.get("RENDI_SFTP_PASSWORD"),
        "key_filename": os.environ.get("RENDI_SFTP_KEY"),
    }
    account: dict[str, Any] = {key: value for key, value in given.items() if value}
    try:
        files, root = url_to_fs(
            landing, host_key_policy=_KnownHosts, timeout=_PATIENCE, auth_timeout=_PATIENCE, **account
        )
        files.ftp.get_channel().settimeout(_PATIENCE)
    except (OSError, paramiko.SSHException) as error:
        raise closed(landing, error) from None
    return files, root


def closed(landing: str, error: Exception) -> RendiError:
    """The refusal of a landing folder on another machine that does not answer."""
    return RendiError(
        f"the landing folder at {urlsplit(landing).hostname} cannot be read ({type(error).__name__}): is the server "
        "up, are RENDI_SFTP_USER and RENDI_SFTP_PASSWORD or RENDI_SFTP_KEY right? Nothing of it is used; run it again"
    )


def is_local(files: Any) -> bool:
    """Whether a file system is this machine's."""
    return "file" in ((files.protocol,) if isinstance(files.protocol, str) else files.protocol)
