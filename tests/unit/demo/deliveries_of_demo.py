"""Read deliveries of the made-up city with other people's libraries, broken lines left out."""

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import yaml

import demo

LAYOUT: dict[str, Any] = yaml.safe_load((Path(demo.__file__).parent / "layout.yaml").read_text(encoding="utf-8"))
Row = dict[str, str | None]


def files(city: Path, source: str, date: str = "") -> list[Path]:
    return sorted((city / "landing" / source).glob(f"{source}_{date}*"))


def truth(city: Path, name: str) -> list[Row]:
    with (city / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def broken(city: Path, file: Path) -> set[int]:
    kinds = {"too_few", "too_many", "open_quote", "cut_json"}
    return {int(row["row"] or 0) for row in truth(city, "spoiled") if row["file"] == file.name and row["kind"] in kinds}


def rows(city: Path, file: Path) -> dict[int, Row]:
    """Field name to value of every sound row, by its number in the file."""
    source = file.parent.name
    layout, bad = LAYOUT[source], broken(city, file)
    names = {label: name for name, label in layout["fields"].items()}
    if file.suffix == ".csv":
        return _csv(file.read_bytes().decode(layout["encoding"]), bad, names)
    if file.suffix == ".jsonl":
        lines = file.read_text(encoding="utf-8").splitlines()
        return {n: json.loads(line) for n, line in enumerate(lines, start=1) if n not in bad}
    if file.suffix == ".geojson":
        features = json.loads(file.read_text(encoding="utf-8"))["features"]
        return {n: {**f["properties"], "boundary": json.dumps(f["geometry"])} for n, f in enumerate(features, start=1)}
    if file.suffix == ".parquet":
        return dict(enumerate(pq.read_table(file).to_pylist(), start=1))
    return dict(enumerate(_workbook(file, names), start=1))


def _csv(text: str, bad: set[int], names: dict[str, str]) -> dict[int, Row]:
    """Lines are put together to records by counting quotes, but a broken one stands alone."""
    found: dict[int, Row] = {}
    lines = iter(text.split("\r\n")[:-1])
    header = next(csv.reader([next(lines)]))
    for number, line in enumerate(lines, start=1):
        if number not in bad:
            cells = next(csv.reader(io.StringIO(line, newline=""), strict=True))
            found[number] = {names[label]: cell or None for label, cell in zip(header, cells, strict=True)}
    return found


def _workbook(file: Path, names: dict[str, str]) -> list[Row]:
    grid = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    upper, lower, body = grid[1], (None,) * len(grid[1]), grid[2:]
    if None in upper:
        lower, body = grid[2], grid[3:]
    group, labels = "", []
    for above, below in zip(upper, lower, strict=True):
        group = above or group
        labels.append(group + (below or ""))
    return [{names[label]: None if v is None else str(v) for label, v in zip(labels, row, strict=True)} for row in body]


def accounts(city: Path) -> list[Row]:
    with sqlite3.connect(city / "landing" / "hr.sqlite") as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT rowid, * FROM social_insurance ORDER BY rowid")]
