"""Open datasets as files: what a reader of each format finds, and when a version is written."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import frictionless
import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog import catalogue, exports
from catalog.dataset import OpenDataset, open_datasets
from catalog.exports import frictionless as frictionless_export
from catalog.exports.csv import escape
from catalog.resource import resources
from schemas.errors import RendiError

DAY = date(2025, 9, 3)


@pytest.fixture(scope="module")
def penalties() -> OpenDataset:
    return next(d for d in open_datasets(resources()) if d.name == "penalties")


def rows(*names: str) -> pa.Table:
    count = len(names)
    return pa.table(
        {
            "decision_no": [f"市监罚〔2025〕{i}号" for i in range(count)],
            "uscc": pa.array(["91340100MA2MRXY37B"] * (count - 1) + [None], pa.string()),
            "name": list(names),
            "penalty_kind": ["罚款"] * count,
            "amount_wan": pa.array([Decimal("-12345678901234.5678")] * count, pa.decimal128(18, 4)),
            "decided_on": [date(2025, 1, 2)] * count,
        }
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(first: str) -> None:
    assert escape(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("text", ["", "合肥百货", "a=b", "1-2"])
def test_other_text_stays(text: str) -> None:
    assert escape(text) == text


def test_formulas_are_escaped_in_csv_alone_and_a_negative_number_is_none(
    penalties: OpenDataset, tmp_path: Path
) -> None:
    files = {f.format: f for f in exports.write(rows('=HYPERLINK("x")', "甲公司"), penalties, tmp_path, DAY)}
    raw = files["csv"].path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    in_csv = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert [row["name"] for row in in_csv] == ['\'=HYPERLINK("x")', "甲公司"]
    assert [row["amount_wan"] for row in in_csv] == ["-12345678901234.5678"] * 2
    in_json = json.loads(files["json"].path.read_text(encoding="utf-8"), parse_float=Decimal)
    assert [row["name"] for row in in_json] == ['=HYPERLINK("x")', "甲公司"]
    assert in_json[1]["amount_wan"] == Decimal("-12345678901234.5678")
    assert in_json[1]["uscc"] is None
    in_parquet = pq.read_table(files["parquet"].path)
    assert in_parquet["name"].to_pylist() == ['=HYPERLINK("x")', "甲公司"]
    assert in_parquet.schema.field("decided_on").type == pa.date32()


def test_rare_characters_and_quotes_survive(penalties: OpenDataset, tmp_path: Path) -> None:
    names = ["𬱖䶮公司", '甲"乙,丙\n丁公司']
    files = {f.format: f for f in exports.write(rows(*names), penalties, tmp_path, DAY)}
    with files["csv"].path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == names
    assert [row["name"] for row in json.loads(files["json"].path.read_text(encoding="utf-8"))] == names


def test_frictionless_finds_the_package_valid(penalties: OpenDataset, tmp_path: Path) -> None:
    files = exports.write(rows("甲公司", "-乙公司"), penalties, tmp_path, DAY)
    report = frictionless.validate(str(files[0].path.parent / "datapackage.json"))
    assert report.valid, report.flatten(["type", "note"])
    assert len(report.tasks) == 3


# The Data Package profile (v1), of what the catalogue's own words go into.
PROFILE = {
    "properties": {
        "keywords": {"type": "array", "minItems": 1},
        "licenses": {
            "items": {
                "properties": {"name": {"pattern": "^([-a-zA-Z0-9._])+$"}},
                "anyOf": [{"required": ["name"]}, {"required": ["path"]}],
            }
        },
    }
}


@pytest.mark.parametrize("keywords", [(), ("行政处罚",)])
@pytest.mark.parametrize(("licence", "called"), [("CC-BY-4.0", "name"), ("知识共享 署名 4.0", "title")])
def test_a_package_is_valid_whatever_the_licence_is_called_and_without_keywords(
    penalties: OpenDataset, keywords: tuple[str, ...], licence: str, called: str
) -> None:
    facts = catalogue.load().model_copy(update={"license_name": licence})
    package = json.loads(frictionless_export.descriptor(replace(penalties, keywords=keywords), [], "2025-09-03", facts))
    jsonschema.validate(package, PROFILE)
    assert tuple(package.get("keywords", ())) == keywords
    assert package["licenses"] == [{called: licence, "path": facts.license}]


def test_frictionless_finds_a_changed_file(penalties: OpenDataset, tmp_path: Path) -> None:
    files = {f.format: f for f in exports.write(rows("甲公司"), penalties, tmp_path, DAY)}
    with files["csv"].path.open("a", encoding="utf-8") as file:
        file.write("x,,,,,\r\n")
    assert not frictionless.validate(str(files["csv"].path.parent / "datapackage.json")).valid


def test_checksums_are_those_of_the_files(penalties: OpenDataset, tmp_path: Path) -> None:
    folder = exports.write(rows("甲公司"), penalties, tmp_path, DAY)[0].path.parent
    listed = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert listed.keys() == {p.name for p in folder.iterdir()} - {"SHA256SUMS"}
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in listed.items())


def test_the_same_rows_in_any_order_give_the_same_bytes(penalties: OpenDataset, tmp_path: Path) -> None:
    table = rows("甲公司", "乙公司", "丙公司")
    exports.write(table, penalties, tmp_path / "a", DAY)
    exports.write(iter(table.take([2, 0, 1]).to_batches(max_chunksize=1)), penalties, tmp_path / "b", DAY)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_unchanged_content_makes_no_new_version(penalties: OpenDataset, tmp_path: Path) -> None:
    first = exports.write(rows("甲公司"), penalties, tmp_path, DAY)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    again = exports.write(rows("甲公司"), penalties, tmp_path, date(2025, 9, 4))
    assert again == first
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == before


def test_changed_content_makes_a_new_version_and_keeps_the_old(penalties: OpenDataset, tmp_path: Path) -> None:
    exports.write(rows("甲公司"), penalties, tmp_path, DAY)
    exports.write(rows("乙公司"), penalties, tmp_path, date(2025, 9, 4))
    exports.write(rows("甲公司"), penalties, tmp_path, date(2025, 9, 5))
    assert sorted(p.name for p in (tmp_path / penalties.folder).iterdir()) == ["2025-09-03", "2025-09-04", "2025-09-05"]


def test_the_same_day_again_replaces_its_version(penalties: OpenDataset, tmp_path: Path) -> None:
    exports.write(rows("甲公司"), penalties, tmp_path, DAY)
    files = exports.write(rows("乙公司"), penalties, tmp_path, DAY)
    assert [p.name for p in (tmp_path / penalties.folder).iterdir()] == ["2025-09-03"]
    assert pq.read_table(files[2].path)["name"].to_pylist() == ["乙公司"]


def test_a_damaged_version_is_written_again(penalties: OpenDataset, tmp_path: Path) -> None:
    files = exports.write(rows("甲公司"), penalties, tmp_path, DAY)
    whole = contents(tmp_path)
    files[0].path.write_bytes(b"")
    exports.write(rows("甲公司"), penalties, tmp_path, DAY)
    assert contents(tmp_path) == whole


def test_what_a_killed_run_left_is_no_version(penalties: OpenDataset, tmp_path: Path) -> None:
    left = tmp_path / penalties.folder / ".2025-09-03.new"
    left.mkdir(parents=True)
    (left / "penalties.csv").write_text("half")
    exports.write(rows("甲公司"), penalties, tmp_path, DAY)
    assert [p.name for p in (tmp_path / penalties.folder).iterdir()] == ["2025-09-03"]


def test_what_is_withdrawn_goes_with_every_version_and_nothing_else_does(
    penalties: OpenDataset, tmp_path: Path
) -> None:
    for day in (DAY, date(2025, 9, 4)):
        exports.write(rows("甲公司"), penalties, tmp_path, day)
    exports.write(rows("甲公司"), replace(penalties, code="307008002/000009"), tmp_path, DAY)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "catalog.ttl").touch()
    exports.withdraw(tmp_path, [penalties])
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([penalties.folder, "catalog.ttl", "pictures"])
    exports.withdraw(tmp_path, [])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["catalog.ttl", "pictures"]
    exports.withdraw(tmp_path / "nothing yet", [])


def test_a_column_that_is_not_listed_stops_before_anything_is_written(penalties: OpenDataset, tmp_path: Path) -> None:
    table = rows("甲公司")
    with pytest.raises(RendiError, match=r"hold .*person_name"):
        exports.write(table.append_column("person_name", pa.array(["x"])), penalties, tmp_path, DAY)
    with pytest.raises(RendiError, match=r"lack .*uscc"):
        exports.write(table.drop_columns(["uscc"]), penalties, tmp_path, DAY)
    assert not list(tmp_path.iterdir())


def test_a_value_that_does_not_fit_stops_without_being_shown(penalties: OpenDataset, tmp_path: Path) -> None:
    table = rows("甲公司")
    table = table.set_column(4, "amount_wan", pa.array(["geheim"]))
    with pytest.raises(RendiError, match="amount_wan") as caught:
        exports.write(table, penalties, tmp_path, DAY)
    assert "geheim" not in str(caught.value)


def test_no_rows_are_published_as_empty_files(penalties: OpenDataset, tmp_path: Path) -> None:
    def nothing() -> Iterator[pa.RecordBatch]:
        yield from ()

    files = {f.format: f for f in exports.write(nothing(), penalties, tmp_path, DAY)}
    assert json.loads(files["json"].path.read_text()) == []
    assert frictionless.validate(str(files["csv"].path.parent / "datapackage.json")).valid
