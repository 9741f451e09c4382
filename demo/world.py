"""The whole made-up city on one day."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from demo import entities, numbers, people, places, registers
from demo.entities import Entities
from demo.people import People
from demo.places import Places
from demo.text import Dates, Ints, Text, generator, take, where


@dataclass
class World:
    """People, entities, places and registers as they are now.

    former_number: what an uncorrected register still has; corrected: the day from which the police have the other one;
    shared: people who bear another's number (重号); pace: how much of what may change in a day does, by which the usual
    shares are multiplied.
    """

    people: People
    entities: Entities
    places: Places
    certificates: registers.Certificates
    relief: registers.Relief
    cards: registers.Cards
    fines: registers.Fines
    components: registers.Components
    lives: registers.Lives
    dues: registers.Dues
    former_number: Text
    corrected: Ints
    shared: Ints
    first: np.datetime64
    days: int
    seed: int
    pace: float

    def date(self, day: int) -> np.datetime64:
        """The business date of a day (0 is the first)."""
        return self.first + np.timedelta64(day, "D")

    def police_knows(self, day: int) -> np.datetime64:
        """The last date of deaths of which the police have heard: a month back."""
        return self.date(day) - 30

    def number(self, rows: Ints, source: str) -> Text:
        """Identity numbers as a source holds them: two in five still have the number from before a correction."""
        chance = generator(self.seed, "former", source).random(len(self.people))[np.maximum(rows, 0)]
        former = take(self.former_number, rows)
        old = (chance < 0.4) & former.is_valid().to_numpy(zero_copy_only=False)
        return where(old, former, take(self.people.id_number, rows))

    def changed_on(self, rows: Ints, day: int, rng: np.random.Generator) -> Dates:
        """When a record was last touched: long before the first date, or on a later one."""
        before = rng.integers(2, 1500, len(rows)) if day == 0 else np.zeros(len(rows), dtype=np.int64)
        return self.date(day) - before


def build(count: int, first: np.datetime64, days: int, seed: int, pace: float) -> World:
    """A city of `count` people on the first date."""
    total = entities.counts(count)
    where_ = places.build(count, total[0] + total[1], seed)
    who = people.build(count, total[0] // 7 + 3, where_.homes, first, days, seed)
    shared = _share_numbers(who, max(2, count // 10_000))
    what = entities.build(who, where_, total, first, days, seed)
    return World(
        people=who,
        entities=what,
        places=where_,
        certificates=registers.certificates(who, first, days, seed),
        relief=registers.relief(who, first, days, seed),
        cards=registers.cards(who, first, days, seed),
        fines=registers.fines(what, first, days, seed),
        components=registers.components(count, where_, what, days, seed),
        lives=registers.lives(who, what, where_, first, seed),
        dues=registers.dues(what, seed),
        former_number=_former_numbers(who, seed),
        corrected=_corrected(len(who), days, seed),
        shared=shared,
        first=first,
        days=days,
        seed=seed,
        pace=pace,
    )


def _share_numbers(who: People, pairs: int) -> Ints:
    """重号: give one person of a pair born in one place on one day the number of the other; returns who got it."""
    key = (who.county * 10**8 + numbers.yyyymmdd(who.birth)) * 10 + who.sex
    order = np.argsort(key, kind="stable")
    # Twins of one household are left out: their names would look alike too.
    twin = (np.diff(key[order]) == 0) & (who.household[order][1:] != who.household[order][:-1])
    spots = np.flatnonzero(twin & (who.since[order][1:] == 0))[:: max(1, int(twin.sum()) // pairs)][:pairs]
    numbers_now = who.id_number.to_pandas()
    numbers_now.iloc[order[spots + 1]] = numbers_now.iloc[order[spots]].to_numpy()
    who.id_number = pa.array(numbers_now, pa.string())
    return order[spots + 1]


def _corrected(count: int, days: int, seed: int) -> Ints:
    """The day on which the police correct a number, if they have not long since."""
    rng = generator(seed, "corrected")
    return np.where(rng.random(count) < 0.3, rng.integers(0, days, count), 0)


def _former_numbers(who: People, seed: int) -> Text:
    """Numbers from before a correction of the birth date, for one person in four hundred; NULL for the others."""
    rng = generator(seed, "former numbers")
    chosen = np.flatnonzero((rng.random(len(who)) < 1 / 400) & (who.age(np.datetime64("2026-01-01")) > 8))
    birth = who.birth[chosen] + rng.choice([-365, -30, -1, 1, 30], len(chosen))
    body = (who.county[chosen] * 10**8 + numbers.yyyymmdd(birth)) * 1000
    # Sequence numbers from 990 on are given to nobody else, so that a former number is never another's.
    made = numbers.with_id_check(body + 990 + np.arange(len(chosen)) % 5 * 2 + who.sex[chosen] % 2).to_pylist()
    result: list[str | None] = [None] * len(who)
    for row, number in zip(chosen.tolist(), made, strict=True):
        result[row] = number
    return pa.array(result, pa.string())
