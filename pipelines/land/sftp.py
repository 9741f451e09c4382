"""A landing folder on an SFTP server, of which only those are trusted whose key is known."""

import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paramiko
from fsspec.core import url_to_fs

from schemas.errors import ServerError

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
            raise ServerError(
                f"the landing folder's server {hostname} shows a key that {file.name} does not hold: compare it with "
                "the department, then add it (ssh-keyscan)"
            )


def connected(landing: str) -> tuple[Any, str]:
    """File system and root of an sftp:// URL, by the account that `folder.opened` names; else one of `folder.lost`."""
    given = {
        "username": None if urlsplit(landing).username else os.environ.get("RENDI_SFTP_USER"),
        "password": os.environ.get("RENDI_SFTP_PASSWORD"),
        "key_filename": os.environ.get("RENDI_SFTP_KEY"),
    }
    account: dict[str, Any] = {key: value for key, value in given.items() if value}
    account |= {"host_key_policy": _KnownHosts, "timeout": _PATIENCE, "auth_timeout": _PATIENCE}
    files, root = url_to_fs(landing, **account)
    if not files.ftp.get_channel().get_transport().is_active():
        # The connection is that of an earlier source or night, and servers end those that are idle.
        type(files).clear_instance_cache()
        files, root = url_to_fs(landing, **account)
    files.ftp.get_channel().settimeout(_PATIENCE)
    return files, root
