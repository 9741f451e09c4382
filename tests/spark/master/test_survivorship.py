"""Which of several statements stands: pin, certificate, 数源部门, next sources, unwarned, own date (rule 11)."""

import datetime as dt
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from pipelines.master import pins
from pipelines.master.master import warned
from pipelines.master.statements import union
from pipelines.master.survivorship import survive
from tests.spark.master.conftest import NIGHT, frame, modelled

D, T = dt.date, dt.datetime


def sex_warned(column: str) -> list[Any]:
    return [("some_rule", column, "text")]


POLICE = [
    # certificate: 民政局 married him, the police still have him single
    {"person_id": "wed", "marital_status": "10", "status": "正常", "home_place_id": "L1"},
    {"person_id": "divorced", "marital_status": "20", "status": "正常"},
    # widowed after the wedding, before it, and by a word that a rule doubts
    {"person_id": "widowed", "marital_status": "30", "updated_at": T(2025, 1, 1)},
    {"person_id": "wed_again", "marital_status": "30", "updated_at": T(2018, 1, 1)},
    {"person_id": "doubted", "marital_status": "30", "warned": [("some_rule", "marital_status", "text")]},
    {"person_id": "dead", "status": "正常", "updated_at": T(2026, 3, 1)},
    {"person_id": "struck_off", "status": "死亡注销"},
    # two records of one department: the later one stands, unless a warning speaks against it
    {"person_id": "later", "education": "20", "updated_at": T(2025, 1, 1), "status": "正常"},
    {"person_id": "later", "education": "10", "updated_at": T(2026, 1, 1), "status": "正常"},
    {"person_id": "warned", "sex": "1", "updated_at": T(2025, 1, 1), "status": "正常"},
    {"person_id": "warned", "sex": "2", "updated_at": T(2026, 1, 1), "warned": sex_warned("sex"), "status": "正常"},
    {"person_id": "other_warned", "sex": "1", "updated_at": T(2025, 1, 1), "status": "正常"},
    {"person_id": "other_warned", "sex": "2", "updated_at": T(2026, 1, 1), "warned": sex_warned("education")},
    # nothing but the name's placeholder
    {"person_id": "newborn", "name_masked": "*", "status": "正常"},
    {"person_id": "moved", "status": "迁出", "home_place_id": "L1"},
    {"person_id": "resident", "status": "正常", "home_place_id": "L1"},
    {"person_id": "pinned", "name_masked": "张*", "name_token": "a", "status": "正常"},
    {"person_id": "unknown_sex", "sex": "9", "id_sex": "2", "status": "正常"},
    # a word that nobody knows is no value, and says nothing of life
    {"person_id": "unknown_status", "status": None, "household_kind": "城镇", "household_id": "H1"},
]
FLOATING = [
    {"person_id": "moved", "home_place_id": "L2"},
    {"person_id": "resident", "home_place_id": "L2"},
    {"person_id": "dead", "phone_token": "p1", "phone_masked": "138****0001"},
    {"person_id": "pinned", "name_masked": "章*", "name_token": "b"},
    {"person_id": "later", "sex": "1"},
    # registered in a year that is not here yet, and so warned of
    {
        "person_id": "dated",
        "home_place_id": "L4",
        "registered_on": D(2042, 3, 1),
        "warned": sex_warned("registered_on"),
    },
    {"person_id": "dated", "home_place_id": "L5", "registered_on": D(2025, 6, 1)},
    # permits that ended: before the night, with it, and before one that holds
    {"person_id": "newborn", "home_place_id": "L6", "expires_on": D(2026, 3, 1), "origin_region": "440106"},
    {"person_id": "last_day", "home_place_id": "L6", "expires_on": NIGHT},
    {"person_id": "renewed", "home_place_id": "L6", "registered_on": D(2023, 3, 1), "expires_on": D(2026, 3, 1)},
    {"person_id": "renewed", "home_place_id": "L7", "registered_on": D(2022, 3, 1), "expires_on": D(2027, 3, 1)},
]
HEALTH = [
    {"person_id": "newborn", "name_masked": "王*", "name_token": "w", "home_place_id": "L3"},
    {"person_id": "dead", "phone_token": "p2", "phone_masked": "139****0002"},
    {"person_id": "resident", "home_place_id": "L3"},
]
MARRIAGE = [
    {"kind": "结婚", "male_person_id": "wed", "female_person_id": "known_by_marriage", "registered_on": D(2020, 5, 1)},
    {"kind": "结婚", "male_person_id": "divorced", "registered_on": D(2010, 5, 1)},
    {"kind": "离婚", "male_person_id": "divorced", "registered_on": D(2019, 5, 1)},
    {"kind": "结婚", "male_person_id": "widowed", "registered_on": D(2020, 5, 1)},
    {"kind": "结婚", "male_person_id": "wed_again", "registered_on": D(2020, 5, 1)},
    {"kind": "结婚", "male_person_id": "doubted", "registered_on": D(2020, 5, 1)},
    {"kind": "结婚", "male_person_id": "undated", "registered_on": None},
    {"kind": "离婚", "male_person_id": "undated", "registered_on": D(2019, 5, 1)},
]
DEATH = [{"person_id": "dead", "died_on": D(2026, 1, 1)}]
RELIEF = [{"person_id": "dead", "relief_kind": "低保"}]


