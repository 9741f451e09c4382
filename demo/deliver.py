"""Write one delivery as its department would: the file formats, byte for byte the same for the same rows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.text import Text, join, plain, where


def csv_lines(columns: dict[str, Text]) -> Text:
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


def json_lines(columns: dict[str, Text]) -> Text:
    """Each row as one JSON object; a NULL is null."""
    names = list(columns)
    dump = json.JSONEncoder(ensure_ascii=False).encode
    rows = zip(*[column.to_pylist() for column in columns.values()], strict=True)
    return pa.array([dump(dict(zip(names, row, strict=True))) for row in rows], pa.string())


def write_csv(path: Path, columns: dict[str, Text], labels: dict[str, str], layout: dict[str, Any], bad: Text) -> None:
    """CSV with a header of labels; where `bad` is not NULL it stands in place of the row's record."""
    lines = pc.coalesce(bad, csv_lines(columns))
    with path.open("w", encoding=layout["encoding"], newline="") as file:
        file.write(",".join(labels[name] for name in columns) + "\r\n")
        _write_lines(file, lines, "\r\n")


def write_jsonl(
    path: Path, columns: dict[str, Text], labels: dict[str, str], layout: dict[str, Any], bad: Text
) -> None:
    """JSON lines in UTF-8; where `bad` is not NULL it stands in place of the row's object."""
    with path.open("w", encoding="utf-8", newline="") as file:
        _write_lines(file, pc.coalesce(bad, json_lines(columns)), "\n")


def _write_lines(file: Any, lines: Text, ending: str) -> None:
    for start in range(0, len(lines), 200_000):
        piece = lines.slice(start, 200_000).to_pylist()
        file.write(ending.join(piece) + ending)


def write_geojson(
    path: Path, columns: dict[str, Text], labels: dict[str, str], layout: dict[str, Any], bad: Text
) -> None:
    """A FeatureCollection (RFC 7946); `boundary` is the geometry, the rest are properties."""
    rows = pa.table(columns).to_pylist()
    features = []
    for row in rows:
        boundary = row.pop("boundary")
        geometry = json.loads(boundary) if boundary else None
        features.append(json.dumps({"type": "Feature", "properties": row, "geometry": geometry}, ensure_ascii=False))
    text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"
    path.write_text(text, encoding="utf-8")


WRITERS = {"csv": write_csv, "jsonl": write_jsonl, "geojson": write_geojson}


def shuffle(count: int, rng: np.random.Generator) -> np.ndarray:
    """An order of rows."""
    return rng.permutation(count)
