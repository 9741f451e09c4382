"""Locks: one writer a source, and one for everything after silver, which a whole night holds from its start (rule 5).

They are flock files outside the tables; the kernel frees them when their process dies. What stands inside only serves
the message.
"""

import fcntl
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

from schemas.errors import RendiError

FOLDER = "locks"


class HeldError(RendiError):
    """Another process writes what this one would."""


def require_path(root: str) -> None:
    """RendiError where the lake lies where no lock can be held."""
    if "://" in root:
        raise RendiError(f"{root}: a lake on an object store needs a lease, which is not built: mount it as a path")


@contextmanager
def held(root: str, name: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock `name` of the lake at `root`; HeldError names the other's process and command.

    wait_seconds: how long to wait for the other before giving up.
    """
    require_path(root)
    folder = Path(root) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("a+", encoding="utf-8") as file:
        end = time.monotonic() + wait_seconds
        while not _taken(file.fileno()):
            if time.monotonic() >= end:
                file.seek(0)
                other = file.read().strip() or "another process"
                raise HeldError(f"{name} is being written by {other}: wait for it to end, then run again")
            time.sleep(0.2)
        file.seek(0)
        file.truncate()
        # What stands behind the command's words may be a value of a record, and whoever sees the lake may read this.
        words = [Path(sys.argv[0]).name, *takewhile(lambda word: not word.startswith("-"), sys.argv[1:3])]
        file.write(f"process {os.getpid()}: {shlex.join(words)}\n")
        file.flush()
        yield


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