@pytest.fixture(scope="module")
def people(spark: SparkSession) -> dict[str, Row]:
    model = modelled("person")
    records = {
        "police_household": POLICE,
        "floating_population": FLOATING,
        "health_resident": HEALTH,
        "civil_marriage": MARRIAGE,
        "health_death": DEATH,
        "civil_relief": RELIEF,
    }
    statements = union(model, lambda s: frame(spark, s, records[s]) if s in records else None, NIGHT)
    assert statements is not None
    decisions = spark.createDataFrame(
        [
            ("person", "was_pinned", "name", "floating_population", T(2026, 3, 1), NIGHT),
            ("person", "later", "education", "floating_population", T(2026, 3, 1), D(2026, 3, 3)),
            ("person", "later", "sex", "floating_population", T(2026, 3, 1), NIGHT),
            ("person", "later", "sex", "", T(2026, 3, 2), NIGHT),
        ],
        "subject string, id string, item string, source string, decided_at timestamp, night date",
    )
    redirects = spark.createDataFrame([("was_pinned", "pinned")], "old_id string, id string")
    decided = pins.pins(decisions, redirects, "person", "person_id", NIGHT)
    rows = survive(pins.pinned(statements, decided, "person_id"), model).withColumn("warned", warned(model.authority))
    return {row.person_id: row for row in rows.collect()}


def test_a_certificate_of_the_source_department_beats_a_later_register(people):
    wed = people["wed"]
    assert wed.marital_status == "20"
    assert wed.attributes.marital.asDict() == {
        "source": "civil_marriage",
        "rule": "certificate",
        "as_of": D(2020, 5, 1),
        "authoritative": True,
        "disputed": True,
    }


def test_who_is_widowed_since_a_certificate_is_widowed(people):
    assert people["widowed"].marital_status == "30"
    assert people["widowed"].attributes.marital.asDict() == {
        "source": "police_household",
        "rule": "stand_in",
        "as_of": D(2025, 1, 1),
        "authoritative": False,
        "disputed": False,
    }


def test_a_certificate_beats_an_older_widowhood_and_one_that_a_rule_doubts(people):
    assert [people[one].marital_status for one in ("wed_again", "doubted")] == ["20", "20"]
    assert people["wed_again"].attributes.marital.disputed


def test_of_two_certificates_the_later_one_stands(people):
    assert people["divorced"].marital_status == "40"


def test_what_is_of_an_unknown_day_or_of_one_to_come_does_not_stand_before_what_has_one(people):
    assert people["undated"].marital_status == "40"
    assert people["dated"].place_id == "L5"


def test_an_unknown_status_says_nothing_of_life_and_takes_nothing_away(people):
    one = people["unknown_status"]
    assert (one.alive, one.household_kind, one.household_id) == (None, "城镇", "H1")


def test_a_death_certificate_beats_any_statement_of_life(people):
    assert (people["dead"].alive, people["dead"].died_on) == (False, D(2026, 1, 1))
    assert people["dead"].attributes.life.source == "health_death"
    assert people["dead"].attributes.life.authoritative


def test_a_register_that_was_struck_off_makes_dead_without_a_date(people):
    assert (people["struck_off"].alive, people["struck_off"].died_on) == (False, None)


