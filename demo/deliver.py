"""Write one delivery as its department would: text formats with lines, and the same bytes for the same rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from demo.text import Text, join, plain, where

Columns = dict[str, Text]
Layout = dict[str, Any]
NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"


def csv_lines(columns: Columns) -> Text:
    """Each row as one CSV record; a value that holds a comma, a quote or a line break stands in quotes."""
    cells = []
    for column in columns.values():
        cell = pc.fill_null(plain(column), "")
        special = pc.match_substring_regex(cell, '[",\r\n]')
        if pc.any(special).as_py():
            quoted = join('"', pc.replace_substring(cell, '"', '""'), '"')
            cell = where(special.to_numpy(zero_copy_only=False), quoted, cell)
        cells.append(cell)
    return join(*cells, between=",")


def json_lines(columns: Columns, numbers: tuple[str, ...] = ()) -> Text:
    """Each row as one JSON object (RFC 8259); a NULL is null, a number in the fields `numbers` has no quotes."""
    cells = []
    for name, column in columns.items():
        text = pc.replace_substring(pc.replace_substring(plain(column), "\\", "\\\\"), '"', '\\"')
        text = pc.replace_substring(pc.replace_substring(text, "\n", "\\n"), "\t", "\\t")
        quoted = join('"', text, '"')
        if name in numbers:
            bare = pc.fill_null(pc.match_substring_regex(plain(column), NUMBER), False)
            quoted = where(bare.to_numpy(zero_copy_only=False), plain(column), quoted)
        cells.append(join(json.dumps(name), ": ", pc.fill_null(quoted, "null")))
    return join("{", join(*cells, between=", "), "}")


def write_csv(path: Path, columns: Columns, layout: Layout, broken: Text) -> None:
    """CSV with a header of labels; where `broken` is not NULL it stands in place of the row's record."""
    lines = pc.coalesce(broken, csv_lines(columns))
    with path.open("w", encoding=layout["encoding"], newline="") as file:
        file.write(",".join(layout["fields"][name] for name in columns) + "\r\n")
        _write_lines(file, lines, "\r\n")


def write_jsonl(path: Path, columns: Columns, layout: Layout, broken: Text) -> None:
    """JSON lines in UTF-8; where `broken` is not NULL it stands in place of the row's object."""
    with path.open("w", encoding="utf-8", newline="") as file:
        _write_lines(file, pc.coalesce(broken, json_lines(columns, tuple(layout.get("numbers", ())))), "\n")


def _write_lines(file: Any, lines: Text, ending: str) -> None:
    for start in range(0, len(lines), 200_000):
        piece = lines.slice(start, 200_000).to_pylist()
        file.write(ending.join(piece) + ending)


def write_parquet(path: Path, columns: Columns, layout: Layout, broken: Text) -> None:
    """Parquet with text columns."""
    pq.write_table(pa.table(columns), path)


def write_geojson(path: Path, columns: Columns, layout: Layout, broken: Text) -> None:
    """A FeatureCollection (RFC 7946); `boundary` is the geometry, the rest are properties."""
    properties = json_lines({name: column for name, column in columns.items() if name != "boundary"})
    geometry = pc.fill_null(columns["boundary"], "null")
    features = join('{"type": "Feature", "properties": ', properties, ', "geometry": ', geometry, "}")
    text = ",\n".join(features.to_pylist())
    path.write_text('{"type": "FeatureCollection", "features": [\n' + text + "\n]}\n", encoding="utf-8")


Writer = Callable[[Path, Columns, Layout, Text], None]
