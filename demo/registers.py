"""What departments keep besides people, entities and places: certificates, cases, cards, jobs, fines, lamp posts."""

from dataclasses import dataclass

import numpy as np

from demo.entities import COMPANY, ORGANISATION, TRADER, Entities, is_school
from demo.households import HEAD, MARRIED, OUTSIDE, REGISTERED, SINGLE
from demo.people import People
from demo.places import Places
from demo.text import Dates, Ints, generator

COMPONENTS = ["井盖", "路灯", "消防栓", "公交站", "垃圾箱", "行道树", "交通信号灯", "健身器材"]
PENALTIES = ["警告", "罚款", "没收违法所得", "责令停产停业", "吊销许可证"]
RELIEF = ["低保", "特困", "临时救助"]
FOREVER = 10**6


@dataclass
class Certificates:
    """Weddings and divorces that were registered here."""

    wedding: np.ndarray
    man: Ints
    woman: Ints
    on: Dates
    since: Ints


@dataclass
class Relief:
    """Relief cases; from day `until` on the case is closed and no longer delivered."""

    person: Ints
    kind: Ints
    amount: np.ndarray
    approved: Dates
    since: Ints
    until: Ints


@dataclass
class Cards:
    """Disability cards."""

    person: Ints
    kind: Ints
    grade: Ints
    issued: Dates
    since: Ints


@dataclass
class Fines:
    """Administrative penalties."""

    entity: Ints
    kind: Ints
    amount: np.ndarray
    on: Dates
    since: Ints


@dataclass
class Components:
    """Things that stand in the street, with the entity that owns them."""

    kind: Ints
    quad: Ints
    longitude: np.ndarray
    latitude: np.ndarray
    owner: Ints
    state: Ints
    since: Ints


@dataclass
class Lives:
    """One row a person: work, school and health; -1 where there is none."""

    employer: Ints
    insured: np.ndarray
    retired: np.ndarray
    base: np.ndarray
    school: Ints
    in_health: np.ndarray
    blood: Ints
    chronic: Ints


@dataclass
class Dues:
    """One row an entity: what the tax office knows."""

    taxed: np.ndarray
    grade: Ints
    arrears: np.ndarray


