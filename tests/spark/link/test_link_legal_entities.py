"""Who is the same legal entity, told as one city's nights."""

from collections.abc import Callable
from typing import Any

import pytest
from link_city import City
from pyspark.sql import Row

Nights = list[dict[str, Row]]


def uscc(organisation: str) -> str:
    return f"91110101{organisation}X"


def firm(town: City, record: str, organisation: str | None, registration: str | None = None) -> None:
    code = uscc(organisation) if organisation else None
    town.put(
        "market_register",
        record,
        uscc=code,
        organisation_code=organisation,
        registration_no=registration,
        name=f"{record}有限公司",
    )


def taxpayer(town: City, record: str, organisation: str) -> None:
    town.put("tax_payer", record, organisation_code=organisation, taxpayer_no=f"110101{organisation}", name=record)


def staff(town: City, record: str, organisation: str | None) -> None:
    town.put("hr_social_insurance", record, employer_uscc=uscc(organisation) if organisation else None, name="张伟")


def shop(town: City, record: str, organisation: str, owner: str) -> None:
    code = f"92110101{organisation}X"
    town.put("market_register", record, uscc=code, organisation_code=organisation, name=record, trader_id_number=owner)


def trader(town: City, record: str, owner: str, number: str = "01") -> None:
    town.put("tax_payer", record, taxpayer_no=owner + number, trader_id_number=owner, name=record)


@pytest.fixture(scope="module")
def told(city: Callable[..., City]) -> dict[str, Any]:
    town = city("legal_entity", "market_register", "tax_payer", "hr_social_insurance")
    nights: Nights = []
    firm(town, "old_form", None, registration="110101000000001")
    taxpayer(town, "old_taxpayer", "00000001A")
    firm(town, "firm", "00000002B")
    taxpayer(town, "its_taxpayer", "00000002B")
    staff(town, "employee", "00000002B")
    staff(town, "of_a_stranger", "00000009J")
    staff(town, "unemployed", None)
    firm(town, "twin_a", "00000003C")
    town.put("market_register", "twin_b", uscc="92220202" + "00000003CX", organisation_code="00000003C", name="乙")
    taxpayer(town, "of_which_twin", "00000003C")
    shop(town, "shop", "00000011A", "owner_of_one")
    trader(town, "its_trader", "owner_of_one")
    for record, organisation in (("shop_a", "00000012B"), ("shop_b", "00000013C")):
        shop(town, record, organisation, "owner_of_two")
    trader(town, "of_which_shop", "owner_of_two")
    shop(town, "sole_shop", "00000014D", "taxed_twice")
    trader(town, "taxed_a", "taxed_twice", "01")
    trader(town, "taxed_b", "taxed_twice", "02")
    shop(town, "taxed_shop", "00000015E", "known_by_both")
    taxpayer(town, "its_own_number", "00000015E")
    trader(town, "another_shop", "known_by_both")
    town.night()
    nights.append(town.rows())

    town.drop("market_register", "old_form")
    firm(town, "new_form", "00000001A", registration="110101000000001")
    firm(town, "stranger", "00000009J")
    town.drop("market_register", "shop_b")
    town.drop("tax_payer", "its_trader")
    town.night()
    nights.append(town.rows())

    town.drop("market_register", "stranger")
    firm(town, "newcomer", "00000008H")
    town.night()
    nights.append(town.rows())
    return {"nights": nights, "events": town.events(), "redirects": town.redirects()}


def test_the_organisation_code_within_a_credit_code_joins_an_old_taxpayer(told: dict[str, Any]) -> None:
    first = told["nights"][0]
    assert first["firm.self"].entity_id == first["its_taxpayer.self"].entity_id
    assert first["its_taxpayer.self"].spine == "uscc:" + uscc("00000002B")


def test_an_organisation_code_that_two_credit_codes_hold_joins_neither(told: dict[str, Any]) -> None:
    first = told["nights"][0]
    assert len({first[f"{r}.self"].entity_id for r in ("twin_a", "twin_b", "of_which_twin")}) == 3


def test_the_owners_number_joins_a_taxpayer_to_the_one_shop(told: dict[str, Any]) -> None:
    first = told["nights"][0]
    assert first["its_trader.self"].entity_id == first["shop.self"].entity_id
    assert first["its_trader.self"].spine == "uscc:92110101" + "00000011AX"


@pytest.mark.parametrize(
    "several",
    [
        ("shop_a", "shop_b", "of_which_shop"),
        ("sole_shop", "taxed_a", "taxed_b"),
        ("taxed_shop", "another_shop"),
    ],
)
def test_the_owners_number_joins_nothing_where_there_are_several(told: dict[str, Any], several: tuple[str]) -> None:
    first = told["nights"][0]
    assert len({first[f"{r}.self"].entity_id for r in several}) == len(several)


def test_a_shop_that_left_is_not_the_one_that_stays(told: dict[str, Any]) -> None:
    first, second = told["nights"][:2]
    gone, left = second["shop_b.self"], second["shop_a.self"]
    assert gone.left_on is not None
    assert gone.entity_id == first["shop_b.self"].entity_id != left.entity_id
    assert second["of_which_shop.self"].entity_id == left.entity_id
    assert second["shop.self"].entity_id == first["shop.self"].entity_id


def test_a_company_that_gains_a_credit_code_stays_itself(told: dict[str, Any]) -> None:
    before, after = told["nights"][:2]
    old_ids = {before["old_form.self"].entity_id, before["old_taxpayer.self"].entity_id}
    assert len(old_ids) == 2
    kept = after["new_form.self"].entity_id
    assert kept in old_ids
    assert after["old_taxpayer.self"].entity_id == kept
    assert told["redirects"][(old_ids - {kept}).pop()] == kept
    assert after["old_form.self"].left_on is not None
    assert after["old_form.self"].entity_id == kept


def test_an_employer_is_found_and_never_minted(told: dict[str, Any]) -> None:
    first = told["nights"][0]
    assert first["employee.employer"].entity_id == first["firm.self"].entity_id
    assert first["of_a_stranger.employer"].entity_id is None
    assert "unemployed.employer" not in first
    assert not {e.record_id for e in told["events"]} & {"employee", "of_a_stranger"}


def test_an_employer_is_found_on_the_night_it_registers_and_lost_when_it_leaves(told: dict[str, Any]) -> None:
    _, second, third = told["nights"]
    assert second["of_a_stranger.employer"].entity_id == second["stranger.self"].entity_id is not None
    assert third["of_a_stranger.employer"].entity_id is None
    assert {e.event for e in told["events"] if e.id == second["stranger.self"].entity_id} == {"mint", "retire"}
