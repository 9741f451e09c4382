"""SHA256SUMS, as `sha256sum --check` reads it."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

NAME = "SHA256SUMS"


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(folder: Path, files: Iterable[str]) -> None:
    """Write the checksums of `files` within `folder`."""
    lines = [f"{sha256(folder / name)}  {name}\n" for name in sorted(files)]
    (folder / NAME).write_text("".join(lines), encoding="utf-8")


def hold(folder: Path) -> bool:
    """Whether every file in the folder's SHA256SUMS is there and unchanged."""
    listed = folder / NAME
    if not listed.exists():
        return False
    pairs = [line.split("  ", 1) for line in listed.read_text(encoding="utf-8").splitlines()]
    return all((folder / name).exists() and sha256(folder / name) == digest for digest, name in pairs)
