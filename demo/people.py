"""Who lives in the city: households, their members and what each of them is."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from demo import names, numbers
from demo.households import MARRIED, OUTSIDE, REGISTERED, WIDOWED, YEAR, Made, births, households, owners
from demo.text import Dates, Ints, Text, choose, generator

DATA = Path(__file__).parent / "data"


@dataclass
class People:
    """One row a person; `since` is the day (0-based) on which the city first knows of them."""

    group: Ints
    since: Ints
    birth: Dates
    sex: Ints
    name: Text
    former_name: Text
    ethnic: Ints
    county: Ints
    id_number: Text
    household: Ints
    relation: np.ndarray
    marital: np.ndarray
    spouse: Ints
    wed_on: Dates
    parted_on: Dates
    mother: Ints
    father: Ints
    education: np.ndarray
    phone: Text
    died_on: Dates
    home: Ints
    moved_on: Dates
    left: np.ndarray

    def __len__(self) -> int:
        return len(self.birth)

    def age(self, on: np.datetime64) -> np.ndarray:
        """Years of age at a date."""
        return (on - self.birth).astype(np.int64) / YEAR

    def guardian(self, rows: Ints) -> Ints:
        """A child's mother or father, who speaks for it; -1 where neither is known."""
        first, second = np.where(
            rows % 3 == 0, [self.father[rows], self.mother[rows]], [self.mother[rows], self.father[rows]]
        )
        return np.where(first >= 0, first, second)


def build(people: int, outsiders: int, homes: Ints, first: np.datetime64, days: int, seed: int) -> People:
    """Exactly `people` on the first date, the births to come, and `outsiders` who only own firms here."""
    rng = generator(seed, "people")
    made = households(people, first, rng)
    made = births(made, first, days, rng)
    made = owners(made, outsiders, first, rng)
    count = len(made["birth"])
    county = _counties(made, rng)
    ethnic = rng.choice([1, 2, 3, 5, 8, 11, 15], count, p=[0.965, 0.005, 0.015, 0.003, 0.004, 0.005, 0.003])
    surname = _surnames(made, rng)
    name = names.people(surname, made["sex"], ethnic, seed)
    former = names.people(surname, made["sex"], np.ones(count, int), seed + 1)
    birth, household = made["birth"], made["household"]
    age = (first - birth).astype(np.int64) / YEAR
    died = np.full(count, np.datetime64("NaT"), dtype="datetime64[D]")
    gone = (rng.random(count) < np.clip((age - 40) / 900, 0.001, 0.08)) & (made["since"] == 0) & (age > 1)
    gone &= made["group"] == REGISTERED
    died[gone] = first - rng.integers(5, 360 * 3, gone.sum())
    died = np.where(died < birth, birth + 30, died)
    left_behind = made["spouse"][gone]
    left_behind = left_behind[(left_behind >= 0)]
    left_behind = left_behind[made["marital"][left_behind] == MARRIED]
    made["marital"][left_behind] = WIDOWED
    return People(
        group=made["group"],
        since=made["since"],
        birth=birth,
        sex=made["sex"],
        name=name,
        former_name=pa.array(former.to_pylist(), mask=rng.random(count) > 0.015),
        ethnic=ethnic,
        county=county,
        id_number=numbers.id_numbers(county, birth, made["sex"]),
        household=household,
        relation=made["relation"],
        marital=made["marital"],
        spouse=made["spouse"],
        wed_on=made["wed_on"],
        parted_on=made["parted_on"],
        mother=made["mother"],
        father=made["father"],
        education=_education(age, rng),
        phone=choose_phones(age, made["mother"], rng),
        died_on=died,
        home=np.where(made["group"] == OUTSIDE, -1, homes[household % len(homes)]),
        moved_on=np.full(count, np.datetime64("NaT"), dtype="datetime64[D]"),
        left=(rng.random(count) < 0.01) & (made["group"] == REGISTERED) & (made["since"] == 0),
    )


def _counties(made: Made, rng: np.random.Generator) -> Ints:
    """The county in force in the year of birth (GB/T 2260) that the number begins with."""
    with (DATA / "counties.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    year = made["birth"].astype("datetime64[Y]").astype(np.int64) + 1970
    local = (made["group"] == REGISTERED) & (rng.random(len(year)) < 0.85)
    result = np.zeros(len(year), dtype=np.int64)
    codes = np.array([int(row["code"]) for row in rows])
    spans = np.array([[int(row["first_year"]), int(row["last_year"])] for row in rows])
    weights = np.array([float(row["weight"]) for row in rows])
    home = np.array([row["local"] == "1" for row in rows])
    for one in np.unique(year):
        for of_city in (True, False):
            chosen = np.flatnonzero((year == one) & (local == of_city))
            valid = (spans[:, 0] <= one) & (one <= spans[:, 1]) & (home == of_city)
            valid = valid if valid.any() else (spans[:, 0] <= one) & (one <= spans[:, 1])
            p = np.where(valid, weights, 0)
            result[chosen] = rng.choice(codes, len(chosen), p=p / p.sum())
    return result


def _surnames(made: Made, rng: np.random.Generator) -> Ints:
    """Children bear their father's surname, one in twelve the mother's."""
    drawn = names.draw_surnames(rng, len(made["birth"]))
    for parent in (made["father"], made["mother"]):
        heir = (parent >= 0) & (
            (rng.random(len(drawn)) < 11 / 12) if parent is made["father"] else (made["father"] < 0)
        )
        # Elders first, so that a surname goes down two generations.
        drawn = np.where(heir, drawn[parent], drawn)
    heir = (made["father"] >= 0) & (rng.random(len(drawn)) < 11 / 12)
    return np.where(heir, drawn[made["father"]], drawn)


def _education(age: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    levels = np.array(["10", "20", "30", "40", "60", "70", "80", "90"])
    young = rng.choice(levels, len(age), p=[0.06, 0.25, 0.22, 0.12, 0.13, 0.18, 0.03, 0.01])
    old = rng.choice(levels, len(age), p=[0.01, 0.06, 0.09, 0.09, 0.15, 0.32, 0.24, 0.04])
    adult = np.where(age < 45, young, old)
    return np.where(age < 6, "90", np.where(age < 12, "80", np.where(age < 15, "70", np.where(age < 22, "60", adult))))


def choose_phones(age: np.ndarray, mother: Ints, rng: np.random.Generator) -> Text:
    """A mobile number for each person; children have none."""
    drawn = numbers.phones(rng, len(age))
    return drawn.take(pa.array(np.arange(len(age)), mask=age < 12))


def region_text(codes: Ints) -> Text:
    """County codes as text."""
    unique, inverse = np.unique(codes, return_inverse=True)
    return choose([str(code) for code in unique], inverse)
