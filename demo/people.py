"""Who lives in the city: households, their members and what each of them is."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from demo import names, numbers
from demo.text import Dates, Ints, Text, choose, generator

DATA = Path(__file__).parent / "data"
YEAR = 365.2425
REGISTERED, FLOATING, OUTSIDE = 0, 1, 2
HEAD, SPOUSE, SON, DAUGHTER, PARENT = "02", "10", "20", "30", "50"
SINGLE, MARRIED, WIDOWED, DIVORCED = "10", "20", "30", "40"


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
    made = _households(people, first, rng)
    made = _births(made, first, days, rng)
    made = _outsiders(made, outsiders, first, rng)
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


def _households(people: int, first: np.datetime64, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Households of one adult or a couple, with children and with a parent of the head."""
    most = people
    floating = rng.random(most) < 0.3
    couple = rng.random(most) < np.where(floating, 0.45, 0.7)
    children = np.where(couple, rng.choice([0, 1, 2, 3], most, p=[0.34, 0.4, 0.23, 0.03]), rng.random(most) < 0.08)
    children = np.where(floating, np.minimum(children, 1), children)
    elders = np.where(couple & ~floating, rng.choice([0, 1, 2], most, p=[0.82, 0.08, 0.1]), 0)
    size = 1 + couple + children + elders
    total = np.cumsum(size)
    count = int(np.searchsorted(total, people, side="right"))
    missing = people - (int(total[count - 1]) if count else 0)
    couple[count : count + missing], children[count : count + missing], elders[count : count + missing] = False, 0, 0
    count += missing
    couple, children, elders, floating = (array[:count] for array in (couple, children, elders, floating))
    homes = np.arange(count)
    age = np.where(rng.random(count) < 0.72, rng.uniform(22, 58, count), rng.uniform(50, 92, count))
    age = np.where((children > 0) & (age > 54), 24 + (age - 54) * 0.75, age)
    head_sex = np.where(rng.random(count) < np.where(couple, 0.84, 0.5), 1, 2)
    pieces = [_piece(homes, age, head_sex, HEAD)]
    with_spouse = homes[couple]
    spouse_age = age[couple] + rng.normal(-2, 2.5, len(with_spouse))
    spouse_age = np.where(spouse_age < 22, rng.uniform(22, 26, len(with_spouse)), spouse_age)
    pieces.append(_piece(with_spouse, spouse_age, 3 - head_sex[couple], SPOUSE))
    child = np.repeat(homes, children)
    youngest = np.full(count, 99.0)
    youngest[couple] = spouse_age
    parent_age = np.minimum(age, youngest)
    child_age = parent_age[child] - rng.uniform(21, 36, len(child))
    child_age = np.where((child_age < 0.02) | (child_age > 30), rng.uniform(0.02, 3, len(child)), child_age)
    child_sex = rng.integers(1, 3, len(child))
    pieces.append(_piece(child, child_age, child_sex, SON))
    elder = np.repeat(homes, elders)
    second = np.r_[False, elder[1:] == elder[:-1]][: len(elder)]
    elder_sex = np.where(second | ((elders[elder] == 1) & (elder % 5 < 3)), 2, 1)
    elder_age = age[elder] + rng.uniform(21, 33, len(elder))
    elder_age = np.where(elder_age > 99, rng.uniform(80, 99, len(elder)), elder_age)
    pieces.append(_piece(elder, elder_age, elder_sex, PARENT))
    made = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    made["relation"] = np.where((made["relation"] == SON) & (made["sex"] == 2), DAUGHTER, made["relation"])
    made["birth"] = first - np.maximum((made.pop("age") * YEAR).astype(np.int64), 1)
    made["since"] = np.zeros(people, dtype=np.int64)
    made["group"] = np.where(floating[made["household"]], FLOATING, REGISTERED)
    return _couples(made, count, len(with_spouse), len(child), first, rng)


def _piece(household: Ints, age: np.ndarray, sex: Ints, relation: str) -> dict[str, np.ndarray]:
    return {"household": household, "age": age, "sex": sex, "relation": np.full(len(household), relation)}


