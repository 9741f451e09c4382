"""Who is the same person, told as one city's nights: each test reads one story of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from link_city import City, Keys
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from pipelines.lake import Lake
from pipelines.link import link as unit
from pipelines.link import persons
from schemas.keyed import keyed_hash_value

NUMBERS = [f"11010119900307{n:03}X" for n in range(20)]


class KilledError(Exception):
    """What stands for a kill between the ledger's commit and the crosswalk's."""


class Dying(Lake):
    def upsert(self, table: str, rows: DataFrame, *args: object, **kwargs: object) -> None:
        if table.endswith("_record"):
            raise KilledError
        super().upsert(table, rows, *args, **kwargs)  # type: ignore[arg-type]


@dataclass
class Told:
    """The crosswalk, identifiers and redirects after each night, and the ledger after the last."""

    rows: list[dict[str, Row]] = field(default_factory=list)
    ids: list[dict[str, str | None]] = field(default_factory=list)
    redirects: list[dict[str, str]] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    anew: dict[str, str | None] = field(default_factory=dict)
    versions: list[tuple[int, int]] = field(default_factory=list)

    def happened(self, event: str, identifier: str | None) -> bool:
        return any(e.event == event and e.id == identifier for e in self.events)


def police(town: City, record: str, number: int | None, name: str, former: str | None = None) -> None:
    value = None if number is None else NUMBERS[number]
    town.put("police_household", record, id_number=value, name=name, former_name=former)


def pupil(town: City, record: str, number: int | None, name: str, guardian: str | None = None) -> None:
    value = None if number is None else NUMBERS[number]
    town.put("education_student", record, id_number=value, name=name, guardian_name=guardian)


@pytest.fixture(scope="module")
def told(city: Callable[..., City]) -> Told:  # noqa: PLR0915  (one story)
    town, told = city("person", "police_household", "education_student"), Told()

    def night() -> None:
        town.night()
        told.rows.append(town.rows())
        told.ids.append(town.ids())
        told.redirects.append(town.redirects())

    police(town, "plain", 0, "张伟")
    pupil(town, "plain_too", 0, "张伟", guardian="李四")
    police(town, "holder", 1, "王强")
    pupil(town, "other_holder", 1, "赵敏")
    police(town, "no_name", 1, "婴儿")
    police(town, "one_number", 2, "孙悦")
    pupil(town, "another_number", 3, "孙悦")
    police(town, "new_born", None, "婴儿")
    pupil(town, "leaver", 4, "吴刚")
    police(town, "gone", 10, "王勇")
    pupil(town, "corrected", 5, "郑浩", guardian="钱进")
    police(town, "with_former_name", 6, "冯雪", former="冯春芳、冯春花(小名)")
    pupil(town, "by_former_name", 6, "冯春花")
    police(town, "judged", None, "陈晨")
    pupil(town, "judged_too", 7, "陈晨")
    night()

    town.decide("decision/alias", NUMBERS[2], NUMBERS[3])
    town.decide("decision/judgement", "person", "judged", "self", "judged_too", "self", "same")
    police(town, "new_born", 8, "王小")
    town.drop("education_student", "leaver")
    town.drop("police_household", "gone")
    pupil(town, "corrected", 9, "郑浩", guardian="周到")
    pupil(town, "third", 3, "孙悦")
    town.save()
    alive = town.lake
    town.lake = Dying(alive.spark, alive.root)
    with pytest.raises(KilledError):
        town.link()
    town.lake = alive
    night()

    town.decide("decision/alias", NUMBERS[2], "")
    town.decide("decision/judgement", "person", "judged_too", "self", "judged", "self", "different")
    pupil(town, "leaver", 4, "吴刚")
    pupil(town, "corrected", 5, "郑浩", guardian="钱进")
    town.drop("education_student", "other_holder")
    pupil(town, "on_the_number_of_gone", 10, "李娜")
    night()

    before = town.lake.version("link/person_record")
    night()
    told.versions = [(before, town.lake.version("link/person_record"))]
    told.events = town.events()

    fresh = city("person", *town.sources)
    fresh.silver, fresh.night_no = town.silver, 9
    for table in ("decision/alias", "decision/judgement"):
        fresh.lake.append(table, town.lake.read(table))
    fresh.night()
    told.anew = fresh.ids()
    return told


def test_one_number_and_one_name_is_one_person(told: Told) -> None:
    assert told.ids[0]["plain.self"] == told.ids[0]["plain_too.self"]
    assert told.rows[0]["plain.self"].method == "id"


def test_a_guardian_without_a_number_is_somebody_of_their_own(told: Told) -> None:
    guardian = told.rows[0]["plain_too.guardian"]
    assert guardian.person_id not in {i for key, i in told.ids[0].items() if key != "plain_too.guardian"}
    assert (guardian.method, guardian.score, guardian.mention) == ("own", None, "李四")


def test_one_number_with_clearly_different_names_is_two_persons_and_a_conflict(told: Told) -> None:
    rows = [told.rows[0][key] for key in ("holder.self", "other_holder.self", "no_name.self")]
    assert len({r.person_id for r in rows}) == 3
    assert {r.conflict for r in rows} == {"重号"}


def test_when_one_holder_leaves_the_nameless_record_joins_the_one_that_stays(told: Told) -> None:
    ids = told.ids[2]
    assert ids["holder.self"] == told.ids[0]["holder.self"] == ids["no_name.self"]
    assert ids["other_holder.self"] == told.ids[0]["other_holder.self"]
    assert told.rows[2]["holder.self"].conflict is None
    assert told.redirects[2][told.ids[0]["no_name.self"] or ""] == ids["holder.self"]


def test_a_former_name_is_no_conflict(told: Told) -> None:
    assert told.ids[0]["with_former_name.self"] == told.ids[0]["by_former_name.self"]


def test_two_numbers_are_two_persons_until_an_alias_says_otherwise(told: Told) -> None:
    assert told.ids[0]["one_number.self"] != told.ids[0]["another_number.self"]
    assert told.ids[1]["one_number.self"] == told.ids[1]["another_number.self"] == told.ids[1]["third.self"]
    assert told.rows[1]["one_number.self"].method == "alias"


def test_a_merge_redirects_and_its_end_gives_each_side_its_own_identifier_again(told: Told) -> None:
    first, second = told.ids[0]["one_number.self"], told.ids[0]["another_number.self"]
    kept = told.ids[1]["one_number.self"]
    gone = second if kept == first else first
    assert told.redirects[1][gone or ""] == kept
    assert told.ids[2]["one_number.self"] == first
    assert told.ids[2]["another_number.self"] == told.ids[2]["third.self"] == second
    assert gone not in told.redirects[2]
    assert told.happened("merge", gone)
    assert told.happened("return", gone)


def test_a_new_born_that_gets_its_number_and_name_stays_itself(told: Told) -> None:
    assert told.ids[1]["new_born.self"] == told.ids[0]["new_born.self"]
    assert told.rows[1]["new_born.self"].mention == NUMBERS[8]


def test_a_record_that_left_keeps_its_row_and_takes_its_identifier_again(told: Told) -> None:
    identifier = told.ids[0]["leaver.self"]
    assert told.rows[1]["leaver.self"].left_on is not None
    assert told.ids[1]["leaver.self"] == identifier
    assert told.happened("retire", identifier)
    assert told.ids[2]["leaver.self"] == identifier
    assert told.rows[2]["leaver.self"].left_on is None
    assert told.happened("return", identifier)


def test_another_valid_number_is_another_person_and_the_old_one_returns_with_its_number(told: Told) -> None:
    first = told.ids[0]["corrected.self"]
    assert told.ids[1]["corrected.self"] != first
    assert told.ids[2]["corrected.self"] == first
    assert told.happened("retire", told.ids[1]["corrected.self"])


def test_the_identifier_of_one_who_left_is_not_given_to_another_on_that_number(told: Told) -> None:
    assert told.happened("retire", told.ids[0]["gone.self"])
    assert told.ids[2]["on_the_number_of_gone.self"] not in (None, told.ids[0]["gone.self"])


def test_another_guardian_is_another_person(told: Told) -> None:
    first = told.ids[0]["corrected.guardian"]
    assert told.ids[1]["corrected.guardian"] != first
    assert told.ids[2]["corrected.guardian"] == first


def test_a_judgement_joins_and_the_latest_one_counts(told: Told) -> None:
    assert told.ids[1]["judged.self"] == told.ids[1]["judged_too.self"]
    assert told.rows[1]["judged.self"].method == "judgement"
    assert told.ids[2]["judged.self"] == told.ids[0]["judged.self"]
    assert told.ids[2]["judged_too.self"] == told.ids[0]["judged_too.self"]


def test_a_killed_run_leaves_no_second_mint(told: Told) -> None:
    mints = [e for e in told.events if e.event == "mint"]
    assert len({e.id for e in mints}) == len(mints)
    for mint in mints:
        parts = ("person", mint.record_id, mint.role, mint.mention, "0")
        assert mint.id == "P" + keyed_hash_value(Keys.identifier, *parts)


def test_a_night_without_changes_writes_nothing(told: Told) -> None:
    assert told.versions[0][0] == told.versions[0][1]
    assert told.ids[3] == told.ids[2]


def test_nights_one_by_one_make_the_clusters_that_one_night_makes(told: Told) -> None:
    def clusters(ids: dict[str, str | None]) -> set[frozenset[str]]:
        found: dict[str | None, set[str]] = {}
        for key in told.anew:
            found.setdefault(ids[key], set()).add(key)
        return {frozenset(keys) for keys in found.values()}

    assert clusters(told.anew) == clusters(told.ids[-1])


def test_where_linking_itself_changed_all_is_linked_anew(
    city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    def apart(rows: DataFrame, *rest: Any) -> DataFrame:
        return together(rows, *rest).withColumn("label", F.concat(F.lit("#"), "record_id"))

    town, together = city("person", "police_household", "education_student"), persons.cluster
    police(town, "one", 0, "张伟")
    pupil(town, "other", 0, "张伟")
    town.night()
    assert len(set(town.ids().values())) == 1
    monkeypatch.setattr(persons, "cluster", apart)
    town.night()
    assert len(set(town.ids().values())) == 1
    monkeypatch.setattr(unit, "METHOD", unit.METHOD + 1)
    town.night()
    assert len(set(town.ids().values())) == 2
