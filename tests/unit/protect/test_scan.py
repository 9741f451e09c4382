"""A planted number or name is found in every place the scan looks into, and the report does not repeat it."""

import datetime
import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from pipelines.protect.scan import Finding, leaks
from schemas.errors import RendiError

ID = "440106199003071207"
PHONE = "13912345678"
NAME = "张伟"


def found(path: Path, names: Iterable[str] = (NAME,), public: Iterable[str] = ()) -> set[tuple[str, str, int]]:
    return {(finding.where, finding.kind, finding.count) for finding in leaks([path], names, public)}


def clean() -> pa.Table:
    attribute = {"source": "police_household", "as_of": datetime.date(2024, 3, 5), "authoritative": True}
    return pa.table(
        {
            "person_id": ["0f3a" * 8, "139a" * 8],
            "id_token": ["k1:" + "13912345678abcde" * 2, None],
            "name_masked": ["张**", "欧阳**"],
            "birth_month": ["1990-03", None],
            "region_code": ["440106", "440106001001"],
            "attributes": [{"name": attribute}, {"name": None}],
            "phones": [[{"token": "k1:" + "ab" * 16, "mask": "139******78"}], []],
            "labels": pa.array([[("a", "天河区")], []], pa.map_(pa.string(), pa.string())),
            "longitude": [113.26443512345678, 0.13912345678],
            "at": [datetime.datetime(2024, 3, 5), None],
            "count": [3, 20],
        }
    )


def planted(column: str, value: object) -> pa.Table:
    table = clean()
    place = table.schema.get_field_index(column)
    kind = table.schema.field(column).type if column != "count" else pa.int64()
    cells = [value, *table.column(column).to_pylist()[1:]]
    return table.set_column(place, pa.field(column, kind), pa.array(cells, kind))


def test_a_governed_table_without_clear_values_has_no_finding(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "governed" / "master" / "person", clean())
    assert leaks([tmp_path], [NAME, "欧阳"]) == []


@pytest.mark.parametrize(
    ("column", "value", "where", "kind"),
    [
        ("id_token", ID, "id_token", "id_number"),
        ("id_token", ID + "42", "id_token", "id_number"),
        ("name_masked", NAME, "name_masked", "full_name"),
        ("name_masked", f"李四;{NAME}", "name_masked", "full_name"),
        ("birth_month", PHONE, "birth_month", "phone"),
        ("attributes", {"name": {"source": PHONE}}, "attributes.name.source", "phone"),
        ("phones", [{"mask": "x"}, {"mask": PHONE}], "phones[].mask", "phone"),
        ("labels", [(NAME, "x")], "labels{key}", "full_name"),
        ("labels", [("x", ID)], "labels{value}", "id_number"),
        ("count", int(PHONE), "count", "phone"),
        ("count", int(ID), "count", "id_number"),
    ],
)
def test_a_planted_value_is_found_in_every_kind_of_column(
    tmp_path: Path, column: str, value: object, where: str, kind: str
) -> None:
    write_deltalake(tmp_path / "person", planted(column, value))
    findings = leaks([tmp_path], [NAME])
    cells = [finding for finding in findings if finding.place == str(tmp_path / "person")]
    assert cells == [Finding(str(tmp_path / "person"), where, kind, 1)]
    assert str(value) not in repr(findings)


def test_cells_are_counted_and_earlier_versions_are_not(tmp_path: Path) -> None:
    table = tmp_path / "person"
    write_deltalake(table, pa.table({"name": [NAME] * 5 + ["张**"] * 5}))
    assert ("name", "full_name", 5) in found(table)
    write_deltalake(table, pa.table({"name": ["张**"] * 5}), mode="overwrite")
    assert not any(where == "name" for where, _, _ in found(table))


def test_a_value_in_the_log_of_a_table_is_found(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "t", clean())
    entry = tmp_path / "t" / "_delta_log" / "00000000000000000000.json"
    entry.write_text(entry.read_text() + json.dumps({"commitInfo": {"userMetadata": f"failed at {ID}"}}) + "\n")
    assert "id_number" in {kind for _, kind, _ in found(tmp_path)}


def test_a_value_in_the_checkpoint_of_a_log_is_found(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "t", clean(), description=f"of {NAME}")
    DeltaTable(tmp_path / "t").create_checkpoint()
    (tmp_path / "t" / "_delta_log" / "00000000000000000000.json").unlink()
    assert ("metaData.description", "full_name", 1) in found(tmp_path)


@pytest.mark.parametrize("name", ["run.log", "data.csv", "data.json", "index.html", "catalogue.ttl", "notes"])
def test_a_planted_line_is_found_in_every_kind_of_file(tmp_path: Path, name: str) -> None:
    text = f"header\n12:00:01 row 17 refused\n12:00:02 {ID} is wrong\n12:00:03 {ID}\n<td>{NAME}</td>\n"
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert found(tmp_path) == {("line 3", "id_number", 2), ("line 5", "full_name", 1)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encoding_of_a_file_hides_nothing(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "data.csv").write_text(f"姓名,电话\n𠮷野,{PHONE}\n{NAME},1\n", encoding=encoding)
    assert found(tmp_path, [NAME, "𠮷野"]) == {("line 2", "phone", 1), ("line 2", "full_name", 2)}


def test_compressed_and_parquet_files_are_looked_into(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "old.log.gz", "wt", encoding="utf-8") as file:
        file.write(f"fine\n{PHONE}\n")
    pq.write_table(planted("name_masked", NAME), tmp_path / "data.parquet")
    assert found(tmp_path) == {("line 2", "phone", 1), ("name_masked", "full_name", 1)}


def test_public_values_are_no_leak(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(f"440106850307123,020-38123456,{NAME}\n", encoding="utf-8")
    assert len(found(tmp_path)) == 3
    assert found(tmp_path, public=["440106850307123", "020-38123456", NAME]) == set()


@pytest.mark.parametrize("name", ["data.xlsx", "archive.zip", "broken.gz", "broken.parquet"])
def test_what_cannot_be_looked_into_is_an_error_and_not_a_pass(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04\0\0\0\0")
    with pytest.raises(RendiError, match=name):
        leaks([tmp_path])


def test_a_table_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "t", clean())
    for part in (tmp_path / "t").glob("*.parquet"):
        part.write_bytes(b"PAR1")
    with pytest.raises(RendiError, match="cannot read"):
        leaks([tmp_path])


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RendiError, match="finds no"):
        leaks([tmp_path / "governed"])


def test_pictures_and_checksums_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\0\0")
    (tmp_path / ".part.crc").write_bytes(b"crc\0")
    assert leaks([tmp_path]) == []
