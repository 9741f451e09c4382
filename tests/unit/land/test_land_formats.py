"""XLSX, JSON lines, Parquet and GeoJSON: rows as text, and counts that agree."""

import contextlib
import json
import random
import uuid
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
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


def patched(path: Path, old: str, new: str) -> Path:
    """A workbook of which some text of the first sheet's XML is replaced."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old.encode() in members[sheet]
    members[sheet] = members[sheet].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def with_sheet(path: Path, title: str, lines: Sequence[Sequence[Any]], state: str = "visible") -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet(title)
    sheet.sheet_state = state
    for line in lines:
        sheet.append(list(line))
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
    values = [1234.0, 0.1, 1e14, True, datetime(2026, 3, 1, 8, 5), datetime(2026, 3, 1), 7, "", " a "]
    assert [read_xlsx.text(value) for value in values] == [
        "1234", "0.1", "100000000000000", "TRUE", "2026-03-01 08:05:00", "2026-03-01", "7", None, " a ",
    ]  # fmt: skip


def test_a_number_that_excel_cut_to_its_digits_is_no_identity_number() -> None:
    values = [4.40106199001011e17, 440106199001011000, 440106199001011234, 440106900101123]
    assert [read_xlsx.text(value) for value in values] == [
        "4.40106199001011E+17", "4.40106199001011E+17", "440106199001011234", "440106900101123",
    ]  # fmt: skip


def test_a_formula_without_a_saved_value_stands_for_itself(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    path = workbook(tmp_path / "a.xlsx", [labels, ["R1", None, '=HYPERLINK("x")', "低保", 800.5, None, None]])
    assert rows(read_xlsx, path, RELIEF)[0]["name"] == '=HYPERLINK("x")'


def test_a_formula_whose_saved_result_is_empty_is_empty_and_makes_no_row(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    prefilled = '=IF(A2="","",B2)'
    path = workbook(tmp_path / "a.xlsx", [labels, ["R1", prefilled, "甲"], [prefilled] * 7, [], ["R2", None, "=1+1"]])
    for cell in ("B2", *(f"{column}3" for column in "ABCDEFG")):
        written = f'<c r="{cell}"><f>IF(A2="","",B2)</f><v /></c>'
        patched(path, written, written.replace(f'r="{cell}"', f'r="{cell}" t="str"'))
    found = rows(read_xlsx, path, RELIEF)
    assert [(row["relief_no"], row["id_number"], row["name"]) for row in found] == [
        ("R1", None, "甲"),
        ("R2", None, "=1+1"),
    ]


def test_characters_that_a_workbook_escapes_become_themselves(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    texts = ["R1", "_x000D_", "甲_x000D_\n乙", "_x005F_x000D_", None, "_xD842__xDFB7_"]
    path = workbook(tmp_path / "a.xlsx", [labels, texts, [" ", "_x000D_"]])
    (found,) = rows(read_xlsx, path, RELIEF)
    assert (found["id_number"], found["name"]) == ("\r", "甲\r\n乙")
    assert (found["relief_kind"], found["address"]) == ("_x000D_", "𠮷")


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
    columns = read_xlsx.columns(part(tmp_path / "a.xlsx"), RELIEF)
    assert (list(columns.extra), columns.unread) == ([], ("sheet Sheet is not read: 1 rows",))


def test_rows_that_go_on_in_a_sheet_without_a_header_are_refused(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    path = workbook(tmp_path / "a.xlsx", [labels, ["R1", "1", "甲", "低保", 800, "某路", "2026-03-01"]])
    with_sheet(path, "续表", [["R2", "2", "乙", "低保", 800, None, "2026-03-01"]])
    with pytest.raises(RendiError, match="sheet '续表' has no header, and rows as wide as the one of sheet 'Sheet'"):
        read_xlsx.columns(part(path), RELIEF)


def test_blank_sheets_need_no_word_and_another_table_is_named(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    path = workbook(tmp_path / "a.xlsx", [labels, ["R1"]])
    with_sheet(path, "Sheet2", [])
    with_sheet(path, "统计", [["街道", *range(9)], ["甲街", *range(9)]])
    assert read_xlsx.columns(part(path), RELIEF).unread == ("sheet 统计 is not read: 2 rows",)
    assert len(rows(read_xlsx, path, RELIEF)) == 1


def test_a_list_of_codes_or_a_guide_that_holds_a_label_is_no_data(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    path = workbook(tmp_path / "a.xlsx", [labels, ["R1", None, "甲"]])
    with_sheet(path, "字典", [["救助类别"], ["低保"], ["特困"]])
    with_sheet(path, "填表说明", [["字段", "必填", "说明"], *([label, "是", "文本"] for label in labels)])
    columns = read_xlsx.columns(part(path), RELIEF)
    assert set(columns.fields) == {field.name for field in RELIEF.fields}
    assert columns.unread == ("sheet 字典 is not read: 3 rows", "sheet 填表说明 is not read: 8 rows")
    assert [row["relief_no"] for row in rows(read_xlsx, path, RELIEF)] == ["R1"]


def test_a_value_that_is_merged_over_rows_stands_for_each_that_has_a_value_of_its_own(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    lines = [
        ["低保名册"],
        [],
        labels,
        [],
        ["R1", "1", "甲", "低保", 800, "某路"],
        ["R2", "2", "乙"],
        ["R3", "3", "丙"],
        ["R4", "4", "丁", "特困", 900],
        [None] * 7,
        ["R5", "5", "戊"],
        ["注：以上为三月"],
        [],
    ]
    # Title, header, kind over blocks that follow each other, a block of two columns, a record two rows high, a note.
    merged = ["A1:G2", *(f"{c}3:{c}4" for c in "ABCDEFG"), "D5:D7", "E5:E6", "F5:G7", "A8:A9", "D8:D9", "A11:C12"]
    found = rows(read_xlsx, workbook(tmp_path / "a.xlsx", lines, merged), RELIEF)
    assert [(row["relief_no"], row["relief_kind"], row["monthly_amount"], row["address"]) for row in found] == [
        ("R1", "低保", "800", "某路"),
        ("R2", "低保", "800", "某路"),
        ("R3", "低保", None, "某路"),
        ("R4", "特困", "900", None),
        ("R5", None, None, None),
        ("注：以上为三月", None, None, None),
    ]
    assert [row["approved_on"] for row in found] == [None] * 6


def test_a_value_of_its_own_stays_in_a_cell_that_is_merged(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    path = workbook(tmp_path / "a.xlsx", [labels, *([f"R{n}", None, f"姓名{n}"] for n in range(4))])
    patched(path, "</sheetData>", '</sheetData><x:mergeCells xmlns:x="x"><x:mergeCell ref="C2:C4"/></x:mergeCells>')
    patched(path, '<c r="C3" t="inlineStr"><is><t>姓名1</t></is></c>', "")
    assert [row["name"] for row in rows(read_xlsx, path, RELIEF)] == ["姓名0", "姓名0", "姓名2", "姓名3"]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read_but_named(tmp_path: Path, state: str) -> None:
    labels = [field.label for field in RELIEF.fields]
    path = workbook(tmp_path / "a.xlsx", [labels, ["R1", None, "甲"]])
    last_month = [labels, *([f"R{n}", "1", "乙", "低保", 800, "某路", "2026-03-01"] for n in (1, 2))]
    with_sheet(path, "二月", last_month, state)
    with_sheet(path, "续表", last_month[1:], state)
    with_sheet(path, "草稿", [], state)
    assert [row["name"] for row in rows(read_xlsx, path, RELIEF)] == ["甲"]
    assert read_xlsx.columns(part(path), RELIEF).unread == (
        "hidden sheet 二月 is not read: 3 rows",
        "hidden sheet 续表 is not read: 2 rows",
    )


def test_a_hidden_sheet_is_read_where_no_other_has_the_header(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["救助类别"], ["低保"]])
    with_sheet(path, "数据", [[field.label for field in RELIEF.fields], ["R1", None, "甲"]], "hidden")
    assert [row["relief_no"] for row in rows(read_xlsx, path, RELIEF)] == ["R1"]
    assert read_xlsx.columns(part(path), RELIEF).unread == ("sheet Sheet is not read: 2 rows",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # IndexError, TypeError and ValueError in openpyxl.
        ("<t>R1</t></is></c>", '<t>R1</t></is></c><c r="B2" t="s"><v>99</v></c>'),
        ("</sheetData>", '</sheetData><sheetViews><sheetView nothing="1"/></sheetViews>'),
        ("<t>R1</t></is></c>", '<t>R1</t></is></c><c r="B2"><v>1.5.2</v></c>'),
    ],
)
def test_a_workbook_at_which_its_reader_stumbles_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = workbook(tmp_path / "a.xlsx", [[field.label for field in RELIEF.fields], ["R1"]])
    with pytest.raises(RendiError, match="unreadable: it is no XLSX workbook"):
        rows(read_xlsx, patched(path, old, new), RELIEF)


def test_a_workbook_with_a_damaged_byte_is_read_whole_or_refused(tmp_path: Path) -> None:
    labels = [field.label for field in RELIEF.fields]
    path = workbook(tmp_path / "a.xlsx", [labels, *([f"R{n}", n, "甲"] for n in range(20))])
    data, chance = path.read_bytes(), random.Random(1)
    for _ in range(60):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        with contextlib.suppress(RendiError):
            read_xlsx.columns(part(path), RELIEF)
            assert len(rows(read_xlsx, path, RELIEF)) == 20


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


def test_json_lines_in_utf_8_under_a_contract_of_gb18030_are_refused(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", *['{"taxpayer_no": "1", "name": "广州某某科技有限公司"}'] * 30_000)
    gb18030 = TAX.model_copy(update={"encoding": "gb18030"})
    assert "taxpayer_no" in read_jsonl.columns(part(path), TAX).fields
    with pytest.raises(RendiError, match="looks like utf-8, not gb18030"):
        read_jsonl.columns(part(path), gb18030)
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert "taxpayer_no" in read_jsonl.columns(part(path), gb18030).fields


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


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC"])
def test_parquets_old_timestamps_are_instants_of_any_year_in_chinas_time(tmp_path: Path, zone: str) -> None:
    china = timezone(timedelta(hours=8))
    moments = [datetime(1990, 3, 5, tzinfo=china), datetime(9999, 12, 31, tzinfo=china), None]
    table = pa.table({"archive_no": ["1", "2", "3"], "updated_at": pa.array(moments, pa.timestamp("us", zone))})
    pq.write_table(table, tmp_path / "a.parquet", use_deprecated_int96_timestamps=True)
    found = rows(read_parquet, tmp_path / "a.parquet", HEALTH)
    assert [row["updated_at"] for row in found] == ["1990-03-05 00:00:00", "9999-12-31 00:00:00", None]


def test_floats_have_the_shortest_digits_of_their_own_width_and_nan_is_nothing() -> None:
    assert read_parquet.text(pa.array([0.1, 116.397, float("nan"), None, 4], pa.float32())).to_pylist() == [
        "0.1", "116.397", None, None, "4",
    ]  # fmt: skip
    assert read_parquet.text(pa.array([0.1, float("nan")])).to_pylist() == ["0.1", None]


def test_parquet_s_identifiers_and_views_are_text_and_a_date_beyond_the_calendar_is_refused(tmp_path: Path) -> None:
    one = uuid.UUID(int=7)
    named = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([one.bytes, None], pa.binary(16)))
    assert read_parquet.text(named).to_pylist() == [str(one), None]
    assert read_parquet.text(pa.array(["甲".encode(), None], pa.binary_view())).to_pylist() == ["甲", None]
    days = pa.ListArray.from_arrays([0, 1], pa.array([2**30], pa.int32()).view(pa.date32()))
    pq.write_table(pa.table({"archive_no": ["1"], "visits": days}), tmp_path / "a.parquet")
    with pytest.raises(RendiError, match="a date or time that no calendar has"):
        rows(read_parquet, tmp_path / "a.parquet", HEALTH)


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
