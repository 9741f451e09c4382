"""The extracts about legal entities, as clean text."""

import numpy as np
import pyarrow as pa

from demo.text import Ints, Text, decimals, generator, iso_dates, iso_moments, take, where
from demo.world import World


def market_register(world: World, rows: Ints, day: int) -> dict[str, Text]:
    """Companies and sole traders; the old ones have a registration number instead of a credit code."""
    who, firms = world.people, world.entities
    rng = generator(world.seed, "market_register", day)
    numbered = firms.old[rows] | (firms.established[rows] < np.datetime64("2015-10-01"))
    return {
        "uscc": where(firms.old[rows], None, take(firms.uscc, rows)),
        "registration_no": where(numbered, take(firms.registration_no, rows), None),
        "name": take(firms.name, rows),
        "entity_type": take(firms.form, rows),
        "legal_rep": take(who.name, firms.person[rows]),
        "legal_rep_id": take(who.id_number, firms.person[rows]),
        "capital_wan": decimals(firms.capital[rows], 4),
        "industry": take(firms.industry, rows),
        "address": take(world.places.address, firms.place[rows]),
        "region_code": take(firms.region, rows),
        "established_on": iso_dates(firms.established[rows]),
        "status": pa.array(firms.status[rows]),
        "updated_at": iso_moments(world.changed_on(rows, day, rng), rng),
    }
