"""What happens in the city between two business dates; changes the world and says what changed."""

from dataclasses import dataclass, field

import numpy as np

from demo.entities import COMPANY, ORGANISATION
from demo.households import DIVORCED, FLOATING, MARRIED, OUTSIDE, REGISTERED
from demo.render_people import UNNUMBERED
from demo.text import Ints, generator
from demo.world import World

NOBODY = np.zeros(0, dtype=np.int64)


@dataclass
class Changes:
    """Rows that changed on one day, by what happened to them."""

    moved: Ints = field(default_factory=lambda: NOBODY)
    wed: Ints = field(default_factory=lambda: NOBODY)
    died: Ints = field(default_factory=lambda: NOBODY)
    struck_off: Ints = field(default_factory=lambda: NOBODY)
    numbered: Ints = field(default_factory=lambda: NOBODY)
    schooled: Ints = field(default_factory=lambda: NOBODY)
    changed_job: Ints = field(default_factory=lambda: NOBODY)
    corrected: Ints = field(default_factory=lambda: NOBODY)
    renewed: Ints = field(default_factory=lambda: NOBODY)
    examined: Ints = field(default_factory=lambda: NOBODY)
    left: Ints = field(default_factory=lambda: NOBODY)
    firms: Ints = field(default_factory=lambda: NOBODY)
    taxed: Ints = field(default_factory=lambda: NOBODY)
    relief: Ints = field(default_factory=lambda: NOBODY)
    cards: Ints = field(default_factory=lambda: NOBODY)
    components: Ints = field(default_factory=lambda: NOBODY)
    grids: Ints = field(default_factory=lambda: NOBODY)


def some(world: World, rows: Ints, share: float, rng: np.random.Generator) -> Ints:
    """About `share` of the rows at the city's pace, at least one."""
    count = round(len(rows) * share * world.pace)
    return np.sort(rng.choice(rows, min(len(rows), max(1, count)), replace=False))


def advance(world: World, day: int) -> Changes:
    """Let one day pass: at pace 1 about one person and one firm in a hundred change, and half as many of all rows."""
    rng = generator(world.seed, "days", day)
    people = world.people
    here = np.flatnonzero((people.group != OUTSIDE) & (people.since < day) & np.isnat(people.died_on))
    changes = Changes()
    changes.died = _deaths(world, day, here, rng)
    here = np.setdiff1d(here, changes.died)
    changes.moved = _moves(world, day, here, rng)
    changes.wed = _weddings(world, day)
    local = here[people.group[here] == REGISTERED]
    changes.left = some(world, local, 0.0005, rng)
    people.left[changes.left] = True
    adults = local[people.age(world.first)[local] > 22]
    changes.schooled = some(world, adults, 0.003, rng)
    people.education[changes.schooled] = rng.choice(["10", "20", "30", "40"], len(changes.schooled))
    knew, knows = world.police_knows(day - 1), world.police_knows(day)
    changes.struck_off = np.flatnonzero((people.died_on > knew) & (people.died_on <= knows))
    age = (world.date(day) - people.birth).astype(np.int64)
    changes.numbered = np.flatnonzero((age == UNNUMBERED) & (people.group != OUTSIDE))
    changes.corrected = np.flatnonzero((world.corrected == day) & world.former_number.is_valid().to_numpy(False))
    changes.renewed = some(world, here[people.group[here] == FLOATING], 0.005, rng)
    people.moved_on[changes.renewed] = world.date(day) - 1
    changes.changed_job = _jobs(world, here, rng)
    changes.examined = some(world, here, 0.004, rng)
    world.lives.chronic[changes.examined] = rng.integers(0, 5, len(changes.examined))
    _business(world, day, changes, rng)
    _registers(world, day, changes, rng)
    return changes


