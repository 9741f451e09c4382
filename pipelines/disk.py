"""A full disk: known by what the operating system says of it, whoever passes that on."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import RendiError

_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
# The JVM, delta-rs and Arrow give the system's own words and no number.
_WORDS = ("No space left on device", "Disk quota exceeded")


def full(error: BaseException, root: str) -> RendiError | None:
    """The sentence for an error behind which stands a full disk; None for any other. root: the lake's."""
    for one in _chain(error):
        if (isinstance(one, OSError) and one.errno in _NUMBERS) or any(words in _text(one) for words in _WORDS):
            place = Path(root)
            free = shutil.disk_usage(place if place.exists() else place.parent).free
            return RendiError(
                f"the disk is full: {root} or Spark's scratch folder has no room for what this run writes "
                f"({free >> 20} MiB free under the lake): make room, then give the same command again; "
                "what was committed stays"
            )
    return None


@contextmanager
def said(root: str) -> Iterator[None]:
    """Whatever fails within for want of room fails with that sentence."""
    try:
        yield
    except Exception as error:
        told = full(error, root)
        if told is None:
            raise
        raise told from None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _text(error: BaseException) -> str:
    # An exception of Spark keeps its causes in a text of its own.
    return f"{error}\n{getattr(error, '_stackTrace', '')}"
