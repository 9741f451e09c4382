"""What the made-up city delivers."""

import hashlib
import json
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
import shapely
from deliveries_of_demo import LAYOUT, accounts, broken, files, rows, truth
from shapely.geometry import shape
from stdnum.cn import ric, uscc

import demo
from demo.office import write_xlsx

FILES = [source for source in LAYOUT if source != "hr_social_insurance"]
FULL = [source for source in FILES if LAYOUT[source]["mode"] == "full"]


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    demo.write(tmp_path / "one", people=400, seed=3, days=2)
    demo.write(tmp_path / "two", people=400, seed=3, days=2)
    demo.write(tmp_path / "other", people=400, seed=4, days=2)
    assert _digests(tmp_path / "one") == _digests(tmp_path / "two")
    assert _digests(tmp_path / "one") != _digests(tmp_path / "other")


def test_a_new_city_replaces_an_old_one_but_no_foreign_landing_folder(tmp_path: Path) -> None:
    demo.write(tmp_path, people=400, days=3)
    demo.write(tmp_path, people=400, days=1, first=date(2026, 4, 1))
    assert [file.name for file in files(tmp_path, "police_household")] == ["police_household_20260401.csv"]
    (tmp_path / "foreign" / "landing").mkdir(parents=True)
    with pytest.raises(FileExistsError):
        demo.write(tmp_path / "foreign", people=400)


@pytest.mark.parametrize("source", FILES)
def test_every_source_delivers_all_its_fields_on_the_first_date(city: Path, source: str) -> None:
    for file in files(city, source, "20260302"):
        found = rows(city, file)
        assert len(found) >= 5
        assert all(set(row) == set(LAYOUT[source]["fields"]) for row in found.values())


def test_the_database_holds_versions_of_accounts(city: Path) -> None:
    found = accounts(city)
    assert set(found[0]) == {"rowid", *LAYOUT["hr_social_insurance"]["fields"]}
    numbers = [row["account_no"] for row in found]
    again = {number for number in numbers if numbers.count(number) > 1}
    assert again
    stamps = [row["updated_at"] for row in found if row["account_no"] in again]
    assert len(set(stamps)) == len(stamps)


def test_health_archives_come_in_two_parts_on_the_first_date(city: Path) -> None:
    assert [file.name for file in files(city, "health_resident", "20260302")] == [
        "health_resident_20260302_1.parquet",
        "health_resident_20260302_2.parquet",
    ]


@pytest.mark.parametrize("source", FULL)
def test_a_full_source_repeats_all_but_about_one_row_in_a_hundred(city: Path, source: str) -> None:
    first, second = (rows(city, files(city, source, day)[0]) for day in ("20260302", "20260303"))
    before = {tuple(row.items()) for row in first.values()}
    same = sum(tuple(row.items()) in before for row in second.values())
    assert same >= len(second) - max(3, len(second) // 30)
    assert len(second) >= 0.95 * len(first)


def test_a_delta_source_delivers_little_after_its_first_date(city: Path) -> None:
    first = sum(len(rows(city, file)) for file in files(city, "health_resident", "20260302"))
    second = sum(len(rows(city, file)) for file in files(city, "health_resident", "20260303"))
    assert 0 < second < first / 10


def test_identity_numbers_have_their_check_character_and_a_county_of_their_time(city: Path) -> None:
    people = truth(city, "person")
    numbers = [str(person["id_number"]) for person in people]
    for person, number in zip(people, numbers, strict=True):
        assert ric.validate(number) == number
        assert ric.get_birth_date(number).isoformat() == person["birth_date"]
        assert ric.is_valid(person["former_number"] or number)
        assert int(number[16]) % 2 == int(person["sex"] or 0) % 2
    shared = sum(person["number_of_another"] == "1" for person in people)
    assert shared >= 1
    assert len(set(numbers)) == len(numbers) - shared


def test_credit_codes_have_their_check_character(city: Path) -> None:
    codes = [str(entity["uscc"]) for entity in truth(city, "legal_entity")]
    assert all(uscc.validate(code) == code for code in codes)
    assert len(set(codes)) == len(codes)


def test_a_home_lies_in_its_grid_and_grids_do_not_overlap(city: Path) -> None:
    grids = rows(city, files(city, "grid_boundary", "20260302")[0]).values()
    shapes = {grid["grid_code"]: shape(json.loads(grid["boundary"] or "")) for grid in grids}
    sound = {code: area for code, area in shapes.items() if area.is_valid}
    for place in truth(city, "place")[::20]:
        if place["grid_code"] in sound:
            assert sound[place["grid_code"]].contains(
                shapely.Point(float(place["longitude"]), float(place["latitude"]))
            )
    areas = list(sound.values())
    assert shapely.union_all(areas).area == pytest.approx(sum(area.area for area in areas))


def test_marriage_workbooks_have_grouped_labels(city: Path) -> None:
    found = rows(city, files(city, "civil_marriage", "20260302")[0])
    assert {"male_name", "female_id"} <= set(found[1])


def test_line_counts_are_those_of_the_truth(city: Path) -> None:
    records = truth(city, "record")
    for source in FILES:
        for file in files(city, source):
            counted = {int(row["row"] or 0) for row in records if row["file"] == file.name}
            assert counted == set(rows(city, file)) | broken(city, file)


def test_a_workbook_has_typed_dates_where_they_exist_and_text_where_not(tmp_path: Path) -> None:
    layout = {"fields": {"name": "姓名", "on": "日期"}, "title": "名册", "dates": ["on"]}
    columns = {"name": pa.array(["=1+1<&>", None, "王"]), "on": pa.array(["2024-02-29", "2023-02-30", None])}
    write_xlsx(tmp_path / "book.xlsx", columns, layout, pa.nulls(3, pa.string()))
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx").active
    assert list(sheet.iter_rows(min_row=3, values_only=True)) == [
        ("=1+1<&>", datetime(2024, 2, 29)),
        (None, "2023-02-30"),
        ("王", None),
    ]
