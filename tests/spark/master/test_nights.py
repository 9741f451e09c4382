"""Nights on a lake: incremental equals full, again is the same, killed is the same (rules 2, 3, 13)."""

import datetime as dt
import shutil
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines import about
from pipelines.lake import Lake
from pipelines.master import location
from pipelines.master.master import master
from schemas import authorities
from tests.spark.master.conftest import CONTRACTS, NIGHT, put

D = dt.date
GRID = "POLYGON ((113 23, 114 23, 114 24, 113 24, 113 23))"
FIRST: dict[str, list[dict[str, Any]]] = {
    "planning_address": [
        {
            "place_id": "L1",
            "address_code": "A1",
            "community_code": "440105001001",
            "longitude": Decimal("113.5"),
            "latitude": Decimal("23.5"),
        },
        {"place_id": "L2", "address_code": "A2", "community_code": "440105001002"},
    ],
    "grid_boundary": [{"grid_code": "G1", "community_code": "440105001001", "boundary": GRID}],
    "market_register": [
        {
            "entity_id": "E1",
            "uscc": "91440105MA59UQ0000",
            "name": "甲公司",
            "status": "存续",
            "premises_place_id": "L1",
            "legal_rep_person_id": "P1",
        },
    ],
    "police_household": [
        {
            "person_id": "P1",
            "sex": "1",
            "status": "正常",
            "home_place_id": "L1",
            "household_id": "H1",
            "relation_to_head": "02",
        },
        {
            "person_id": "P2",
            "sex": "2",
            "status": "正常",
            "home_place_id": "L1",
            "household_id": "H1",
            "relation_to_head": "10",
        },
        {"person_id": "P3", "sex": "2", "status": "正常", "home_place_id": "L2"},
    ],
    "hr_social_insurance": [
        {"person_id": "P2", "employer_entity_id": "E1", "employer_uscc": "91440105MA59UQ0000", "status": "正常"},
        {"person_id": "P3", "employer_uscc": "91440105MA59UQ0001", "status": "正常"},
    ],
    "civil_marriage": [
        {"kind": "结婚", "male_person_id": "P1", "female_person_id": "P2", "registered_on": D(2010, 5, 1)},
        {"kind": "结婚", "male_person_id": "P6", "female_person_id": "P8", "registered_on": D(2010, 5, 1)},
        {"kind": "结婚", "male_person_id": "P6", "female_person_id": "P7", "registered_on": D(2015, 5, 1)},
    ],
    "health_resident": [{"person_id": "P3", "sex": "1"}],
}
# P1 died, L1 moved to another community, E1 was deregistered, P3's conflict is settled, P4 is new, P2 divorced, P8 died
# before P6 married again.
SECOND: dict[str, list[dict[str, Any]]] = {
    "health_death": [{"person_id": "P1", "died_on": D(2026, 3, 1)}, {"person_id": "P8", "died_on": D(2012, 3, 1)}],
    "planning_address": [
        {**FIRST["planning_address"][0], "community_code": "440105001003"},
        FIRST["planning_address"][1],
    ],
    "market_register": [{**FIRST["market_register"][0], "status": "注销"}],
    "health_resident": [{"person_id": "P3", "sex": "2"}, {"person_id": "P4", "sex": "2"}],
    "civil_marriage": [
        *FIRST["civil_marriage"],
        {"kind": "离婚", "male_person_id": "P1", "female_person_id": "P2", "registered_on": D(2025, 5, 1)},
    ],
}


