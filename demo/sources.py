"""Which subjects each department delivers on a day, what of them changed, and whom and what a row truly names."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from demo import render_entities, render_people, render_places
from demo.days import Changes
from demo.entities import ORGANISATION, TRADER
from demo.households import FLOATING, OUTSIDE, REGISTERED
from demo.text import Ints, Text
from demo.world import World

Mention = tuple[str, Ints | None, Ints | None, Ints | None]
"""Role, and the person, entity and place (rows of the world, negative for none) that each row means in that role."""


@dataclass(frozen=True)
class Source:
    """render: subjects and day to columns. present: whether each subject belongs to the source on a day.

    changed: subjects whose record changed, apart from those that are new. mentions: who and what the rows are about.
    """

    render: Callable[[World, Ints, int], dict[str, Text]]
    present: Callable[[World, int], np.ndarray]
    changed: Callable[[World, Changes], Ints]
    mentions: Callable[[World, Ints], list[Mention]]


def _person(world: World, rows: Ints) -> list[Mention]:
    return [("self", rows, None, world.people.home[rows])]


def _firm(world: World, rows: Ints) -> list[Mention]:
    firms = world.entities
    return [("self", None, rows, firms.place[rows]), ("legal_rep", firms.person[rows], rows, None)]


def _taxpayer(world: World, rows: Ints) -> list[Mention]:
    firms = world.entities
    trader = np.where(firms.kind[rows] == TRADER, firms.person[rows], -1)
    return [("self", None, rows, firms.place[rows]), ("trader", trader, rows, None)]


def _couple(world: World, rows: Ints) -> list[Mention]:
    return [("male", world.certificates.man[rows], None, None), ("female", world.certificates.woman[rows], None, None)]


def _pupil(world: World, rows: Ints) -> list[Mention]:
    people = world.people
    return [
        ("self", rows, world.lives.school[rows], people.home[rows]),
        ("guardian", people.guardian(rows), None, None),
    ]


def _alive(world: World, day: int) -> np.ndarray:
    """Known, and not known to be dead by a department that hears of deaths late."""
    people = world.people
    buried = people.died_on < world.date(day) - 400
    return (people.since <= day) & (people.group != OUTSIDE) & ~buried


def _several(*groups: Ints) -> Ints:
    return np.unique(np.concatenate(groups))


SOURCES: dict[str, Source] = {
    "police_household": Source(
        render_people.police_household,
        lambda w, d: (w.people.group == REGISTERED) & (w.people.since <= d),
        lambda w, c: _several(c.moved, c.wed, c.struck_off, c.numbered, c.schooled, c.left, c.corrected),
        _person,
    ),
    "floating_population": Source(
        render_people.floating_population,
        lambda w, d: (w.people.group == FLOATING) & _alive(w, d),
        lambda w, c: _several(c.moved, c.renewed),
        _person,
    ),
    "civil_marriage": Source(
        render_people.civil_marriage,
        lambda w, d: w.certificates.since <= d,
        lambda w, c: np.zeros(0, dtype=np.int64),
        _couple,
    ),
    "civil_relief": Source(
        render_people.civil_relief,
        lambda w, d: (w.relief.since <= d) & (w.relief.until > d),
        lambda w, c: c.relief,
        lambda w, rows: _person(w, w.relief.person[rows]),
    ),
    "disabled_person": Source(
        render_people.disabled_person,
        lambda w, d: w.cards.since <= d,
        lambda w, c: c.cards,
        lambda w, rows: _person(w, w.cards.person[rows]),
    ),
    "education_student": Source(
        render_people.education_student,
        lambda w, d: (w.lives.school >= 0) & _alive(w, d),
        lambda w, c: c.moved,
        _pupil,
    ),
    "hr_social_insurance": Source(
        render_people.hr_social_insurance,
        lambda w, d: w.lives.insured & _alive(w, d),
        lambda w, c: c.changed_job,
        lambda w, rows: [("self", rows, w.lives.employer[rows], None)],
    ),
    "health_resident": Source(
        render_people.health_resident,
        lambda w, d: w.lives.in_health & _alive(w, d),
        lambda w, c: _several(c.moved, c.examined, c.numbered),
        _person,
    ),
    "health_death": Source(
        render_people.health_death,
        lambda w, d: w.people.died_on < w.date(d),
        lambda w, c: np.zeros(0, dtype=np.int64),
        lambda w, rows: [("self", rows, None, None)],
    ),
    "market_register": Source(
        render_entities.market_register,
        lambda w, d: (w.entities.kind != ORGANISATION) & (w.entities.since <= d),
        lambda w, c: c.firms,
        _firm,
    ),
    "organisation_register": Source(
        render_entities.organisation_register,
        lambda w, d: w.entities.kind == ORGANISATION,
        lambda w, c: c.firms,
        _firm,
    ),
    "tax_payer": Source(
        render_entities.tax_payer,
        lambda w, d: w.dues.taxed & (w.entities.since <= d),
        lambda w, c: c.taxed,
        _taxpayer,
    ),
    "market_penalty": Source(
        render_entities.market_penalty,
        lambda w, d: w.fines.since <= d,
        lambda w, c: np.zeros(0, dtype=np.int64),
        lambda w, rows: [("self", None, w.fines.entity[rows], None)],
    ),
    "planning_address": Source(
        render_places.planning_address,
        lambda w, d: w.places.since <= d,
        lambda w, c: np.zeros(0, dtype=np.int64),
        lambda w, rows: [("self", None, None, rows)],
    ),
    "grid_boundary": Source(
        render_places.grid_boundary,
        lambda w, d: np.ones(len(w.places.grid_codes), dtype=bool),
        lambda w, c: c.grids,
        lambda w, rows: [("self", None, None, None)],
    ),
    "urban_component": Source(
        render_places.urban_component,
        lambda w, d: w.components.since <= d,
        lambda w, c: c.components,
        lambda w, rows: [("self", None, w.components.owner[rows], None)],
    ),
}
