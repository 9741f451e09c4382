"""Where the header of a sheet is: below title rows, in one to three rows, with merged cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.land.header import known
from schemas.contract import Contract, fold

_SOUGHT_ROWS = 30
_DEPTHS = (1, 2, 3)


@dataclass(frozen=True)
class SheetHeader:
    """last: number of the header's last row in the sheet; labels: one a column; known: how many are the contract's."""

    last: int
    labels: list[str]
    known: int


def find(rows: Sequence[Sequence[str | None]], contract: Contract) -> SheetHeader | None:
    """The rows that hold most of the contract's labels, the fewest and first of equals; None where no label is found.

    rows: the sheet's first rows as text. A merged cell's text stands in its first cell alone, so that a group label
    (男方) counts for the empty cells to its right, and is joined with the label below (姓名) to the contract's
    (男方姓名).
    """
    names = known(contract)
    best: SheetHeader | None = None
    for depth in _DEPTHS:
        for start in range(min(len(rows), _SOUGHT_ROWS) - depth + 1):
            labels = [_label(column, names) for column in _columns(rows[start : start + depth])]
            score = len({names[fold(label)] for label in labels if fold(label) in names})
            if score and (best is None or score > best.known):
                best = SheetHeader(start + depth, _trimmed(labels), score)
    return best


def _columns(rows: Sequence[Sequence[str | None]]) -> Iterator[list[tuple[str, str]]]:
    """For every column its cells from top to bottom: own text, and text with that of the merged cell to its left."""
    width = max(len(row) for row in rows)
    texts = [[(row[at] if at < len(row) else None) or "" for at in range(width)] for row in rows]
    spread = []
    for row in texts:
        left = ""
        line = []
        for cell in row:
            left = cell or left
            line.append(left)
        spread.append(line)
    for at in range(width):
        yield [(own[at], wide[at]) for own, wide in zip(texts, spread, strict=True)]


def _label(column: list[tuple[str, str]], names: dict[str, str]) -> str:
    own = [text for text, _ in column if text.strip()]
    if not own:
        return ""
    grouped = [wide for (_, wide) in column[:-1]] + [column[-1][0]]
    wordings = ["".join(grouped) if column[-1][0] else "", "".join(own), own[-1], own[0]]
    return next((wording for wording in wordings if fold(wording) in names), wordings[1])


def _trimmed(labels: list[str]) -> list[str]:
    while labels and not labels[-1]:
        labels.pop()
    return labels
