"""Tables on the terminal: no value is ever cropped, however narrow the terminal is."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

# What reads as a sentence, and may break; words that people copy stay whole.
LONG = ("reason", "message", "say", "parts", "by")
# A sentence in fewer cells than these is a column of single words.
READABLE = 20


def printed(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], title: str) -> None:
    """Print rows as a table (columns: key -> heading), or a block a row where the terminal is too narrow for one."""
    room = terminal()
    widths = _natural(rows, columns)
    if room is not None and _whole(widths.values()) > room:
        widths = _folded(rows, widths, room)
    # Where nobody looks on, the width is nobody's terminal.
    console = Console(width=max(_whole(widths.values()), room or 0, 1))
    # As a line of its own: a table's title breaks at the width of the table.
    if title:
        console.print(Text(title, style="italic"), soft_wrap=True)
    if widths:
        console.print(_table(rows, columns, widths))
    else:
        console.print(_blocks(rows, columns), soft_wrap=True)


def terminal() -> int | None:
    """How many cells a line of the terminal has; None where the output goes to a file or a pipe."""
    return Console().width if sys.stdout.isatty() else None


def _natural(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> dict[str, int]:
    """Key -> cells that a column takes where nothing folds."""
    return {key: max(cell_len(text) for text in _texts(rows, key, heading)) for key, heading in columns.items()}


def _folded(rows: Sequence[Mapping[str, Any]], natural: Mapping[str, int], room: int) -> dict[str, int]:
    """Key -> cells that a column takes where sentences fold, no word of them broken; {} where that is no table yet."""
    widths = dict(natural)
    sentences = [key for key in natural if key in LONG]
    for key in sentences:
        # Chinese breaks between any two characters, a path or a name nowhere.
        words = [cell_len(word) for text in _texts(rows, key, "") for word in re.findall(r"[!-~]+", text)]
        widths[key] = min(natural[key], max([READABLE, *words]))
    spare = room - _whole(widths.values())
    if spare < 0:
        return {}
    for left, key in enumerate(sorted(sentences, key=lambda key: natural[key] - widths[key])):
        more = min(natural[key] - widths[key], spare // (len(sentences) - left))
        widths[key] += more
        spare -= more
    return widths


def _whole(widths: Iterable[int]) -> int:
    """Cells of a table with columns of these widths: a cell of padding on both sides of each, and the lines between."""
    return sum(width + 3 for width in widths) + 1


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], widths: Mapping[str, int]) -> Table:
    table = Table()
    for key, heading in columns.items():
        number = all(isinstance(row.get(key), int | float) for row in rows) and rows
        table.add_column(
            heading, justify="right" if number else "left", overflow="fold", width=widths[key], no_wrap=key not in LONG
        )
    for row in rows:
        # Text: a department's word in brackets is no colour.
        table.add_row(*(Text(_text(row.get(key))) for key in columns))
    return table


def _blocks(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> Text:
    """One item a line, heading and value, a block a row; the headings alone where there is no row."""
    names = max(map(cell_len, columns.values()), default=0)

    def lines(row: Mapping[str, Any]) -> Iterator[Text]:
        for key, heading in columns.items():
            # The terminal breaks a line that is longer than it: what is copied from there is whole.
            yield Text.assemble((heading, "bold"), " " * (names - cell_len(heading) + 2), _text(row.get(key)))

    return Text("\n\n").join(Text("\n").join(lines(row)) for row in rows or [{}])


def _texts(rows: Sequence[Mapping[str, Any]], key: str, heading: str) -> Iterator[str]:
    yield heading
    yield from (_text(row.get(key)) for row in rows)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in str(value))
