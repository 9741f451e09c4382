"""CSV: which lines are rows, and that an independent count agrees."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.land import csv_records, read_csv
from pipelines.land.count_csv import count_rows
from pipelines.land.discover import Part
from pipelines.land.header import Columns
from schemas import contract as contracts
from schemas.contract import Contract
from schemas.errors import RendiError

COLUMNS = 3
OFTEN = settings(deadline=None, max_examples=200)
TEXT = st.text(alphabet=st.sampled_from('",\n\r ab中𬱖\0\t'), max_size=60)


def rows_of(data: bytes, encoding: str = "utf-8", columns: int = COLUMNS) -> list[tuple[int, object]]:
    """(row, fields or malformed line) for data below a header, through Arrow and the csv module."""
    contract = contracts.load("health_death").model_copy(update={"encoding": encoding})
    names = [field.name for field in contract.fields][:columns]
    found = csv_records.split(data, len(data), True, columns, encoding, 1)
    shape = Columns({name: at for at, name in enumerate(names)}, {}, columns)
    rows: list[tuple[int, object]] = []
    for one in read_csv._batches(found, shape, contract, "file", encoding):
        table = pa.Table.from_batches([one]).to_pylist()
        rows += [(row["_row"], row["_malformed"] or [row[name] for name in names]) for row in table]
    return sorted(rows, key=lambda row: row[0])


def line_by_line(data: bytes, encoding: str) -> list[tuple[int, object]]:
    """The same without Arrow."""
    found = csv_records.split(data, len(data), True, COLUMNS, encoding, 1)
    rows: list[tuple[int, object]] = [(row, [text or None for text in fields]) for row, fields in found.parsed]
    rows += [(row, csv_records.whole(line, encoding)) for row, line in found.bad]
    for first, plain in found.plain + found.simple:
        lines = plain.removesuffix(b"\n").split(b"\n")
        for row, line in enumerate(lines, start=first):
            fields = csv_records.row(line, COLUMNS, encoding)
            rows.append((row, [text or None for text in fields] if fields else csv_records.whole(line, encoding)))
    return sorted(rows, key=lambda row: row[0])


@OFTEN
@given(TEXT)
@example('a,"b\nc",d\n')
@example('a,"b\nc,,d\ne,f,g\n')
@example('"a\r\n\r\nb",,\r\r\n"')
@example("a,b\0,c\n\n \nx,y,z")
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_independent_count_equals_the_parsers_rows(encoding: str, text: str) -> None:
    data = text.encode(encoding)
    rows = rows_of(data, encoding)
    assert count_rows(io.BytesIO(data), "file", 0, COLUMNS, encoding) == len(rows)
    assert [row for row, _ in rows] == list(range(1, len(rows) + 1))


@OFTEN
@given(TEXT, st.binary(max_size=3))
def test_the_quick_way_gives_what_reading_line_by_line_gives(text: str, noise: bytes) -> None:
    data = text.encode("gb18030") + noise
    assert rows_of(data, "gb18030") == line_by_line(data, "gb18030")


@OFTEN
@given(st.lists(TEXT, min_size=1, max_size=8), st.integers(min_value=1, max_value=40))
def test_where_the_view_ends_does_not_change_the_rows(lines: list[str], size: int) -> None:
    data = "\n".join(lines).encode()
    whole = count_rows(io.BytesIO(data), "file", 0, COLUMNS, "utf-8")
    assert count_rows(_Trickle(data, size), "file", 0, COLUMNS, "utf-8") == whole


class _Trickle:
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._stream = io.BytesIO(data)
        self._size = size

    def read(self, size: int) -> bytes:
        return self._stream.read(min(size, self._size))


def test_a_quoted_field_may_hold_line_ends_quotes_and_separators() -> None:
    assert rows_of('1,"一\n二,""三""",x\n2,,y\n'.encode()) == [(1, ["1", '一\n二,"三"', "x"]), (2, ["2", None, "y"])]


