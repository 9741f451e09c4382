"""Which place an address means, told as one city's nights."""

from collections.abc import Callable

import pytest
from link_city import City
from pyspark.sql import Row

WEST = "安徽省合肥市蜀山区三里庵街道"
EAST = "安徽省合肥市瑶海区长淮街道"
COMMUNITY, ITS_SUCCESSOR = "340104001001", "340104001009"


def home(town: City, record: str, address: str) -> None:
    town.put("police_household", record, name="张伟", address=address)


@pytest.fixture(scope="module")
def nights(city: Callable[..., City]) -> list[dict[str, Row]]:
    town = city("place", "planning_address", "police_household", "urban_component")
    nights = []
    standard = {
        "door": f"{WEST}长江路12号3幢1单元502室",
        "building": f"{WEST}长江路12号3幢",
        "number": f"{WEST}长江路12号",
        "unit_1": f"{WEST}长江路20号2栋1单元201室",
        "unit_2": f"{WEST}长江路20号2栋2单元201室",
        "twin_west": f"{WEST}望江路5号",
        "twin_east": f"{EAST}望江路5号",
    }
    for record, address in standard.items():
        code = COMMUNITY if address.startswith(WEST) else None
        town.put("planning_address", record, address_code=f"code_{record}", address=address, community_code=code)
    town.put("urban_component", "lamp", component_code="3401040101000001", owner_uscc=None)
    home(town, "exact", standard["door"])
    home(town, "short", "蜀山区长江路12号3栋1单元502")
    home(town, "without_unit", "长江路12号3幢502室")
    home(town, "another_room", f"{WEST}长江路12号3幢2单元101室")
    home(town, "other_estate", f"{WEST}长江路12号东区3幢1单元502室")
    home(town, "of_two_units", "长江路20号2栋201")
    home(town, "of_two", "合肥市望江路5号")
    home(town, "of_one", "瑶海区望江路5号")
    home(town, "unknown", f"{WEST}黄山路8号2幢101室")
    town.night()
    nights.append(town.rows())

    town.put("planning_address", "late", address_code="code_late", address=f"{WEST}黄山路8号2幢101室")
    town.drop("planning_address", "twin_east")
    unit = {"address_code": "code_unit_2", "address": standard["unit_2"]}
    town.put("planning_address", "unit_2", **unit, community_code=ITS_SUCCESSOR)
    door = {"address_code": "code_door", "address": standard["door"]}
    town.put("planning_address", "door", **door, community_code=ITS_SUCCESSOR)
    town.night()
    nights.append(town.rows())
    return nights


@pytest.mark.parametrize("record", ["exact", "short", "without_unit"])
def test_a_home_finds_its_door_however_it_is_written(nights: list[dict[str, Row]], record: str) -> None:
    found = nights[0][f"{record}.home"]
    assert found.place_id == nights[0]["door.self"].place_id
    assert (found.method, found.score) == ("address", 1.0)


def test_what_no_part_takes_leaves_but_the_number_sure(nights: list[dict[str, Row]]) -> None:
    found = nights[0]["other_estate.home"]
    assert found.place_id == nights[0]["number.self"].place_id
    assert found.score < 1.0


def test_a_door_that_is_not_listed_is_found_by_its_building_with_a_lower_score(nights: list[dict[str, Row]]) -> None:
    found = nights[0]["another_room.home"]
    assert found.place_id == nights[0]["building.self"].place_id
    assert found.score < 1.0


def test_an_address_that_fits_two_places_finds_none_until_one_is_left(nights: list[dict[str, Row]]) -> None:
    assert nights[0]["of_two.home"].place_id is None
    assert nights[0]["of_one.home"].place_id == nights[0]["twin_east.self"].place_id
    assert nights[1]["of_two.home"].place_id == nights[0]["twin_west.self"].place_id
    assert nights[1]["of_one.home"].place_id is None


def test_a_home_never_makes_a_place_and_is_found_once_its_address_is_given_out(nights: list[dict[str, Row]]) -> None:
    assert nights[0]["unknown.home"].place_id is None
    assert nights[1]["unknown.home"].place_id == nights[1]["late.self"].place_id is not None


def test_a_home_is_told_the_community_of_its_place_as_that_is_now(nights: list[dict[str, Row]]) -> None:
    before, after = ({name: row.community_code for name, row in rows.items()} for rows in nights)
    assert (before["exact.home"], after["exact.home"]) == (COMMUNITY, ITS_SUCCESSOR)
    assert (before["another_room.home"], after["another_room.home"]) == (COMMUNITY, COMMUNITY)
    # Of two places in one community at first; then in two.
    assert nights[0]["of_two_units.home"].place_id is None
    assert (before["of_two_units.home"], after["of_two_units.home"]) == (COMMUNITY, None)
    # Of two places, one without community, at first; then of the one that is left.
    assert (before["of_two.home"], after["of_two.home"]) == (None, COMMUNITY)
    # A place whose community nobody knows, and then none.
    assert (before["of_one.home"], after["of_one.home"]) == (None, None)
    assert (before["unknown.home"], after["unknown.home"]) == (None, None)


def test_a_component_is_a_place_by_its_own_code(nights: list[dict[str, Row]]) -> None:
    assert nights[0]["lamp.self"].spine == "component_code:3401040101000001"
    assert nights[1]["lamp.self"].place_id == nights[0]["lamp.self"].place_id


def test_places_that_come_on_a_later_night_than_those_who_ask_for_them_are_found(city: Callable[..., City]) -> None:
    town = city("place", "police_household")
    home(town, "asking", f"{WEST}长江路12号")
    town.night()
    assert town.rows()["asking.home"].place_id is None
    town.sources = ("planning_address", "police_household")
    town.put("planning_address", "number", address_code="code", address=f"{WEST}长江路12号", community_code=COMMUNITY)
    for _ in range(2):
        town.night()
        found = town.rows()
        assert found["asking.home"].place_id == found["number.self"].place_id is not None
