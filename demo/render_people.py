"""The extracts about people, as clean text: what each department would deliver if it made no mistake."""

import numpy as np
import pyarrow as pa

from demo.people import DAUGHTER, SON
from demo.places import CITY, PROVINCE
from demo.text import Ints, Text, choose, digits, generator, iso_dates, iso_moments, join, take, where
from demo.world import World


def police_household(world: World, rows: Ints, day: int) -> dict[str, Text]:
    """Registered residents, the dead and those who moved away included."""
    people, places = world.people, world.places
    rng = generator(world.seed, "police_household", day)
    home = people.home[rows]
    dead = ~np.isnat(people.died_on[rows]) & (people.died_on[rows] <= world.police_knows(day))
    left = people.group[rows] != 0
    status = np.where(dead, "死亡注销", np.where(left, "迁出", "正常"))
    born = people.birth[rows]
    unnumbered = (world.date(day) - born).astype(np.int64) < 20
    return {
        "person_no": join("P", digits(rows, 9)),
        "id_number": where(unnumbered, None, take(people.id_number, rows)),
        "name": take(people.name, rows),
        "former_name": take(people.former_name, rows),
        "sex": digits(people.sex[rows]),
        "ethnic": digits(people.ethnic[rows], 2),
        "birth_date": iso_dates(born),
        "native_region": world.native_region(rows),
        "household_no": join("H", digits(people.household[rows], 8)),
        "relation_to_head": pa.array(people.relation[rows]),
        "household_kind": choose(["城镇", "非农业", "农业"], people.household[rows] % 5 % 3),
        "marital_status": pa.array(people.marital[rows]),
        "education": pa.array(people.education[rows]),
        "address": take(places.address, home),
        "region_code": places.region(home),
        "status": pa.array(status),
        "updated_at": iso_moments(world.changed_on(rows, day, rng), rng),
    }
