"""Files of each format as labels and rows of text, and back again."""

import csv
import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

Table = tuple[list[str], list[list[str]]]


def table(data: bytes, ends: str, encoding: str) -> Table:
    """Labels and rows of a good file. ends: what its name ends with; encoding: of a text file."""
    match ends:
        case ".jsonl":
            return _of([json.loads(line) for line in data.decode(encoding).splitlines()])
        case ".geojson":
            return _of([feature["properties"] for feature in json.loads(data)["features"]])
        case ".parquet":
            return _of(pq.read_table(io.BytesIO(data)).to_pylist())
        case ".xlsx":
            sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
            lines = [[_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
            # Before its labels there may be a title.
            labels, *rows = [line for line in lines if all(line[:2])]
        case _:
            labels, *rows = csv.reader(io.StringIO(data.decode(encoding)))
    return labels, rows


def written(labels: list[str], rows: list[list[str]], ends: str, encoding: str, like: bytes) -> bytes:
    """A file of the same format whose values are all text. like: the good file, whose geometries are repeated."""
    match ends:
        case ".jsonl":
            return ("\n".join(_object(labels, row) for row in rows) + "\n").encode()
        case ".geojson":
            shapes = [json.dumps(feature["geometry"]) for feature in json.loads(like)["features"]]
            features = [
                f'{{"type": "Feature", "properties": {_object(labels, row)}, "geometry": {shapes[n % len(shapes)]}}}'
                for n, row in enumerate(rows)
            ]
            return f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}'.encode()
        case ".parquet":
            columns = [pa.array([value or None for value in column], pa.string()) for column in zip(*rows, strict=True)]
            made = io.BytesIO()
            pq.write_table(pa.Table.from_arrays(columns, labels), made)
            return made.getvalue()
        case ".xlsx":
            book = openpyxl.Workbook()
            for n, row in enumerate([labels, *rows], 1):
                for m, value in enumerate(row, 1):
                    # As text, or what looks like a formula would be one.
                    cell = book.worksheets[0].cell(n, m)
                    cell.value, cell.data_type = value or None, "s" if value else "n"
            made = io.BytesIO()
            book.save(made)
            return made.getvalue()
        case _:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([labels, *rows])
            return text.getvalue().encode(encoding)


def _of(objects: list[dict[str, object]]) -> Table:
    return list(objects[0]), [[_text(value) for value in one.values()] for one in objects]


def _text(value: object) -> str:
    return "" if value is None else str(value)


# By hand: a name may stand twice.
def _object(labels: list[str], row: list[str]) -> str:
    return "{" + ", ".join(f"{_json(k)}: {_json(v)}" for k, v in zip(labels, row, strict=True)) + "}"


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
