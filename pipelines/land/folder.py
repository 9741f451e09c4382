"""The landing folder's file system: local, or any that fsspec knows."""

import ftplib
from typing import Any
from urllib.parse import urlsplit

from fsspec import available_protocols
from fsspec.core import url_to_fs

from schemas.errors import RendiError, nearest

# What a server raises that is not there, does not let one in or breaks off.
LOST = (OSError, EOFError, ftplib.Error)


def opened(landing: str) -> tuple[Any, str]:
    """File system and root of a landing folder, a local path or fsspec URL.

    Over SFTP the account is RENDI_SFTP_USER and RENDI_SFTP_PASSWORD or RENDI_SFTP_KEY (a private key's file), else what
    ssh-agent holds. RendiError where it cannot be opened, and for a password in the URL, which many messages name.
    """
    _known(landing)
    parts = urlsplit(landing)
    if "://" not in landing:
        return url_to_fs(landing)
    if parts.scheme not in ("sftp", "ssh"):
        try:
            return url_to_fs(landing)
        except LOST as error:
            raise closed(landing, error) from None
    if parts.password:
        raise RendiError("the landing folder's URL holds a password: take it out, and set RENDI_SFTP_PASSWORD instead")
    from pipelines.land import sftp  # noqa: PLC0415  (its library takes 0.2 s to load)

    try:
        return sftp.connected(landing)
    except sftp.FAILURES as error:
        raise closed(landing, error) from None


def require(landing: str) -> None:
    """RendiError where a landing folder on this machine is not there, or its URL is none; whether another machine's is
    there, landing itself finds.
    """
    _known(landing)
    if "://" in landing:
        return
    files, root = url_to_fs(landing)
    if not files.isdir(root):
        raise RendiError(
            f"there is no landing folder {landing}: name with --landing or RENDI_LANDING where departments put their "
            "files, or make the folder"
        )


def _known(landing: str) -> None:
    protocol, separator, _ = landing.partition("://")
    known = available_protocols()
    # A chain, as simplecache::sftp, is fsspec's to judge.
    if separator and "::" not in protocol and protocol not in known:
        raise RendiError(
            f"the landing folder's protocol '{protocol}://' is not known{nearest(protocol, known) or ':'} name with "
            "--landing or RENDI_LANDING a folder of this machine, or one as sftp://server/folder"
        )


def closed(landing: str, error: Exception) -> RendiError:
    """The refusal of a landing folder on another machine that does not answer."""
    parts = urlsplit(landing)
    over_ssh = parts.scheme in ("sftp", "ssh")
    account = "are RENDI_SFTP_USER and RENDI_SFTP_PASSWORD or RENDI_SFTP_KEY" if over_ssh else "is the account"
    return RendiError(
        f"the landing folder at {parts.hostname} cannot be read ({type(error).__name__}): is the server up, {account} "
        "right? Nothing of it is used; run it again"
    )


def is_folder(files: Any, path: str) -> bool:
    """Whether a folder is there; one of `LOST` where its server does not say, which fsspec takes for a no."""
    if is_local(files):
        return bool(files.isdir(path))
    try:
        return bool(files.info(path)["type"] == "directory")
    except FileNotFoundError:
        return False


def is_local(files: Any) -> bool:
    """Whether a file system is this machine's."""
    return "file" in ((files.protocol,) if isinstance(files.protocol, str) else files.protocol)
