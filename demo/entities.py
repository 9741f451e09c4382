"""Who does business and governs in the city: companies, sole traders, and public and social organisations."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo import names, numbers
from demo.households import OUTSIDE
from demo.people import People
from demo.places import CITY, Places
from demo.text import Dates, Ints, Text, choose, digits, generator, join, take, where

DATA = Path(__file__).parent / "data"
COMPANY, TRADER, ORGANISATION = 0, 1, 2
CODES_SINCE = np.datetime64("2015-10-01")
"""Since this day a new entity gets a credit code at once and an organisation code that begins with MA."""


@dataclass
class Entities:
    """One row an entity; `old` ones never exchanged their registration number for a credit code."""

    kind: Ints
    since: Ints
    name: Text
    uscc: Text
    organisation_code: Text
    registration_no: Text
    old: np.ndarray
    form: Text
    person: Ints
    capital: np.ndarray
    industry: Text
    place: Ints
    region: Text
    established: Dates
    status: np.ndarray
    size: np.ndarray
    trade_number: Ints

    def __len__(self) -> int:
        return len(self.kind)


def counts(people: int) -> tuple[int, int, int]:
    """How many companies, sole traders and organisations a city of that many people has."""
    return max(20, people // 20), max(20, people * 6 // 100), max(14, people * 35 // 10_000)


def build(
    people: People, places: Places, total: tuple[int, int, int], first: np.datetime64, days: int, seed: int
) -> Entities:
    """Entities with their representatives (mostly people of the city) and premises; a few are founded later."""
    rng = generator(seed, "entities")
    firms, traders, organisations = total
    kind = np.repeat([COMPANY, TRADER, ORGANISATION], total)
    count = len(kind)
    fresh = (rng.random(count) < 1 / 300 * (days - 1)) & (kind != ORGANISATION)
    since = np.where(fresh, rng.integers(1, max(days, 2), count), 0)
    years = np.minimum(rng.exponential(6.5, count), 40)
    established = np.where(fresh, first + since, first - 3 - (years * 365).astype(np.int64))
    place = np.where(
        rng.random(count) < 0.12,
        rng.choice(places.premises, count),
        places.premises[np.arange(count) % len(places.premises)],
    )
    region = places.region(place)
    modern = established >= CODES_SINCE
    old = ~modern & (kind != ORGANISATION) & (rng.random(count) < 0.12)
    organisation = numbers.organisation_codes(np.arange(count), modern)
    industry, words, legal = _industry(kind, rng)
    serial = numbers.ranks(kind)
    with_form = np.where(kind == TRADER, 2, (rng.random(count) < 0.15).astype(int))
    name = names.companies(
        CITY[:2], [*legal, *words], np.where(kind == TRADER, industry + len(legal), industry), with_form, serial, seed
    )
    organisation_name, organisation_department, form = _organisations(organisations, places, place[firms + traders :])
    department = join(pa.array(["91"] * firms + ["92"] * traders), "")
    department = pa.concat_arrays([department, organisation_department])
    name = pa.concat_arrays([_different(name.slice(0, firms + traders)), organisation_name])
    form = pa.concat_arrays([_forms(kind[: firms + traders], rng), form])
    person = _representatives(people, kind, rng, first)
    return Entities(
        kind=kind,
        since=since,
        name=name,
        uscc=numbers.credit_codes(department, region, organisation),
        organisation_code=organisation,
        registration_no=numbers.registration_numbers(region, np.arange(count) * 7 + 10_000),
        old=old,
        form=form,
        person=person,
        capital=np.where(
            kind == TRADER, rng.integers(1, 30, count), rng.choice([10, 50, 100, 200, 500, 1000, 5000], count)
        )
        * 1.0,
        industry=choose(_codes(), np.where(kind == ORGANISATION, -1, industry)),
        place=place,
        region=region,
        established=established,
        status=np.where(
            rng.random(count) < 0.86, "存续", rng.choice(["注销", "吊销", "迁出"], count, p=[0.7, 0.25, 0.05])
        ),
        size=np.where(kind == TRADER, 0.1, rng.pareto(1.3, count) + 0.5),
        trade_number=numbers.ranks(person) + 1,
    )


def _rows() -> list[dict[str, str]]:
    with (DATA / "industries.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _codes() -> list[str]:
    return [row["code"] for row in _rows()]


def _industry(kind: Ints, rng: np.random.Generator) -> tuple[Ints, list[str], list[str]]:
    rows = _rows()
    weights = np.array([float(row["weight"]) for row in rows])
    drawn = rng.choice(len(rows), len(kind), p=weights / weights.sum())
    return drawn, [row["words"] for row in rows], [row["legal_words"] for row in rows]


def _different(name: Text) -> Text:
    """The same names with a serial number behind the repeated ones."""
    codes = pc.dictionary_encode(name).indices.to_numpy()
    again = numbers.ranks(codes)
    place = where(again > 0, join("(", digits(again + 1), "号)"), "")
    return join(name, place)


def _forms(kind: Ints, rng: np.random.Generator) -> Text:
    words = [
        "有限责任公司(自然人独资)",
        "有限责任公司(自然人投资或控股)",
        "有限责任公司(法人独资)",
        "股份有限公司(非上市)",
        "个体工商户",
    ]
    return choose(words, np.where(kind == TRADER, 4, rng.choice(4, len(kind), p=[0.45, 0.4, 0.1, 0.05])))


ORGANISATION_KINDS = [
    ("11", "机关", ["人民政府", "市场监督管理所", "城市管理局", "财政所"]),
    ("12", "事业单位", ["中心小学", "第一中学", "社区卫生服务中心", "实验小学", "第二中学", "幼儿园", "文化站"]),
    ("51", "社会团体", ["商会", "志愿者协会", "老年人体育协会"]),
    ("52", "民办非企业", ["养老服务中心", "社会工作服务中心", "艺术培训学校"]),
    ("53", "基金会", ["慈善基金会"]),
]
MIX = [1, 0, 1, 1, 1, 2, 3, 1, 1, 0, 1, 2, 3, 4]


def _organisations(count: int, places: Places, place: Ints) -> tuple[Text, Text, Text]:
    """Name, department and kind in the credit code, and kind in words, of public and social organisations."""
    mix = np.array(MIX)[np.arange(count) % len(MIX)]
    of_kind = numbers.ranks(mix)
    town = places.community_town[places.community[place]]
    endings = [word for _, _, words in ORGANISATION_KINDS for word in words]
    starts = np.cumsum([0, *[len(words) for _, _, words in ORGANISATION_KINDS]])[:-1]
    sizes = np.array([len(words) for _, _, words in ORGANISATION_KINDS])
    ending = choose(endings, starts[mix] + of_kind % sizes[mix])
    name = _different(join(places_prefix(places, town), ending))
    return (
        name,
        choose([code for code, _, _ in ORGANISATION_KINDS], mix),
        choose([word for _, word, _ in ORGANISATION_KINDS], mix),
    )


def places_prefix(places: Places, town: Ints) -> Text:
    """The city and the town, as names of organisations begin."""
    return join(CITY, take(places.town_names, town))


def _representatives(people: People, kind: Ints, rng: np.random.Generator, first: np.datetime64) -> Ints:
    """Adults between 20 and 70; some live elsewhere, a few own several firms."""
    age = people.age(first)
    able = np.flatnonzero((age > 21) & (age < 70) & (people.group != OUTSIDE) & (people.since == 0))
    strangers = np.flatnonzero(people.group == OUTSIDE)
    away = (rng.random(len(kind)) < 0.15) & (kind != TRADER) & (len(strangers) > 0)
    keen = able[: max(10, len(able) // 20)]
    # The order of able people is by household; a stride mixes registered and floating ones.
    chosen = np.where(rng.random(len(kind)) < 0.12, rng.choice(keen, len(kind)), rng.choice(able, len(kind)))
    return np.where(away, rng.choice(strangers if len(strangers) else able, len(kind)), chosen)


def is_school(entities: Entities) -> Ints:
    """Positions of the schools."""
    names_here = entities.name
    school = pc.match_substring_regex(names_here, "小学|中学|幼儿园").to_numpy(zero_copy_only=False)
    return np.flatnonzero(school & (entities.kind == ORGANISATION))
