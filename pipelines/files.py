"""Files beside the tables."""

from pathlib import Path

import fsspec


def write_whole(url: str, text: str) -> None:
    """Write a file by rename: readers see the old one or the new one."""
    files, path = fsspec.core.url_to_fs(url)
    files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    files.pipe_file(f"{path}.new", text.encode())
    files.mv(f"{path}.new", path)


def local_root(root: str) -> str:
    """A lake's root in one form: an absolute local path, or the URL as it is."""
    return root.rstrip("/") if "://" in root else str(Path(root).expanduser().resolve())
