"""A sliding view of a stream of lines."""

from typing import Any

from pipelines.land.unpack import unreadable

BLOCK = 4 << 20
_LONGEST_LINE = 256 << 20


class Window:
    """Bytes that begin at the start of a line; the reader says how far it came, and the view moves on.

    data: the bytes in view; final: nothing follows them; lines: where the last whole line in view ends.
    """

    def __init__(self, stream: Any, name: str, start: int = 0, end: int | None = None, block: int = BLOCK) -> None:
        self._stream = stream
        self._name = name
        self._block = block
        self._left = None if end is None else end - start
        _skip(stream, start)
        self.data = b""
        self.final = False
        self.lines = 0

    def advance(self, used: int) -> bool:
        """Drop the first `used` bytes and read on; False when all is used up."""
        rest = self.data[used:]
        if len(rest) > _LONGEST_LINE:
            raise unreadable(self._name, "a single line has more than 256 MiB")
        size = self._block if self._left is None else min(self._block, self._left)
        # A stream may give less than was asked for; only nothing at all is its end.
        more = self._stream.read(size) if size and not self.final else b""
        if self._left is not None:
            self._left -= len(more)
        self.final = not more
        self.data = rest + more
        self.lines = len(self.data) if self.final else self.data.rfind(b"\n") + 1
        return bool(self.data) or not self.final


def _skip(stream: Any, count: int) -> None:
    if hasattr(stream, "seek"):
        stream.seek(count)
        return
    while count > 0 and (data := stream.read(min(count, BLOCK))):
        count -= len(data)
