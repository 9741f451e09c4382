"""How a part is cut into stretches that are read side by side."""

from dataclasses import dataclass

from pipelines.land.count_csv import filled
from pipelines.land.discover import Part
from pipelines.land.unpack import Guarded, opened
from pipelines.land.window import Window
from schemas.contract import Contract

LARGE = 32 << 20


@dataclass(frozen=True)
class Piece:
    """A stretch of a part.

    start, end: bytes, or row groups of Parquet, None for the part's end; first: number of its first row.
    """

    part: Part
    start: int = 0
    end: int | None = None
    first: int = 1


def cut(part: Part, contract: Contract, start: int, quotes: bool) -> list[Piece]:
    """Cut the lines of a large plain file at line ends. start: byte behind the header; quotes: a quote may join lines,
    so a file that holds one stays whole.
    """
    uncut = [Piece(part, start)]
    if part.size <= LARGE:
        return uncut
    pieces: list[Piece] = []
    with opened(part, contract) as stream:
        if isinstance(stream, Guarded):
            return uncut
        window = Window(stream, part.name, start, block=LARGE)
        row, used = 1, 0
        while window.advance(used):
            used = window.lines
            lines = window.data[:used]
            if quotes and b'"' in lines:
                return uncut
            if lines:
                pieces.append(Piece(part, start, start + used, row))
            row += filled(lines)
            start += used
    return pieces or uncut
