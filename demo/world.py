"""The whole made-up city on one day, and what the departments know of it."""

from dataclasses import dataclass

import numpy as np

from demo import entities, people, places
from demo.entities import Entities
from demo.people import People, region_text
from demo.places import Places
from demo.text import Dates, Ints, Text


@dataclass
class World:
    """People, entities and places, the first business date and the seed that made them."""

    people: People
    entities: Entities
    places: Places
    first: np.datetime64
    days: int
    seed: int

    def date(self, day: int) -> np.datetime64:
        """The business date of a day (0 is the first)."""
        return self.first + np.timedelta64(day, "D")

    def police_knows(self, day: int) -> np.datetime64:
        """The police hear of a death a month after it."""
        return self.date(day) - 30

    def native_region(self, rows: Ints) -> Text:
        """County code of a person's native place: the one that their number begins with."""
        return region_text(self.people.county[rows])

    def changed_on(self, rows: Ints, day: int, rng: np.random.Generator) -> Dates:
        """When the record was last touched: before the first date, or the day before a later one."""
        before = rng.integers(2, 1500, len(rows)) if day == 0 else np.ones(len(rows), dtype=np.int64)
        return self.date(day) - before


def build(count: int, first: np.datetime64, days: int, seed: int) -> World:
    """A city of `count` people."""
    total = entities.counts(count)
    where = places.build(count, total[0] + total[1], seed)
    who = people.build(count, total[0] // 7 + 3, where.homes, first, days, seed)
    what = entities.build(who, where, total, first, days, seed)
    return World(who, what, where, first, days, seed)
