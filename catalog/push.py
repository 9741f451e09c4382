"""A copy of what is open at a portal's place: a folder, or any URL that fsspec knows.

Not every store can rename, so a version is there when its SHA256SUMS is: the file that comes last, after all others
were read back. The catalogue's own files come after all versions and name only what is there.
"""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import fsspec

from catalog.exports import checksums
from catalog.exports.version import versions
from schemas.errors import RendiError

log = logging.getLogger("rendi")


def push(folder: Path, url: str) -> list[str]:
    """Bring the copy at `url` up to `folder`, the root of what is open.

    Gives what was copied: `<resource code>/<version>`, and the catalogue's files. What stands there with the same
    checksums is left alone; what is no longer published here stays there too, and is told of: who serves it takes it
    away. RendiError where a version does not hold its own checksums, here or after the copy.
    """
    try:
        files, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise RendiError(f"the portal's place cannot be opened: {error}") from None
    root = root.rstrip("/")
    copied = []
    for version in _versions(folder):
        name = str(version.relative_to(folder))
        if not checksums.hold(version):
            raise RendiError(f"open/{name} does not hold its {checksums.NAME}: run `rendi unit publish` again")
        if _differs(files, version / checksums.NAME, f"{root}/{name}/{checksums.NAME}"):
            _copy(files, version, f"{root}/{name}")
            copied.append(name)
    for file in sorted(p for p in folder.iterdir() if p.is_file()):
        if _differs(files, file, f"{root}/{file.name}"):
            _put(files, file, f"{root}/{file.name}")
            copied.append(file.name)
    for name in sorted(_homes(files, root) - {p.name for p in folder.iterdir()}):
        log.warning("%s stands at the portal's place and is no longer published: remove it there", name)
    return copied


def _homes(files: fsspec.AbstractFileSystem, root: str) -> set[str]:
    """The folders at the portal's place that hold versions."""
    return {path.split("/")[-3] for path in files.glob(f"{root}/*/*/{checksums.NAME}")}


def _versions(folder: Path) -> Iterator[Path]:
    for home in sorted(p for p in folder.iterdir() if p.is_dir()):
        yield from (home / version for version in versions(home))


def _differs(files: fsspec.AbstractFileSystem, ours: Path, theirs: str) -> bool:
    return not files.exists(theirs) or _sha256(files, theirs) != checksums.sha256(ours)


def _copy(files: fsspec.AbstractFileSystem, version: Path, to: str) -> None:
    # Until the new checksums are there, nobody takes the old ones for those of a mixture.
    if files.exists(f"{to}/{checksums.NAME}"):
        files.rm_file(f"{to}/{checksums.NAME}")
    files.makedirs(to, exist_ok=True)
    for file in sorted(p for p in version.iterdir() if p.name != checksums.NAME):
        _put(files, file, f"{to}/{file.name}")
    _put(files, version / checksums.NAME, f"{to}/{checksums.NAME}")


def _put(files: fsspec.AbstractFileSystem, file: Path, to: str) -> None:
    files.put_file(str(file), to)
    if _differs(files, file, to):
        raise RendiError(f"{file.name} came to the portal's place with other bytes: push again")


def _sha256(files: fsspec.AbstractFileSystem, path: str) -> str:
    with files.open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
