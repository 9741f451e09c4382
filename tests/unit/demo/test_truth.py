"""What the truth says about the deliveries."""

from pathlib import Path

import pytest
from deliveries_of_demo import accounts, files, rows, truth

OF_VALUES = [
    "fifteen",
    "full_width",
    "lower_x",
    "wrong_check",
    "variant",
    "formula",
    "impossible",
    "other_birth",
    "box",
]
OF_ROWS = ["missing", "swapped", "repeat_whole", "repeat_key", "too_few", "too_many", "open_quote", "cut_json"]


def test_a_clean_police_row_agrees_with_the_person_it_means(city: Path) -> None:
    people = {person["person_uid"]: person for person in truth(city, "person")}
    file = files(city, "police_household", "20260304")[0]
    spoiled = {row["row"] for row in truth(city, "spoiled") if row["file"] == file.name}
    delivered = rows(city, file)
    checked = 0
    for record in truth(city, "record"):
        if record["file"] == file.name and record["row"] not in spoiled:
            row, person = delivered[int(record["row"] or 0)], people[record["person_uid"]]
            assert row["id_number"] in (person["id_number"], person["former_number"] or None, None)
            assert row["name"] == person["name"] or str(row["name"]).endswith(("之子", "之女"))
            checked += 1
    assert checked > 1000


def test_a_row_of_the_register_means_its_company_and_its_representative(city: Path) -> None:
    entities = {entity["entity_uid"]: entity for entity in truth(city, "legal_entity")}
    file = files(city, "market_register", "20260304")[0]
    spoiled = {row["row"] for row in truth(city, "spoiled") if row["file"] == file.name}
    delivered = rows(city, file)
    records = [row for row in truth(city, "record") if row["file"] == file.name and row["row"] not in spoiled]
    for record in records:
        entity = entities[record["entity_uid"]]
        assert delivered[int(record["row"] or 0)]["name"] == entity["name"]
        if record["role"] == "legal_rep":
            assert record["person_uid"] == entity["legal_rep_uid"]
    assert {record["role"] for record in records} == {"self", "legal_rep"}


def test_what_was_spoiled_differs_from_what_stood_there(city: Path) -> None:
    checked = 0
    for file in [*files(city, "police_household"), *files(city, "market_register"), *files(city, "tax_payer")]:
        delivered = rows(city, file)
        for entry in truth(city, "spoiled"):
            row = delivered.get(int(entry["row"] or 0))
            if entry["file"] == file.name and entry["field"] and row:
                assert str(row[entry["field"]]) != entry["original"]
                checked += 1
    assert checked > 50


def test_accounts_are_counted_by_rowid(city: Path) -> None:
    people = {person["person_uid"]: person for person in truth(city, "person")}
    meant = {record["row"]: record for record in truth(city, "record") if record["source"] == "hr_social_insurance"}
    spoiled = {row["row"] for row in truth(city, "spoiled") if row["source"] == "hr_social_insurance"}
    found = accounts(city)
    assert len(meant) == len(found)
    for row in found:
        number = str(row["rowid"])
        if number not in spoiled:
            person = people[meant[number]["person_uid"]]
            assert row["id_number"] in (person["id_number"], person["former_number"])


@pytest.mark.parametrize("kind", [*OF_VALUES, *OF_ROWS])
def test_every_kind_of_mistake_is_made(city: Path, kind: str) -> None:
    assert any(row["kind"] == kind for row in truth(city, "spoiled"))


def test_some_who_are_dead_are_still_insured(city: Path) -> None:
    dead = {person["person_uid"] for person in truth(city, "person") if person["alive"] == "0"}
    assert any(row["person_uid"] in dead for row in truth(city, "record") if row["source"] == "hr_social_insurance")
