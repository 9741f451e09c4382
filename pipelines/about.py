"""What a lake says of itself in `format.json`: of which format it is, and with which key ring it is written."""

import json
from pathlib import Path
from typing import Any

import fsspec

from pipelines import locks
from pipelines.files import write_whole
from schemas.errors import RendiError

FORMAT = 2
# delta-rs takes these for parts of an address, and panics.
REFUSED = frozenset("[]^|\\")


def check(root: str) -> None:
    """Refuse a lake of another format, and a folder that holds something else or has a name that cannot be."""
    require_format(root)
    odd = sorted(REFUSED & set(str(Path(root).absolute()))) if "://" not in root else []
    if odd:
        raise RendiError(f"{root}: a lake's path cannot hold {' '.join(odd)}: name another folder with --lake")
    marked = "format" in _read(root)
    files, path = fsspec.core.url_to_fs(root)
    if not marked and files.exists(path) and any(not _begun(root, p) for p in files.ls(path, detail=False)):
        raise RendiError(f"{root} exists and is not a lake: name an empty folder with --lake")


def require_format(root: str) -> None:
    """Refuse a lake of another format."""
    found = _read(root).get("format")
    if found not in (None, FORMAT):
        raise RendiError(
            f"{root} is a lake of format {found}, this Rendi writes format {FORMAT}: "
            "use the Rendi that made it, or run anew into an empty folder from restricted/original"
        )


def create(root: str) -> None:
    """Make the two roots where there are none yet. What this makes before the mark stands is begun anew."""
    check(root)
    if _read(root):
        return
    files, path = fsspec.core.url_to_fs(root)
    files.makedirs(f"{path}/restricted", exist_ok=True)
    files.makedirs(f"{path}/governed", exist_ok=True)
    if "://" not in root:
        (Path(root) / "restricted").chmod(0o700)
    _write(root, {"format": FORMAT})


def keys_identity(root: str) -> str | None:
    """The identity of the key ring that the lake was written with; None for a new lake."""
    return _read(root).get("keys")


def bind_keys(root: str, identity: str) -> None:
    """Remember the identity of the key ring, so that no other ring ever writes here."""
    if keys_identity(root) != identity:
        _write(root, {**_read(root), "keys": identity})


def _begun(root: str, path: str) -> bool:
    """Whether a path is of a lake that another process has just begun, or was killed while it made it."""
    files, _ = fsspec.core.url_to_fs(root)
    name = path.rsplit("/", 1)[1]
    return name in (locks.FOLDER, "format.json.new") or (name in ("restricted", "governed") and not files.find(path))


def _read(root: str) -> dict[str, Any]:
    files, mark = fsspec.core.url_to_fs(f"{root}/format.json")
    try:
        return json.loads(files.cat_file(mark)) if files.exists(mark) else {}
    except ValueError:
        raise RendiError(f"{root}/format.json is damaged: put it back from the lake's backup") from None


def _write(root: str, about: dict[str, Any]) -> None:
    write_whole(f"{root}/format.json", json.dumps(about))
