"""The extracts about legal entities, as clean text."""

import numpy as np
import pyarrow as pa

from demo.entities import CODES_SINCE, TRADER
from demo.registers import PENALTIES
from demo.text import Ints, Text, choose, decimals, digits, generator, iso_dates, iso_moments, join, take, where
from demo.world import World

Columns = dict[str, Text]


def market_register(world: World, rows: Ints, day: int) -> Columns:
    """Companies and sole traders; the old ones have a registration number instead of a credit code."""
    who, firms = world.people, world.entities
    rng = generator(world.seed, "market_register", day)
    numbered = firms.old[rows] | (firms.established[rows] < CODES_SINCE)
    return {
        "uscc": where(firms.old[rows], None, take(firms.uscc, rows)),
        "registration_no": where(numbered, take(firms.registration_no, rows), None),
        "name": take(firms.name, rows),
        "entity_type": take(firms.form, rows),
        "legal_rep": take(who.name, firms.person[rows]),
        "legal_rep_id": world.number(firms.person[rows], "market_register"),
        "capital_wan": decimals(firms.capital[rows], 4),
        "industry": take(firms.industry, rows),
        "address": take(world.places.address, firms.place[rows]),
        "region_code": take(firms.region, rows),
        "established_on": iso_dates(firms.established[rows]),
        "status": pa.array(firms.status[rows]),
        "updated_at": iso_moments(world.changed_on(rows, day, rng), rng),
    }


def organisation_register(world: World, rows: Ints, day: int) -> Columns:
    """Public bodies, institutions and social organisations."""
    firms = world.entities
    return {
        "uscc": take(firms.uscc, rows),
        "name": take(firms.name, rows),
        "kind": take(firms.form, rows),
        "legal_rep": take(world.people.name, firms.person[rows]),
        "address": take(world.places.address, firms.place[rows]),
        "established_on": iso_dates(firms.established[rows]),
    }


def tax_payer(world: World, rows: Ints, day: int) -> Columns:
    """Taxpayers: a credit code, a 15-digit number of before 2015, or a sole trader's identity number and two digits."""
    firms, dues, who = world.entities, world.dues, world.people
    rng = generator(world.seed, "tax_payer", day)
    lot = generator(world.seed, "taxpayer numbers").random(len(firms))[rows]
    old = firms.old[rows] | ((firms.established[rows] < CODES_SINCE) & (lot < 0.05))
    number = where(old, join(take(firms.region, rows), take(firms.organisation_code, rows)), take(firms.uscc, rows))
    own = (firms.kind[rows] == TRADER) & (lot < 0.4)
    person = firms.person[rows]
    return {
        "taxpayer_no": where(own, join(take(who.id_number, person), digits(firms.trade_number[rows], 2)), number),
        "name": take(firms.name, rows),
        "tax_credit_grade": choose(list("ABMCD"), dues.grade[rows]),
        "arrears_yuan": decimals(dues.arrears[rows], 2),
        "address": take(world.places.address, firms.place[rows]),
        "phone": take(who.phone, person),
        "updated_at": iso_moments(world.changed_on(rows, day, rng), rng),
    }


def market_penalty(world: World, rows: Ints, day: int) -> Columns:
    """Administrative penalties."""
    fines, firms = world.fines, world.entities
    entity = fines.entity[rows]
    year = fines.on[rows].astype("datetime64[Y]").astype(np.int64) + 1970
    return {
        "decision_no": join("合市监处罚〔", digits(year), "〕", digits(rows), "号"),
        "uscc": where(firms.old[entity], None, take(firms.uscc, entity)),
        "name": take(firms.name, entity),
        "penalty_kind": choose(PENALTIES, fines.kind[rows]),
        "amount_wan": where(fines.amount[rows] > 0, decimals(fines.amount[rows], 4), None),
        "decided_on": iso_dates(fines.on[rows]),
    }