def test_within_a_source_the_later_value_stands(people):
    assert people["later"].education == "10"
    assert people["later"].attributes.education.as_of == D(2026, 1, 1)


def test_an_unwarned_value_beats_a_later_one_that_a_rule_doubts(people):
    assert people["warned"].sex == "1"


def test_a_warning_on_another_field_changes_nothing(people):
    assert people["other_warned"].sex == "2"


def test_a_placeholder_loses_to_a_full_name_and_is_no_conflict(people):
    newborn = people["newborn"]
    assert (newborn.name_masked, newborn.attributes.name.source) == ("王*", "health_resident")
    assert not newborn.attributes.name.authoritative
    assert newborn.attributes.name.rule == "stand_in"
    assert not newborn.attributes.name.disputed


def test_each_segment_of_the_population_has_a_source_of_its_own(people):
    assert (people["resident"].place_id, people["resident"].attributes.residence.source) == ("L1", "police_household")
    assert (people["moved"].place_id, people["moved"].attributes.residence.source) == ("L2", "floating_population")
    assert people["resident"].attributes.residence.authoritative
    assert people["moved"].attributes.residence.authoritative


def test_a_permit_that_ended_tells_no_residence_and_all_else(people):
    newborn = people["newborn"]
    assert (newborn.place_id, newborn.attributes.residence.source) == ("L3", "health_resident")
    assert not newborn.attributes.residence.disputed
    assert (newborn.origin_region, newborn.alive) == ("440106", True)
    assert (people["last_day"].place_id, people["renewed"].place_id) == ("L6", "L7")


def test_a_pin_beats_every_source_and_follows_a_redirect(people):
    assert (people["pinned"].name_token, people["pinned"].attributes.name.rule) == ("b", "pin")


def test_a_pin_of_a_later_night_or_one_taken_back_does_not_count(people):
    assert people["later"].education == "10"
    assert people["later"].attributes.sex.rule == "stand_in"


def test_an_unknown_sex_comes_from_the_valid_number(people):
    assert people["unknown_sex"].sex == "2"


def test_who_is_only_mentioned_has_no_record_of_his_own(people):
    assert not people["known_by_marriage"]._own
    assert people["known_by_marriage"].sources == ["civil_marriage"]
    assert people["wed"]._own


def test_phones_are_the_latest_of_every_source(people):
    assert {p.token for p in people["dead"].phones} == {"p1", "p2"}
    assert people["wed"].phones == []


def test_the_dead_who_draw_relief_are_warned(people):
    assert {w.rule for w in people["dead"].warned} == {"relief_after_death", "registered_after_death"}
    assert people["resident"].warned == []


def test_shuffled_records_leave_the_same_survivors(spark: SparkSession):
    model = modelled("person")
    rows = [
        {"person_id": "P", "record_id": f"r{n}", "_row": n, "sex": str(1 + n % 2), "education": str(10 * n)}
        for n in range(1, 8)
    ]
    found = []
    for shuffled in (rows, rows[::-1]):
        statements = union(model, lambda s, r=shuffled: frame(spark, s, r) if s == "police_household" else None)
        assert statements is not None
        found.append(survive(statements, model).collect())
    assert found[0] == found[1]
    assert found[0][0].education == "70"


def test_a_tax_number_alone_makes_nobody_a_legal_person(spark: SparkSession) -> None:
    kinds = {
        ("91510704MA6", "某某科技有限公司", None): "法人",
        ("91510704MA7", "某某科技有限公司游仙分公司", None): "非法人组织",
        ("91510704MA8", "某某投资中心（有限合伙）", None): None,
        ("92510704MA9", "某某面馆", None): "个体工商户",
        ("12510704MB1", "某某医院", None): "法人",
        (None, "某某副食店", "51070412345"): None,
    }
    rows = [
        {"entity_id": f"E{n}", "taxpayer_uscc": uscc, "name": name, "organisation_code": code}
        for n, (uscc, name, code) in enumerate(kinds)
    ]
    said = {"tax_payer": frame(spark, "tax_payer", rows)}
    found = union(modelled("legal_entity"), said.get)
    assert found is not None
    assert [row.kind for row in found.orderBy("entity_id").select("kind").collect()] == list(kinds.values())
