"""Whom earlier versions of records named, told as one city's nights."""

from collections.abc import Callable

from link_city import City

WEST = "安徽省合肥市蜀山区三里庵街道"
NUMBERS = [f"11010119900307{n:03}X" for n in range(5)]


def company(number: int, name: str) -> dict[str, str]:
    return {"uscc": "91340100MA2N0RXT4K", "name": "甲公司", "legal_rep": name, "legal_rep_id": NUMBERS[number]}


def test_the_home_before_a_move_is_the_place_it_was(city: Callable[..., City]) -> None:
    town = city("place", "planning_address", "police_household")
    for record in ("old", "new"):
        town.put("planning_address", record, address_code=record, address=f"{WEST}{record}路12号3幢1单元502室")
    town.put("police_household", "mover", name="张伟", address=f"{WEST}old路12号3幢1单元502室")
    town.put("police_household", "next_door", name="张伟", address=f"{WEST}old路12号3幢1单元501室")
    town.put("police_household", "renamed", name="张伟", address=f"{WEST}old路12号3幢1单元502室")
    town.night()
    old = town.ids()["old.self"]
    assert old is not None
    assert town.former() == {}

    town.move("police_household", "mover", name="张伟", address=f"{WEST}new路12号3幢1单元502室")
    town.move("police_household", "renamed", name="张一伟", address=f"{WEST}old路12号3幢1单元502室")
    town.night()
    assert town.ids()["mover.home"] == town.ids()["new.self"]
    # What did not change is the mention that the record still has.
    assert town.former() == {"mover.home.0": old}

    town.drop("planning_address", "old")
    town.night()
    assert town.former() == {"mover.home.0": None}

    town.put("planning_address", "old", address_code="old", address=f"{WEST}old路12号3幢1单元502室")
    town.move("police_household", "mover", name="张伟", address=f"{WEST}old路12号3幢1单元502室")
    town.night()
    back = town.ids()
    assert back["mover.home"] == back["old.self"] == old
    left = town.lake.read("link/place_record").where("version <> '' AND left_on IS NULL").collect()
    assert [(row.record_id, row.version, row.place_id) for row in left] == [("mover", "d/f/2", back["new.self"])]


def test_a_representative_before_this_one_is_found_only_by_a_number_that_somebody_bears(
    city: Callable[..., City],
) -> None:
    town = city("person", "police_household", "market_register")
    town.put("police_household", "first", id_number=NUMBERS[0], name="李四")
    town.put("police_household", "second", id_number=NUMBERS[1], name="王五")
    town.put("market_register", "firm", **company(0, "李四"))
    town.night()
    first = town.ids()["first.self"]

    town.move("market_register", "firm", **company(2, "周到"))
    town.night()
    stranger = town.ids()["firm.legal_rep"]
    assert town.former() == {"firm.legal_rep.0": first}

    town.move("market_register", "firm", **company(1, "王五"))
    town.night()
    assert town.former() == {"firm.legal_rep.0": first, "firm.legal_rep.1": None}

    town.put("police_household", "third", id_number=NUMBERS[2], name="周到")
    town.night()
    assert town.ids()["third.self"] == stranger
    assert town.former() == {"firm.legal_rep.0": first, "firm.legal_rep.1": stranger}

    at_once = city("person", *town.sources)
    at_once.silver, at_once.superseded, at_once.night_no = town.silver, town.superseded, 9
    at_once.night()
    name = {entity: record for record, entity in at_once.ids().items()}
    assert {row: name[entity] for row, entity in at_once.former().items()} == {
        "firm.legal_rep.0": "first.self",
        "firm.legal_rep.1": "third.self",
    }
