"""How people live together: households with couples, children and parents, the births to come, and owners elsewhere."""

import numpy as np

from demo.text import Ints

YEAR = 365.2425
REGISTERED, FLOATING, OUTSIDE = 0, 1, 2
HEAD, SPOUSE, SON, DAUGHTER, PARENT = "02", "10", "20", "30", "50"
SINGLE, MARRIED, WIDOWED, DIVORCED = "10", "20", "30", "40"
Made = dict[str, np.ndarray]


def households(people: int, first: np.datetime64, rng: np.random.Generator) -> Made:
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


def _piece(household: Ints, age: np.ndarray, sex: Ints, relation: str) -> Made:
    return {"household": household, "age": age, "sex": sex, "relation": np.full(len(household), relation)}


def _couples(
    made: Made, heads: int, spouses: int, children: int, first: np.datetime64, rng: np.random.Generator
) -> Made:
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


def births(made: Made, first: np.datetime64, days: int, rng: np.random.Generator) -> Made:
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


def owners(made: Made, number: int, first: np.datetime64, rng: np.random.Generator) -> Made:
    """People who live elsewhere and own firms here."""
    extra = {
        "household": np.full(number, -1),
        "sex": rng.integers(1, 3, number),
        "birth": first - rng.integers(int(25 * YEAR), int(65 * YEAR), number),
        "group": np.full(number, OUTSIDE),
    }
    return _append(made, extra, number)


def _append(made: Made, extra: Made, number: int) -> Made:
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