def test_rows_after_a_stray_quote_are_rows() -> None:
    assert rows_of(b'1,"a,b\n2,c,d\n3,"e,f\n4,g,h\n') == [
        (1, '1,"a,b'),
        (2, ["2", "c", "d"]),
        (3, '3,"e,f'),
        (4, ["4", "g", "h"]),
    ]


def test_a_field_that_swallowed_a_row_is_not_believed() -> None:
    assert rows_of(b'1,"a\n2,c,d\n3",b\n') == [(1, '1,"a'), (2, ["2", "c", "d"]), (3, '3",b')]


def test_a_quote_inside_a_bare_field_is_text() -> None:
    assert rows_of(b'1,a"b,c\n') == [(1, ["1", 'a"b', "c"])]


def test_a_line_that_cannot_be_decoded_is_kept_in_escapes_and_spoils_no_other() -> None:
    assert rows_of("1,甲,乙\n".encode() + b"2,\xff,b\n3,c\0,d\n4,e,f\n") == [
        (1, ["1", "甲", "乙"]),
        (2, "2,\\xff,b"),
        (3, "3,c\\x00,d"),
        (4, ["4", "e", "f"]),
    ]


def test_a_last_line_that_was_cut_is_malformed() -> None:
    assert rows_of(b"1,a,b\n2,c") == [(1, ["1", "a", "b"]), (2, "2,c")]


def test_rare_characters_of_four_bytes_are_read() -> None:
    assert rows_of("1,𬱖䶮,·\n".encode("gb18030"), "gb18030") == [(1, ["1", "𬱖䶮", "·"])]


def written(tmp_path: object, data: bytes) -> Part:
    path = f"{tmp_path}/health_death_20260302.csv"
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(data)
    return Part(path, "health_death_20260302.csv", len(data), "")


@pytest.fixture
def deaths() -> Iterator[Contract]:
    yield contracts.load("health_death")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("证明编号,身份证号,姓名,死亡日期\n1,2,张三丰,2024-01-01\n".encode(), "looks like utf-8"),
        ("证明编号,姓名\n".encode("utf-16"), "looks like UTF-16"),
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"1,2,3,4\n5,6,7,8\n", "no column"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    tmp_path: object, deaths: Contract, data: bytes, what: str
) -> None:
    with pytest.raises(RendiError, match=what):
        read_csv.columns(written(tmp_path, data), deaths)


def test_a_file_in_gb18030_under_a_contract_of_utf_8_is_refused(tmp_path: object, deaths: Contract) -> None:
    part = written(tmp_path, "证明编号,姓名\n1,张三\n".encode("gb18030"))
    with pytest.raises(RendiError, match="looks like gb18030"):
        read_csv.columns(part, deaths.model_copy(update={"encoding": "utf-8"}))


def test_a_large_file_is_cut_and_its_rows_are_numbered_as_if_whole(
    tmp_path: object, deaths: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{n},,名{n},2024-01-01" for n in range(1, 501)]
    part = written(tmp_path, ("证明编号,身份证号,姓名,死亡日期\n" + "\n\n".join(lines)).encode("gb18030"))
    monkeypatch.setattr("pipelines.land.pieces.LARGE", 1000)
    pieces = read_csv.pieces(part, deaths)
    rows = [row for piece in pieces for one in read_csv.parse(piece, deaths) for row in one.to_pylist()]
    assert len(pieces) > 5
    assert [(row["_row"], row["certificate_no"]) for row in rows] == [(n, str(n)) for n in range(1, 501)]
    assert read_csv.count(part, deaths) == 500


def test_a_large_file_with_a_quote_is_not_cut(
    tmp_path: object, deaths: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = '1,,"a\nb",2024-01-01\n' + "2,,c,2024-01-01\n" * 200
    part = written(tmp_path, ("证明编号,身份证号,姓名,死亡日期\n" + body).encode("gb18030"))
    monkeypatch.setattr("pipelines.land.pieces.LARGE", 1000)
    assert len(read_csv.pieces(part, deaths)) == 1