@pytest.fixture(scope="module")
def nights(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A lake after two nights, what it held after the first, and a lake that saw everything at once."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("nights") / "lake"))
    about.create(lake.root)
    for source, rows in FIRST.items():
        put(lake, source, rows)
    master(lake, CONTRACTS, NIGHT)
    first = tables(lake)
    versions = {table: lake.version(table) for table in lake.tables("master")}
    master(lake, CONTRACTS, NIGHT)
    again = {table: lake.version(table) for table in lake.tables("master")}
    for source, rows in SECOND.items():
        put(lake, source, rows)
    killed(lake)
    master(lake, CONTRACTS, NIGHT)
    full = Lake(spark, str(tmp_path_factory.mktemp("full") / "lake"))
    about.create(full.root)
    for table in lake.tables("record"):
        full.append(table, lake.read(table))
    master(full, CONTRACTS, NIGHT)
    return {"first": first, "versions": versions, "again": again, "second": tables(lake), "full": tables(full)}


def tables(lake: Lake) -> dict[str, list[str]]:
    """Every row of every master table, as sorted text."""
    return {t: sorted(map(str, lake.read(t).collect())) for t in lake.tables("master")}


def killed(lake: Lake) -> None:
    """A night that ends when the persons are written and their conflicts are not."""

    class Killed(BaseException):
        pass

    whole = Lake.replace

    def dies(self: Lake, table: str, *rest: Any, **named: Any) -> None:
        if table == "master/person_conflict":
            raise Killed
        whole(self, table, *rest, **named)

    Lake.replace = dies  # type: ignore[method-assign]
    try:
        with pytest.raises(Killed):
            master(lake, CONTRACTS, NIGHT)
    finally:
        Lake.replace = whole  # type: ignore[method-assign]


def test_a_night_with_nothing_new_commits_nothing(nights):
    assert nights["again"] == nights["versions"]


def test_two_nights_one_of_them_killed_equal_one_that_saw_everything(nights):
    assert nights["second"] == nights["full"]
    assert nights["second"] != nights["first"]


def test_every_consequence_of_the_second_night_is_there(nights):
    second = nights["second"]
    person = {row.split("'")[1]: row for row in second["master/person"]}
    assert set(person) == {"P1", "P2", "P3", "P4", "P6", "P7", "P8"}
    assert "alive=False" in person["P1"]
    assert "community_code='440105001003'" in person["P2"]
    assert "employer_not_registered" in person["P3"]
    employer = [row for row in second["master/person_legal_entity"] if "参保单位" in row]
    assert len(employer) == 1
    assert "employer_deregistered" in employer[0]
    assert any("representative_dead" not in row and "法定代表人" in row for row in second["master/person_legal_entity"])
    marriage = [row for row in second["master/person_person"] if "夫妻" in row and "P1" in row]
    assert len(marriage) == 1
    assert "valid_to=datetime.date(2025, 5, 1)" in marriage[0]
    assert any("head_dead" in row for row in second["master/person_person"] if "户主" in row)


def test_who_died_in_time_leaves_the_later_marriage_without_a_warning(nights):
    again = [[row for row in nights[night]["master/person_person"] if "P7" in row] for night in ("first", "second")]
    assert ["already_married" in row for (row,) in again] == [True, False]


def test_a_conflict_that_was_settled_leaves_its_table(nights):
    assert len(nights["first"]["master/person_conflict"]) == 2
    assert not [row for row in nights["second"]["master/person_conflict"] if "P3" in row]


def test_places_are_located_anew_only_where_an_area_tells_something_else(spark, tmp_path, monkeypatch):
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    for source in ("planning_address", "grid_boundary"):
        put(lake, source, FIRST[source])
    master(lake, CONTRACTS, NIGHT)
    (grid,) = FIRST["grid_boundary"]
    put(lake, "grid_boundary", [{**grid, "manager_masked": "李*"}])
    with monkeypatch.context() as patched:
        patched.setattr(location, "in_areas", None)
        master(lake, CONTRACTS, NIGHT)
    assert {row.place_id: row.grid_code for row in lake.read("master/place").collect()} == {"L1": "G1", "L2": None}
    put(lake, "grid_boundary", [{**grid, "grid_code": "G2"}])
    master(lake, CONTRACTS, NIGHT)
    assert {row.place_id: row.grid_code for row in lake.read("master/place").collect()} == {"L1": "G2", "L2": None}


def test_an_area_that_changed_takes_the_places_in_it_along_and_no_others(spark, tmp_path, monkeypatch):
    def square(west: int) -> str:
        return f"POLYGON (({west} 23, {west + 1} 23, {west + 1} 24, {west} 24, {west} 23))"

    places = [
        {"place_id": f"L{n}", "address_code": f"A{n}", "longitude": Decimal(x), "latitude": Decimal("23.5")}
        for n, x in enumerate(("113.5", "114.5", "115.5", "116.5"))
    ]
    grids = [{"grid_code": f"G{n}", "boundary": square(113 + n)} for n in range(3)]
    # One lies on another's ground now, which is gone, one covers what none did, and one stays.
    later = [{**grids[0], "boundary": square(114)}, {"grid_code": "G3", "boundary": square(116)}, grids[2]]
    located: list[int] = []
    in_areas = location.in_areas
    monkeypatch.setattr(location, "in_areas", lambda rows, *of: located.append(rows.count()) or in_areas(rows, *of))
    lakes = [Lake(spark, str(tmp_path / name)) for name in ("night", "anew")]
    for lake, nights in zip(lakes, ([grids, later], [later]), strict=True):
        about.create(lake.root)
        put(lake, "planning_address", places)
        for night in nights:
            put(lake, "grid_boundary", night)
            master(lake, CONTRACTS, NIGHT)
    assert located == [4, 3, 4]
    told = [{r.place_id: (r.grid_code, len(r.warned)) for r in lake.read("master/place").collect()} for lake in lakes]
    assert told[0] == told[1]
    assert [told[0][f"L{n}"][0] for n in range(4)] == [None, "G0", "G2", "G3"]


def test_a_permit_ends_in_a_night_without_news_and_holds_again_in_an_earlier_one(spark, tmp_path):
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    permits = {"ends": NIGHT + dt.timedelta(1), "stays": NIGHT + dt.timedelta(9)}
    put(
        lake,
        "floating_population",
        [{"person_id": p, "home_place_id": "L1", "expires_on": d} for p, d in permits.items()],
    )
    put(lake, "health_resident", [{"person_id": person, "home_place_id": "L2"} for person in permits])
    told = {}
    for days in (0, 1, 2, 5, 1, 20):
        master(lake, CONTRACTS, NIGHT + dt.timedelta(days))
        rows = lake.read("master/person").collect()
        told[days] = ({row.person_id: row.place_id for row in rows}, lake.version("master/person"))
    both, one, none = ({"ends": ends, "stays": stays} for ends, stays in (("L1", "L1"), ("L2", "L1"), ("L2", "L2")))
    assert told == {0: (both, 0), 1: (both, 2), 2: (one, 1), 5: (one, 1), 20: (none, 3)}


def test_a_company_s_newest_record_names_its_legal_representative_as_records_come_and_go(spark, tmp_path):
    def record(name: str, person: str, entity: str, year: int) -> dict[str, Any]:
        named = {"legal_rep_person_id": person, "entity_id": entity, "name": "甲公司", "status": "存续"}
        return {"record_id": name, "updated_at": dt.datetime(year, 1, 1), **named}

    old, other = record("old", "P2", "E", 2013), record("other", "P2", "F", 2013)
    new = record("new", "P1", "E", 2020)
    older, moved = {**new, "updated_at": dt.datetime(2012, 1, 1)}, record("old", "P2", "F", 2014)
    nights = [[old, other], [old, other, new], [old, other, older], [old, other, new], [old, other], [other, moved]]
    wanted = [{"E": "P2", "F": "P2"}, {"E": "P1", "F": "P2"}, {"E": "P2", "F": "P2"}, {"E": "P1", "F": "P2"},
              {"E": "P2", "F": "P2"}, {"F": "P2"}]  # fmt: skip
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    put(lake, "police_household", [{"person_id": person, "status": "正常"} for person in ("P1", "P2")])
    for rows, named in zip(nights, wanted, strict=True):
        put(lake, "market_register", rows)
        master(lake, CONTRACTS, NIGHT)
        found = lake.read("master/person_legal_entity").collect()
        assert sorted((row.entity_id, row.person_id) for row in found) == sorted(named.items())
    assert found[0].record_id == "old"


def test_a_type_that_an_authority_widens_makes_its_master_anew(spark, tmp_path, monkeypatch):
    lake = Lake(spark, str(tmp_path / "lake"))
    about.create(lake.root)
    put(lake, "market_register", [{**FIRST["market_register"][0], "capital_wan": Decimal(5)}])
    master(lake, CONTRACTS, NIGHT)
    assert lake.columns("master/legal_entity")["capital_wan"] == "decimal(18,4)"
    shutil.copytree(authorities.FOLDER, tmp_path / "authority")
    file = tmp_path / "authority" / "legal_entity.yaml"
    file.write_text(file.read_text("utf-8").replace("decimal(18,4)", "decimal(24,4)"), "utf-8")
    monkeypatch.setattr(authorities, "load", partial(authorities.load, folder=tmp_path / "authority"))
    master(lake, CONTRACTS, NIGHT)
    assert lake.columns("master/legal_entity")["capital_wan"] == "decimal(24,4)"
    assert [row.capital_wan for row in lake.read("master/legal_entity").collect()] == [Decimal(5)]