def certificates(people: People, first: np.datetime64, days: int, seed: int) -> Certificates:
    """Weddings of the last twelve years, divorces, and those of the later dates, between people who live alone."""
    rng = generator(seed, "certificates")
    wed = np.flatnonzero((people.sex == 1) & ~np.isnat(people.wed_on) & (people.wed_on > first - 4400))
    parted = np.flatnonzero((people.sex == 1) & ~np.isnat(people.parted_on))
    before = people.parted_on[parted] - rng.integers(400, 3000, len(parted))
    alone = (
        np.bincount(np.maximum(people.household, 0), minlength=len(people))[np.maximum(people.household, 0)] == 1
    ) & (people.household >= 0)
    free = (
        alone & (people.marital == SINGLE) & (people.spouse < 0) & np.isnat(people.died_on) & (people.relation == HEAD)
    )
    age = people.age(first)
    free &= (age > 22) & (age < 45)
    men, women = (rng.permutation(np.flatnonzero(free & (people.sex == sex))) for sex in (1, 2))
    count = min(len(men), len(women), max(1, len(people) // 4000) * (days - 1))
    new_day = np.arange(count) % max(days - 1, 1) + 1
    couples = np.flatnonzero(
        (people.sex == 1) & (people.marital == MARRIED) & (people.group != OUTSIDE) & (people.spouse >= 0)
    )
    leave = rng.choice(couples, min(len(couples), max(1, len(people) // 8000) * (days - 1)), replace=False)
    leave_day = np.arange(len(leave)) % max(days - 1, 1) + 1
    return Certificates(
        wedding=np.r_[
            np.full(len(wed) + len(parted), True),
            np.full(len(parted), False),
            np.full(count, True),
            np.full(len(leave), False),
        ],
        man=np.r_[wed, parted, parted, men[:count], leave],
        woman=np.r_[
            people.spouse[wed], people.spouse[parted], people.spouse[parted], women[:count], people.spouse[leave]
        ],
        on=np.concatenate(
            [people.wed_on[wed], before, people.parted_on[parted], first + new_day - 1, first + leave_day - 1]
        ),
        since=np.r_[np.zeros(len(wed) + 2 * len(parted), int), new_day, leave_day],
    )


def relief(people: People, first: np.datetime64, days: int, seed: int) -> Relief:
    """One registered person in forty, the dead not always struck off, and a few people who draw twice."""
    rng = generator(seed, "relief")
    able = np.flatnonzero((people.group == REGISTERED) & (people.since == 0))
    person = rng.choice(able, max(12, len(able) // 40), replace=False)
    person = np.r_[person, person[: max(2, len(person) // 100)]]
    kind = rng.choice(3, len(person), p=[0.75, 0.1, 0.15])
    since = np.where(rng.random(len(person)) < 0.006 * (days - 1), rng.integers(1, max(days, 2), len(person)), 0)
    until = np.where(rng.random(len(person)) < 0.006 * (days - 1), rng.integers(1, max(days, 2), len(person)), FOREVER)
    return Relief(
        person=person,
        kind=kind,
        amount=np.array([680.0, 1100.0, 300.0])[kind] + rng.integers(0, 300, len(person)),
        approved=np.where(since > 0, first + since - 1, first - rng.integers(20, 2500, len(person))),
        since=since,
        until=np.where(until > since, until, FOREVER),
    )


def cards(people: People, first: np.datetime64, days: int, seed: int) -> Cards:
    """One registered person in forty."""
    rng = generator(seed, "cards")
    able = np.flatnonzero((people.group == REGISTERED) & (people.since == 0) & (people.age(first) > 4))
    person = rng.choice(able, max(12, len(able) // 40), replace=False)
    since = np.where(rng.random(len(person)) < 0.004 * (days - 1), rng.integers(1, max(days, 2), len(person)), 0)
    return Cards(
        person=person,
        kind=rng.choice(np.arange(1, 8), len(person), p=[0.16, 0.12, 0.03, 0.48, 0.08, 0.1, 0.03]),
        grade=rng.choice(np.arange(1, 5), len(person), p=[0.15, 0.25, 0.3, 0.3]),
        issued=np.where(since > 0, first + since - 1, first - rng.integers(20, 1400, len(person))),
        since=since,
    )


def fines(entities: Entities, first: np.datetime64, days: int, seed: int) -> Fines:
    """Penalties of the last three years; the bad ones are fined again."""
    rng = generator(seed, "fines")
    business = np.flatnonzero((entities.kind != ORGANISATION) & (entities.since == 0))
    count = max(20, len(business) // 25)
    entity = np.where(rng.random(count) < 0.2, rng.choice(business[:50], count), rng.choice(business, count))
    since = np.where(
        np.arange(count) >= count - max(2, count // 60) * (days - 1), np.arange(count) % max(days - 1, 1) + 1, 0
    )
    kind = rng.choice(len(PENALTIES), count, p=[0.25, 0.55, 0.14, 0.05, 0.01])
    return Fines(
        entity=entity,
        kind=kind,
        amount=np.where(np.isin(kind, [1, 2]), np.round(rng.exponential(1.2, count) + 0.05, 4), 0.0),
        on=np.where(since > 0, first + since - 1, first - rng.integers(5, 1090, count)),
        since=since,
    )


def components(people: int, places: Places, entities: Entities, days: int, seed: int) -> Components:
    """One component for twenty people, owned by a few companies and public bodies."""
    rng = generator(seed, "components")
    count = max(60, people // 20)
    quad = rng.integers(0, len(places.corners), count)
    corner = places.corners[quad]
    u, v = rng.uniform(0.02, 0.98, (2, count))
    weight = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=1)
    point = (corner * weight[:, :, None]).sum(axis=1)
    firms = np.flatnonzero((entities.kind == COMPANY) & ~entities.old & (entities.since == 0))[:25]
    public = np.flatnonzero(entities.kind == ORGANISATION)[:25]
    return Components(
        kind=rng.choice(len(COMPONENTS), count),
        quad=quad,
        longitude=np.round(point[:, 0], 7),
        latitude=np.round(point[:, 1], 7),
        owner=rng.choice(np.r_[firms, public], count),
        state=rng.choice(3, count, p=[0.93, 0.06, 0.01]),
        since=np.where(rng.random(count) < 0.002 * (days - 1), rng.integers(1, max(days, 2), count), 0),
    )


def lives(people: People, entities: Entities, places: Places, first: np.datetime64, seed: int) -> Lives:
    """Jobs by the size of the employer, schools of the own district where it has one, illnesses by age."""
    rng = generator(seed, "lives")
    count, age = len(people), people.age(first)
    here = people.group != OUTSIDE
    adult = (age > 20) & (age < 60) & here
    works = adult & (rng.random(count) < 0.72)
    # People work where the premises still exist; a twentieth works for a firm that was struck off meanwhile.
    open_firms = (entities.kind != TRADER) & (entities.since == 0) & (entities.status == "存续")
    weight = np.where(open_firms, entities.size, np.where(entities.kind == COMPANY, entities.size * 0.05, 0))
    weight = np.where(entities.since > 0, 0, weight)
    employer = np.where(works, rng.choice(len(entities), count, p=weight / weight.sum()), -1)
    retired = here & (age >= 60) & (rng.random(count) < 0.6)
    pupil = (age >= 6.2) & (age < 18) & here & (people.since == 0)
    chronic = np.where(rng.random(count) < np.clip((age - 30) / 90, 0.002, 0.6), rng.integers(0, 5, count), -1)
    return Lives(
        employer=employer,
        insured=works | retired | (adult & (rng.random(count) < 0.3)),
        retired=retired,
        base=np.round(rng.lognormal(8.8, 0.35, count) / 10) * 10,
        school=np.where(pupil, _schools(people, entities, places, rng), -1),
        in_health=here & (rng.random(count) < 0.93),
        blood=rng.choice(5, count, p=[0.28, 0.24, 0.3, 0.08, 0.1]),
        chronic=chronic,
    )


def _schools(people: People, entities: Entities, places: Places, rng: np.random.Generator) -> Ints:
    schools = is_school(entities)
    district = places.community_district[places.community[entities.place[schools]]]
    home = np.where(people.home < 0, -1, places.community_district[places.community[people.home]])
    chosen = schools[rng.integers(0, len(schools), len(people))]
    for one in np.unique(district):
        near = np.flatnonzero(home == one)
        chosen[near] = rng.choice(schools[district == one], len(near))
    return chosen


def dues(entities: Entities, seed: int) -> Dues:
    """Tax credit grades and arrears."""
    rng = generator(seed, "dues")
    count = len(entities)
    owes = rng.random(count) < 0.04
    return Dues(
        taxed=(entities.kind != ORGANISATION) & (rng.random(count) < 0.88),
        grade=rng.choice(5, count, p=[0.15, 0.4, 0.28, 0.12, 0.05]),
        arrears=np.where(owes, np.round(rng.lognormal(9, 1.4, count), 2), 0.0),
    )
