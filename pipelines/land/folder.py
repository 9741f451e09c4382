"""The landing folder's file system: local, or any that fsspec knows."""

import ftplib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from fsspec import available_protocols
from fsspec.core import url_to_fs

from schemas.errors import RendiError, ServerError, nearest

# What fsspec raises for an address that lacks a part or has a wrong one, and for a ZIP file that is none.
_WRONG = (ValueError, TypeError, NotImplementedError, zipfile.BadZipFile)


def opened(landing: str) -> tuple[Any, str]:
    """File system and root of a landing folder, a local path or fsspec URL.

    Over SFTP the account is RENDI_SFTP_USER and RENDI_SFTP_PASSWORD or RENDI_SFTP_KEY (a private key's file), else what
    ssh-agent holds. RendiError where it cannot be opened, and for a password in the URL, which many messages name.
    """
    _known(landing)
    if "://" not in landing:
        return url_to_fs(landing)
    with _told(landing):
        parts = urlsplit(landing)
        if parts.scheme not in ("sftp", "ssh"):
            return url_to_fs(landing)
        if parts.password:
            raise RendiError(
                "the landing folder's URL holds a password: take it out, and set RENDI_SFTP_PASSWORD instead"
            )
        from pipelines.land import sftp  # noqa: PLC0415  (its library takes 0.2 s to load)

        return sftp.connected(landing)


def found(landing: str) -> tuple[Any, str] | None:
    """As `opened`, None where the folder is not there; RendiError where its address is none, `ServerError` where its
    server is lost.
    """
    files, root = opened(landing)
    with _told(landing):
        return (files, root) if is_folder(files, root) else None


def require(landing: str) -> None:
    """RendiError where a landing folder is not there, or its address is none. Where its server is lost, landing tells:
    who asks databases has a night all the same.
    """
    try:
        there = found(landing)
    except ServerError:
        return
    if there is None:
        raise RendiError(
            f"there is no landing folder {_shown(landing)}: name with --landing or RENDI_LANDING where departments put "
            "their files, or make the folder"
        )


def lost() -> tuple[type[Exception], ...]:
    """What a server raises that is not there, does not let one in or breaks off.

    For an `except`, which asks only when something was raised: the library takes 0.2 s to load.
    """
    import paramiko  # noqa: PLC0415

    return OSError, EOFError, ftplib.Error, paramiko.SSHException


@contextmanager
def _told(landing: str) -> Iterator[None]:
    """What an address raises that cannot be read becomes one sentence."""
    try:
        yield
    except ImportError as error:
        raise RendiError(
            f"the landing folder {_shown(landing)} needs a package that is not there ({error}): install it into .venv, "
            "or name another folder with --landing or RENDI_LANDING"
        ) from None
    except _WRONG as error:
        raise RendiError(
            f"{_shown(landing)} cannot be read as a landing folder ({type(error).__name__}): name with --landing or "
            "RENDI_LANDING a folder of this machine, or one as sftp://server/folder"
        ) from None
    except lost() as error:
        raise closed(landing, error) from None


def _known(landing: str) -> None:
    protocol, separator, _ = landing.partition("://")
    known = available_protocols()
    # A chain, as simplecache::sftp, is fsspec's to judge.
    if separator and "::" not in protocol and protocol not in known:
        raise RendiError(
            f"the landing folder's protocol '{protocol}://' is not known{nearest(protocol, known) or ':'} name with "
            "--landing or RENDI_LANDING a folder of this machine, or one as sftp://server/folder"
        )


def closed(landing: str, error: Exception) -> ServerError:
    """The refusal of a landing folder on another machine that does not answer."""
    over_ssh = landing.startswith(("sftp://", "ssh://"))
    account = "are RENDI_SFTP_USER and RENDI_SFTP_PASSWORD or RENDI_SFTP_KEY" if over_ssh else "is the account"
    return ServerError(
        f"the landing folder at {host(landing)} cannot be read ({type(error).__name__}): is the server up, {account} "
        "right? Nothing of it is used; run it again"
    )


def host(landing: str) -> str:
    """The machine that a landing folder's URL names, or its address where it names none."""
    try:
        return urlsplit(landing).hostname or _shown(landing)
    except ValueError:
        return _shown(landing)


def _shown(landing: str) -> str:
    """An address without its account's password."""
    return re.sub(r"(?<=://).*:.*@", "", landing)


def is_folder(files: Any, path: str) -> bool:
    """Whether a folder is there; one of `lost` where its server does not say, which fsspec takes for a no."""
    if is_local(files):
        return bool(files.isdir(path))
    try:
        return bool(files.info(path)["type"] == "directory")
    except FileNotFoundError:
        return False


def is_local(files: Any) -> bool:
    """Whether a file system is this machine's."""
    return "file" in ((files.protocol,) if isinstance(files.protocol, str) else files.protocol)
