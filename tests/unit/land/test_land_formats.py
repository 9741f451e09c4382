"""XLSX, JSON lines, Parquet and GeoJSON: rows as text, and counts that agree."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.land import read_geojson, read_jsonl, read_parquet, read_xlsx
from pipelines.land.discover import Part
from schemas import contract as contracts
from schemas.contract import Contract
from schemas.errors import RendiError

MARRIAGE = contracts.load("civil_marriage")
RELIEF = contracts.load("civil_relief")
TAX = contracts.load("tax_payer")
HEALTH = contracts.load("health_resident")
GRID = contracts.load("grid_boundary")


def part(path: Path) -> Part:
    return Part(str(path), path.name, path.stat().st_size, "")


def rows(reader: ModuleType, path: Path, contract: Contract) -> list[dict[str, Any]]:
    """The rows by number; fails where the independent count differs."""
    one = part(path)
    found = [
        row for piece in reader.pieces(one, contract) for b in reader.parse(piece, contract) for row in b.to_pylist()
    ]
    assert [row["_row"] for row in sorted(found, key=lambda row: row["_row"])] == list(range(1, len(found) + 1))
    assert reader.count(one, contract) == len(found)
    return sorted(found, key=lambda row: row["_row"])


def workbook(path: Path, lines: Sequence[Sequence[Any]], merged: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(list(line))
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)
    return path


def lines(path: Path, *texts: str | bytes) -> Path:
    path.write_bytes(b"\n".join(text if isinstance(text, bytes) else text.encode() for text in texts))
    return path


def test_a_header_of_two_rows_with_merged_cells_below_a_title_is_found(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["婚姻登记汇总表"],
            [],
            ["证件字号", "登记类别", "男方", None, "女方", None, "登记日期"],
            [None, None, "姓名", "身份证号", "姓名", "身份证号", None],
            ["J1", "结婚", "甲", "1", "乙", "2", datetime(2026, 3, 1)],
            [],
            ["J2", "离婚", "丙", None, "丁", 440106900101123, "2026年3月2日"],
            ["合计", None, None, None, None, None, 2],
        ],
        ["A1:G1", "A3:A4", "B3:B4", "C3:D3", "E3:F3", "G3:G4"],
    )
    found = rows(read_xlsx, path, MARRIAGE)
    assert [row["certificate_no"] for row in found] == ["J1", "J2", "合计"]
    assert (found[0]["male_name"], found[0]["female_id"], found[0]["registered_on"]) == ("甲", "2", "2026-03-01")
    assert (found[1]["male_id"], found[1]["female_id"]) == (None, "440106900101123")
    assert found[2]["_extra"] is None


def test_typed_cells_become_text_in_one_form() -> None:
    values = [1234.0, 0.1, 4.40106199001011e17, True, datetime(2026, 3, 1, 8, 5), datetime(2026, 3, 1), 7, "", " a "]
    assert [read_xlsx.text(value) for value in values] == [
        "1234", "0.1", "440106199001011000", "TRUE", "2026-03-01 08:05:00", "2026-03-01", "7", None, " a ",
    ]  # fmt: skip


def test_a_formula_without_a_saved_value_stands_for_itself(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    path = workbook(tmp_path / "a.xlsx", [labels, ["R1", None, '=HYPERLINK("x")', "低保", 800.5, None, None]])
    assert rows(read_xlsx, path, RELIEF)[0]["name"] == '=HYPERLINK("x")'


def test_every_sheet_with_the_header_is_read_and_others_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    labels = [field.label for field in RELIEF.fields]
    for title, number in (("一", "R1"), ("二", "R2")):
        sheet = book.create_sheet(title)
        sheet.append(labels)
        sheet.append([number, None, "甲", "低保", "800", None, None, "备注"])
    book.active.append(["说明"])
    book.save(tmp_path / "a.xlsx")
    found = rows(read_xlsx, tmp_path / "a.xlsx", RELIEF)
    assert [row["relief_no"] for row in found] == ["R1", "R2"]
    assert found[0]["_extra"] == [("column_8", "备注")]
    assert list(read_xlsx.columns(part(tmp_path / "a.xlsx"), RELIEF).extra) == ["sheet Sheet"]


def test_blank_cells_make_no_row(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    path = workbook(tmp_path / "a.xlsx", [labels, ["", "  "], ["R1"], [" "], ["R2", ""]])
    assert [row["relief_no"] for row in rows(read_xlsx, path, RELIEF)] == ["R1", "R2"]


@pytest.mark.parametrize("length", [100, 3000])
def test_a_workbook_that_was_cut_short_is_refused(tmp_path: Path, length: int) -> None:
    path = workbook(tmp_path / "a.xlsx", [[field.label for field in RELIEF.fields]])
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(RendiError, match="cut short"):
        read_xlsx.columns(part(path), RELIEF)


def test_json_values_stay_as_written_and_broken_lines_stay_whole(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        '\ufeff{"taxpayer_no":"1","name":null,"arrears_yuan":1.10,"tags":[1,{"a":"甲"}],"ok":true,"n":12345678901234567890}',
        "",
        '{"taxpayer_no":"2"',
        '{"taxpayer_no":"3","taxpayer_no":"4"}',
        '{"taxpayer_no":"5","name":"\\ud800"}',
        b'{"taxpayer_no":"6","name":"\xff"}',
        "[1]",
        '{"taxpayer_no":"8","纳税人名称":"乙","arrears_yuan":NaN}',
        '{"taxpayer_no":"9","纳税人名称":"' + "长" * 400_000 + '"}',
    )
    found = rows(read_jsonl, path, TAX)
    assert (found[0]["taxpayer_no"], found[0]["name"], found[0]["arrears_yuan"]) == ("1", None, "1.10")
    assert dict(found[0]["_extra"]) == {"tags": '[1,{"a":"甲"}]', "ok": "true", "n": "12345678901234567890"}
    assert [row["_row"] for row in found if row["_malformed"]] == [2, 3, 4, 5, 6, 7]
    assert found[4]["_malformed"] == '{"taxpayer_no":"6","name":"\\xff"}'
    assert len(found[7]["name"]) == 400_000


def test_large_json_lines_are_cut_and_numbered_as_if_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lines(tmp_path / "a.jsonl", *(f'{{"taxpayer_no":"{n}"}}' + "\n" * (n % 3) for n in range(1, 301)))
    monkeypatch.setattr("pipelines.land.pieces.LARGE", 500)
    assert len(read_jsonl.pieces(part(path), TAX)) > 5
    assert [row["taxpayer_no"] for row in rows(read_jsonl, path, TAX)] == [str(n) for n in range(1, 301)]


def test_a_key_that_no_record_holds_is_missing_unless_chance_explains_it(tmp_path: Path) -> None:
    record = {field.name: "x" for field in TAX.fields if field.name != "phone"}
    few = lines(tmp_path / "few.jsonl", *[json.dumps(record)] * 3)
    many = lines(tmp_path / "many.jsonl", *[json.dumps(record)] * 60)
    renamed = lines(tmp_path / "renamed.jsonl", *[json.dumps({**record, "phone_no": "1"})] * 3)
    present = ["phone" in read_jsonl.columns(part(path), TAX).fields for path in (few, many, renamed)]
    assert present == [True, False, False]


@pytest.mark.parametrize("text", ["", "not json\n", '{"other":1}\n'])
def test_json_lines_without_a_known_object_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RendiError, match="unreadable"):
        read_jsonl.columns(part(lines(tmp_path / "a.jsonl", text)), TAX)


def test_parquet_types_become_text_in_one_form(tmp_path: Path) -> None:
    table = pa.table(
        {
            "archive_no": pa.array(["H1", "H2"]).dictionary_encode(),
            "phone": pa.array([13800138000.0, None]),
            "birth_date": pa.array([date(1990, 1, 1), None]),
            "updated_at": pa.array([datetime(2026, 3, 1, 8, 0), datetime(2026, 3, 1, 8, 0, 0, 250000)]),
            "seen_at": pa.array([datetime(2026, 3, 1), None], pa.timestamp("us", "UTC")),
            "weight": pa.array([Decimal("0.0000001"), None], pa.decimal128(12, 7)),
            "codes": pa.array([[1, 2], None]),
            "name": pa.array([b"\xe7\x94\xb2", b"\xff"]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = rows(read_parquet, tmp_path / "a.parquet", HEALTH)
    first = {name: found[0][name] for name in ("archive_no", "phone", "birth_date", "updated_at", "name")}
    assert first == {
        "archive_no": "H1",
        "phone": "13800138000",
        "birth_date": "1990-01-01",
        "updated_at": "2026-03-01 08:00:00",
        "name": "甲",
    }
    assert dict(found[0]["_extra"]) == {"seen_at": "2026-03-01 08:00:00", "weight": "0.0000001", "codes": "[1,2]"}
    assert (found[1]["updated_at"], found[1]["name"]) == ("2026-03-01 08:00:00.25", "\\xff")


def test_parquet_that_expands_too_far_or_was_cut_short_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"archive_no": ["x" * 100_000] * 2_000}), tmp_path / "a.parquet")
    with pytest.raises(RendiError, match="expands beyond"):
        rows(read_parquet, tmp_path / "a.parquet", HEALTH)
    path = tmp_path / "b.parquet"
    path.write_bytes((tmp_path / "a.parquet").read_bytes()[:-8])
    with pytest.raises(RendiError, match="cut short"):
        read_parquet.columns(part(path), HEALTH)


def test_geojson_gives_properties_and_the_geometry_as_compact_json(tmp_path: Path) -> None:
    square = {"type": "Polygon", "coordinates": [[[113.1, 23.0], [113.2, 23.0], [113.2, 23.1], [113.1, 23.0]]]}
    feature = {"type": "Feature", "properties": {"grid_code": "G1", "grid_name": '一"],[{'}, "geometry": square}
    document = {"type": "FeatureCollection", "name": "features", "features": [feature, None, {**feature, "id": 7}]}
    path = lines(tmp_path / "a.geojson", json.dumps(document, ensure_ascii=False, indent=1))
    found = rows(read_geojson, path, GRID)
    assert found[0]["grid_name"] == '一"],[{'
    assert json.loads(found[0]["boundary"]) == square and " " not in found[0]["boundary"]
    assert found[1]["_malformed"] == "null"
    assert found[2]["_extra"] == [("id", "7")]


@pytest.mark.parametrize("text", ["[]", "[ ]", "[{}]", "[[1,2],3]"])
def test_odd_features_are_counted_as_they_are_read(tmp_path: Path, text: str) -> None:
    path = lines(tmp_path / "a.geojson", f'{{"features": {text}, "type": "FeatureCollection"}}')
    assert len(rows(read_geojson, path, GRID)) == len(json.loads(text))


@pytest.mark.parametrize("text", ["", '{"type":"FeatureCollection","features":[', '{"type":"Feature"}'])
def test_what_is_no_feature_collection_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RendiError, match="unreadable"):
        read_geojson.columns(part(lines(tmp_path / "a.geojson", text)), GRID)