def _deaths(world: World, day: int, here: Ints, rng: np.random.Generator) -> Ints:
    """One in thirty thousand people dies in a day; the city loses at least one, the old first."""
    age = world.people.age(world.first)[here]
    chance = np.where(age > 50, age - 45, 0.2)
    died = rng.choice(here, max(1, len(here) // 30_000), replace=False, p=chance / chance.sum())
    world.people.died_on[died] = world.date(day) - 1
    return np.sort(died)


def _moves(world: World, day: int, here: Ints, rng: np.random.Generator) -> Ints:
    """Whole households move to another flat."""
    people = world.people
    households = np.unique(people.household[here])
    chosen = some(world, households, 0.003, rng)
    target = np.full(households.max() + 1, -1)
    target[chosen] = rng.choice(world.places.homes, len(chosen))
    moved = here[target[people.household[here]] >= 0]
    people.home[moved] = target[people.household[moved]]
    people.moved_on[moved] = world.date(day) - 1
    return moved


def _weddings(world: World, day: int) -> Ints:
    """Wife and husband of the day share one household and flat; the divorced stay where they are."""
    people, certificates = world.people, world.certificates
    today = certificates.since == day
    for wedding in (True, False):
        chosen = today & (certificates.wedding == wedding)
        men, women, on = certificates.man[chosen], certificates.woman[chosen], certificates.on[chosen]
        for one, other in ((men, women), (women, men)):
            people.marital[one] = MARRIED if wedding else DIVORCED
            people.spouse[one] = other
            (people.wed_on if wedding else people.parted_on)[one] = on
        if wedding:
            people.household[women], people.home[women] = people.household[men], people.home[men]
            people.relation[women] = "10"
    return np.sort(np.r_[certificates.man[today], certificates.woman[today]])


def _jobs(world: World, here: Ints, rng: np.random.Generator) -> Ints:
    employer = world.lives.employer
    workers = some(world, here[employer[here] >= 0], 0.004, rng)
    employer[workers] = np.where(rng.random(len(workers)) < 0.2, -1, rng.permutation(employer[workers]))
    return workers


def _business(world: World, day: int, changes: Changes, rng: np.random.Generator) -> None:
    """Firms close, change their representative, move, or at last get a credit code."""
    firms, people = world.entities, world.people
    known = np.flatnonzero((firms.since < day) & (firms.kind != ORGANISATION))
    alive = known[firms.status[known] == "存续"]
    closed, new_head, moved = (
        some(world, alive, 0.002, rng),
        some(world, alive, 0.002, rng),
        some(world, alive, 0.003, rng),
    )
    firms.status[closed] = "注销"
    companies = new_head[firms.kind[new_head] == COMPANY]
    bodies = some(world, np.flatnonzero(firms.kind == ORGANISATION), 0.01, rng)
    adults = np.flatnonzero(
        (people.age(world.first) > 25)
        & (people.age(world.first) < 60)
        & (people.group != OUTSIDE)
        & np.isnat(people.died_on)
    )
    for rows in (companies, bodies):
        firms.person[rows] = rng.choice(adults, len(rows))
    firms.place[moved] = rng.choice(world.places.premises, len(moved))
    exchanged = some(world, known[firms.old[known]], 0.02, rng) if firms.old[known].any() else NOBODY
    firms.old[exchanged] = False
    changes.firms = np.unique(np.r_[closed, companies, bodies, moved, exchanged])
    taxed = np.flatnonzero(world.dues.taxed & (firms.since < day))
    changes.taxed = np.unique(np.r_[some(world, taxed, 0.006, rng), exchanged, moved])
    world.dues.grade[changes.taxed] = rng.integers(0, 5, len(changes.taxed))
    world.dues.arrears[changes.taxed[::4]] = 0.0


def _registers(world: World, day: int, changes: Changes, rng: np.random.Generator) -> None:
    changes.relief = some(world, np.flatnonzero(world.relief.since < day), 0.01, rng)
    world.relief.amount[changes.relief] += 20.0
    changes.cards = some(world, np.flatnonzero(world.cards.since < day), 0.005, rng)
    world.cards.grade[changes.cards] = world.cards.grade[changes.cards] % 4 + 1
    changes.components = some(world, np.flatnonzero(world.components.since < day), 0.01, rng)
    world.components.state[changes.components] = (world.components.state[changes.components] + 1) % 3
    changes.grids = some(world, np.arange(len(world.places.grid_codes)), 0.01, rng)
