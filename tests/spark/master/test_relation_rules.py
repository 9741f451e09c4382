"""Each rule across sources warns of what one night's records contradict, and of none that come near."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import reduce
from itertools import chain
from typing import Any, NamedTuple

import pytest
from pyspark.sql import DataFrame, SparkSession

from pipelines import about
from pipelines.lake import Lake
from pipelines.master.master import ORDER, master
from schemas import authorities, relations
from schemas.recorded import ENTITY_ID
from tests.spark.master.conftest import CONTRACTS, NIGHT, put

D = dt.date
Record = tuple[str, dict[str, Any]]
TABLES = relations.load(CONTRACTS)
AUTHORITIES = [authorities.load(subject, CONTRACTS) for subject in ORDER]
DIED, CODE, REGISTERED = D(2020, 1, 1), "91440106000000000N", "存续"
GRID = "POLYGON ((113 23, 114 23, 114 24, 113 24, 113 23))"
CLOSED = {"deregistered": "注销", "revoked": "吊销"}


class Case(NamedTuple):
    """Records that break a rule, and others that do not. The last of each is judged, or the entity of its name.

    In a column {} is the case's name, so that cases share only the entities of `CAST`.
    """

    rule: str
    bad: list[Record]
    near: tuple[list[Record], ...]


def case(rule: str, bad: list[Record], *near: list[Record]) -> Case:
    return Case(rule, bad, near)


def say(source: str, **columns: Any) -> Record:
    return source, columns


def pair(kind: str, on: D, male: str = "{} man", female: str = "{} woman", **columns: Any) -> Record:
    ends = {"male_person_id": male, "female_person_id": female}
    return say("civil_marriage", kind=kind, registered_on=on, **ends, **columns)


def household(head: str, member: str) -> list[Record]:
    resident = {"status": "正常", "household_id": "{} home"}
    return [
        say("police_household", person_id=head, relation_to_head="02", **resident),
        say("police_household", person_id=member, relation_to_head="20", **resident),
    ]


def insured(person: str, employer: str | None, status: str = "正常", **columns: Any) -> list[Record]:
    columns = {"status": status, "employer_entity_id": employer, **columns}
    return [say("hr_social_insurance", person_id=person, **columns)]


def student(person: str, **columns: Any) -> list[Record]:
    return [say("education_student", person_id=person, **columns)]


def firm(representative: str, status: str) -> list[Record]:
    return [say("market_register", entity_id="{} firm", status=status, legal_rep_person_id=representative)]


def stall(trader: str) -> list[Record]:
    return [say("tax_payer", entity_id="{} stall", trader_person_id=trader)]


def lamp(owner: str) -> list[Record]:
    return [say("urban_component", place_id="{} lamp", owner_entity_id=owner)]


def address(longitude: str | None) -> list[Record]:
    point = {"longitude": Decimal(longitude), "latitude": Decimal("23.5")} if longitude else {}
    return [say("planning_address", place_id="{}", **point)]


def registered(*sources: str) -> list[Record]:
    return [say(source, entity_id="{}") for source in sources]


CAST: list[Record] = [
    say("police_household", person_id="alive", status="正常"),
    say("health_death", person_id="dead", died_on=DIED),
    say("market_register", entity_id="open", status=REGISTERED),
    *(say("market_register", entity_id=entity, status=status) for entity, status in CLOSED.items()),
    say("grid_boundary", grid_code="G", boundary=GRID),
]
DEATH, RELIEF = say("health_death", person_id="{}", died_on=DIED), say("civil_relief", person_id="{}")
HOMES: list[tuple[str, dict[str, str]]] = [
    ("police_household", {"status": "正常"}),
    ("floating_population", {}),
    ("health_resident", {}),
]

CASES = [
    case(
        "married_too_young",
        [pair("结婚", D(2022, 5, 31), male_birth_month="2000-06")],
        [pair("结婚", D(2022, 6, 1), male_birth_month="2000-06")],
    ),
    case(
        "married_too_young",
        [pair("结婚", D(2020, 5, 31), female_birth_month="2000-06")],
        [pair("结婚", D(2020, 6, 1), female_birth_month="2000-06")],
    ),
    *(
        case(
            "already_married",
            [pair("结婚", D(2000, 1, 1), **first), pair("结婚", D(2010, 1, 1))],
            [pair("结婚", D(2000, 1, 1), **first), pair("离婚", D(2010, 1, 1), **first), pair("结婚", D(2010, 1, 1))],
        )
        for first in ({"male": "{} first man"}, {"female": "{} first woman"})
    ),
    case(
        "guardian_dead",
        student("alive", guardian_person_id="dead"),
        student("dead", guardian_person_id="alive"),
    ),
    case("head_dead", household("dead", "alive"), household("alive", "dead")),
    case(
        "insured_after_death",
        insured("dead", "open"),
        insured("dead", "open", "中断", paid_through="201912"),
        insured("alive", "open"),
    ),
    *(
        case(
            "employer_deregistered",
            insured("alive", closed),
            insured("alive", closed, "中断", paid_through="201912"),
            insured("alive", "open"),
        )
        for closed in CLOSED
    ),
    case(
        "representative_dead",
        firm("dead", REGISTERED),
        firm("alive", REGISTERED),
        *(firm("dead", closed) for closed in CLOSED.values()),
    ),
    # Nobody knows the status of what no register holds.
    case("representative_dead", stall("dead"), stall("alive")),
    case(
        "enrolled_after_death",
        student("dead", school_entity_id="open"),
        student("alive", school_entity_id="deregistered"),
    ),
    *(
        case(
            "resident_after_death",
            [say(source, person_id="dead", home_place_id="{} home", **columns)],
            [say(source, person_id="alive", home_place_id="{} home", **columns)],
        )
        for source, columns in HOMES
    ),
    case(
        "resident_after_death",
        [say("floating_population", person_id="dead", home_place_id="{} home", expires_on=D(2021, 1, 1))],
        [say("floating_population", person_id="dead", home_place_id="{} home", expires_on=D(2019, 1, 1))],
    ),
    *(case("owner_deregistered", lamp(closed), lamp("open")) for closed in CLOSED),
    case("relief_after_death", [DEATH, RELIEF], [RELIEF], [DEATH]),
    case(
        "registered_after_death",
        [DEATH, say("police_household", person_id="{}", status="正常")],
        [DEATH, say("police_household", person_id="{}", status="死亡注销")],
        [say("police_household", person_id="{}", status="正常")],
    ),
    case(
        "employer_not_registered",
        insured("{}", None, employer_uscc=CODE),
        insured("{}", "open", employer_uscc=CODE),
        insured("{}", None, "中断", employer_uscc=CODE),
        insured("{}", None),
    ),
    case(
        "school_not_registered",
        student("{}", school_uscc=CODE),
        student("{}", school_uscc=CODE, school_entity_id="open"),
        student("{}"),
    ),
    *(
        case(
            "in_two_registers",
            registered(register, "organisation_register"),
            registered("market_register", "company_register"),
            registered("organisation_register"),
        )
        for register in ("market_register", "company_register")
    ),
    case(
        "taxed_without_registration",
        registered("tax_payer"),
        *(
            registered("tax_payer", register)
            for register in ("market_register", "company_register", "organisation_register")
        ),
    ),
    case("outside_grids", address("112.5"), address("113.5"), address(None)),
]


def told() -> Iterator[tuple[str, set[str], list[Record]]]:
    """The name under which each side of a case is found, the rules that it breaks, and its records."""
    for number, (rule, bad, near) in enumerate(CASES):
        yield f"{number} {rule}", {rule}, bad
        for which, records in enumerate(near):
            yield f"{number} near {which} {rule}", set(), records


def named(name: str, records: list[Record]) -> list[Record]:
    def filled(value: Any) -> Any:
        return value.format(name) if isinstance(value, str) else value

    own = [(source, {column: filled(value) for column, value in row.items()}) for source, row in records]
    own[-1][1]["record_id"] = name
    return own


@pytest.fixture(scope="module")
def warned(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The rules that each record's relations and each entity break, by its name."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("rules") / "lake"))
    about.create(lake.root)
    rows = defaultdict(list)
    for source, row in [*CAST, *chain.from_iterable(named(name, records) for name, _, records in told())]:
        rows[source].append(row)
    for source, of_source in rows.items():
        put(lake, source, of_source)
    master(lake, CONTRACTS, NIGHT)
    ids = {table.name: "record_id" for table in TABLES} | {a.subject: ENTITY_ID[a.subject] for a in AUTHORITIES}
    judged = (lake.read(f"master/{table}").select(name, "warned.rule") for table, name in ids.items())
    found: dict[str, set[str]] = defaultdict(set)
    for name, rules in reduce(DataFrame.unionAll, judged).collect():
        found[name].update(rules)
    return found


def test_each_rule_warns_of_what_breaks_it_alone_and_of_nothing_near(warned: dict[str, set[str]]) -> None:
    assert {name: warned.get(name) for name, _, _ in told()} == {name: rules for name, rules, _ in told()}


def test_every_rule_across_sources_has_a_case() -> None:
    rules = [rule.rule for table in TABLES for rule in table.rules]
    rules += [warning.rule for authority in AUTHORITIES for warning in authority.warnings]
    assert {one.rule for one in CASES} == set(rules)