def _couples(
    made: dict[str, np.ndarray], heads: int, spouses: int, children: int, first: np.datetime64, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Marriages, divorces and parents: heads stand first, then spouses, children and elders."""
    count = len(made["birth"])
    never = np.datetime64("NaT")
    spouse, mother, father = (np.full(count, -1, dtype=np.int64) for _ in range(3))
    wife = np.arange(heads, heads + spouses)
    husband = made["household"][wife]
    spouse[wife], spouse[husband] = husband, wife
    child = np.arange(heads + spouses, heads + spouses + children)
    one = made["household"][child]
    both = np.stack([one, spouse[one]])
    for parent in both:
        mother[child] = np.where((parent >= 0) & (made["sex"][parent] == 2), parent, mother[child])
        father[child] = np.where((parent >= 0) & (made["sex"][parent] == 1), parent, father[child])
    elder = np.arange(heads + spouses + children, count)
    pair = np.flatnonzero(made["household"][elder][1:] == made["household"][elder][:-1])
    spouse[elder[pair]], spouse[elder[pair + 1]] = elder[pair + 1], elder[pair]
    for kin, sex in ((father, 1), (mother, 2)):
        chosen = elder[made["sex"][elder] == sex]
        kin[made["household"][chosen]] = chosen
    wed = np.full(count, never, dtype="datetime64[D]")
    lot = rng.uniform(22.2, 29, count)
    later = np.maximum(made["birth"], made["birth"][np.where(spouse >= 0, spouse, np.arange(count))])
    day = later + (lot[np.where(spouse >= 0, np.minimum(spouse, np.arange(count)), 0)] * YEAR).astype(np.int64)
    wed = np.where(spouse >= 0, np.minimum(day, first - 20 - np.minimum(spouse, np.arange(count)) % 400), wed)
    age = (first - made["birth"]).astype(np.int64) / YEAR
    alone = (spouse < 0) & (age > 26)
    lot = rng.random(count)
    marital = np.where(spouse >= 0, MARRIED, np.where(alone & (lot < 0.25) & (age > 60), WIDOWED, SINGLE))
    # People who were married to each other live in two households now.
    men = np.flatnonzero(alone & (marital == SINGLE) & (lot > 0.55) & (made["sex"] == 1))
    women = np.flatnonzero(alone & (marital == SINGLE) & (lot > 0.55) & (made["sex"] == 2))
    few = min(len(men), len(women))
    men, women = (people[np.argsort(made["birth"][people], kind="stable")][:few] for people in (men, women))
    parted = np.full(count, never, dtype="datetime64[D]")
    ex = np.full(count, -1, dtype=np.int64)
    ex[men], ex[women] = women, men
    on = first - rng.integers(3, 1500, few)
    parted[men], parted[women] = on, on
    marital[men], marital[women] = DIVORCED, DIVORCED
    spouse = np.where(spouse >= 0, spouse, ex)
    return {
        **made,
        "spouse": spouse,
        "mother": mother,
        "father": father,
        "wed_on": wed,
        "parted_on": parted,
        "marital": marital,
    }


def _births(
    made: dict[str, np.ndarray], first: np.datetime64, days: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Children who are born on the later dates, to couples in their twenties and thirties."""
    age = (first - made["birth"]).astype(np.int64) / YEAR
    able = np.flatnonzero((made["sex"] == 2) & (made["marital"] == MARRIED) & (age > 22) & (age < 38))
    number = min(len(able), max(2, len(made["birth"]) // 2500) * (days - 1))
    mother = rng.choice(able, number, replace=False) if number else np.zeros(0, dtype=np.int64)
    since = np.arange(number) % max(days - 1, 1) + 1
    sex = rng.integers(1, 3, number)
    extra = {
        "household": made["household"][mother],
        "sex": sex,
        "relation": np.where(sex == 1, SON, DAUGHTER),
        "birth": first + since - 1,
        "since": since,
        "group": made["group"][mother],
        "mother": mother,
        "father": made["spouse"][mother],
    }
    return _append(made, extra, number)


def _outsiders(
    made: dict[str, np.ndarray], number: int, first: np.datetime64, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    extra = {
        "household": np.full(number, -1),
        "sex": rng.integers(1, 3, number),
        "birth": first - rng.integers(int(25 * YEAR), int(65 * YEAR), number),
        "group": np.full(number, OUTSIDE),
    }
    return _append(made, extra, number)


def _append(made: dict[str, np.ndarray], extra: dict[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    """More people at the end; what is not said of them is as for an unmarried person without relations."""
    none = np.full(number, np.datetime64("NaT"), dtype="datetime64[D]")
    usual = {
        "since": np.zeros(number, dtype=np.int64),
        "spouse": np.full(number, -1),
        "mother": np.full(number, -1),
        "father": np.full(number, -1),
        "wed_on": none,
        "parted_on": none,
        "marital": np.full(number, SINGLE),
        "relation": np.full(number, "99"),
    }
    return {name: np.concatenate([column, {**usual, **extra}[name]]) for name, column in made.items()}


def _counties(made: dict[str, np.ndarray], rng: np.random.Generator) -> Ints:
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


def _surnames(made: dict[str, np.ndarray], rng: np.random.Generator) -> Ints:
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
