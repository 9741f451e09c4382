"""Where the city's people and firms are: districts, towns, communities, grids, roads, buildings, rooms."""

import csv
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from demo.numbers import ranks
from demo.text import Ints, Text, choose, digits, generator, join, take

DATA = Path(__file__).parent / "data"
PROVINCE, CITY = "安徽省", "合肥市"
WEST, SOUTH = 117.05, 31.62
WIDTH, HEIGHT = 0.0105, 0.0090
ACROSS, UP = 3, 2
PEOPLE_A_COMMUNITY = 2000
BUILDING, ROOM, SHOP = 0, 1, 2
LEVELS = ["building", "room", "shop"]


@dataclass
class Places:
    """Places by column; `place` columns are one address each, the `community` and `quad` ones are looked up by it."""

    district_codes: list[str]
    district_names: list[str]
    town_codes: Text
    town_names: Text
    community_codes: Text
    community_names: Text
    community_district: Ints
    community_prefix: Text
    community_town: Ints
    corners: np.ndarray
    quad_grid: Ints
    grid_codes: Text
    grid_community: Ints
    community: Ints
    quad: Ints
    level: Ints
    building: Ints
    homes: Ints
    premises: Ints
    longitude: np.ndarray
    latitude: np.ndarray
    code: Text
    address: Text
    building_no: Text
    since: Ints

    def __len__(self) -> int:
        return len(self.community)

    def region(self, place: Ints) -> Text:
        """County code of each place."""
        return choose(self.district_codes, np.where(place < 0, -1, self.community_district[self.community[place]]))


def build(people: int, firms: int, seed: int) -> Places:
    """A city with homes for `people` and premises for `firms`."""
    rng = generator(seed, "places")
    count = max(6, people // PEOPLE_A_COMMUNITY)
    regions = _regions(count)
    corners, quad_grid, grids = _grids(count, regions["community_codes"], rng)
    stock = _buildings(count, int(people * 0.46) + 40, firms, rng)
    columns = _addresses(count, stock, regions, rng)
    point = _points(corners, columns["quad"], columns["building"], rng)
    # One address in four hundred is given out later, on the second or third day.
    late = rng.random(len(columns["level"])) < 1 / 400
    since = np.where(late & (columns["level"] == ROOM), rng.integers(1, 3, len(late)), 0)
    settled = np.flatnonzero((columns["level"] == ROOM) & columns["home"] & (since == 0))
    premises = np.flatnonzero(
        ((columns["level"] == SHOP) | ~columns["home"] & (columns["level"] == ROOM)) & (since == 0)
    )
    known = {field.name for field in fields(Places)}
    made = {
        **regions,
        **columns,
        "corners": corners,
        "quad_grid": quad_grid,
        **grids,
        "homes": rng.permutation(settled),
        "premises": rng.permutation(premises),
        "longitude": point[0],
        "latitude": point[1],
        "since": since,
    }
    return Places(**{name: column for name, column in made.items() if name in known})


def _regions(count: int) -> dict:
    """Administrative divisions: county codes in force (GB/T 2260), town and community codes by form (GB/T 10114)."""
    with (DATA / "districts.csv").open(encoding="utf-8") as file:
        districts = list(csv.DictReader(file))
    towns = max(4, count // 4)
    used = districts[: max(4, min(len(districts), towns // 2))]
    town_district = np.arange(towns) * len(used) // towns
    town_serial = np.arange(towns) - np.searchsorted(town_district, town_district)
    rural = np.array([row["kind"] == "rural" for row in used])[town_district]
    town_codes = join(
        choose([row["code"] for row in used], town_district), digits(np.where(rural, 100, 1) + town_serial, 3)
    )
    first, second = list("明光兴和平安永长清锦望文景福嘉东南西北翠"), list("桥塘岗湖河泉台山园店埠寺")
    town_names = join(
        choose(first, np.arange(towns) % len(first)),
        choose(second, np.arange(towns) // len(first) % len(second)),
        choose(["街道", "镇"], rural.astype(int)),
    )
    community_town = np.arange(count) * towns // count
    serial = np.arange(count) - np.searchsorted(community_town, community_town)
    lead, tail = list("玉新金龙凤梅柳荷竹松云星月晨虹春华丽康宁"), list("苑林湾溪堤岭庭里畔坊墩圩")
    number = np.arange(count)
    names = join(
        choose(lead, number % 20),
        choose(tail, (number // 20 + number) % 12),
        choose(["", "一", "二", "三", "四"], number // 240 % 5),
        "社区",
    )
    district = town_district[community_town]
    prefix = join(
        PROVINCE,
        CITY,
        choose([row["name"] for row in used], district),
        take(town_names, community_town),
        names,
    )
    return {
        "district_codes": [row["code"] for row in used],
        "district_names": [row["name"] for row in used],
        "town_codes": town_codes,
        "town_names": town_names,
        "community_codes": join(take(town_codes, community_town), digits(serial + 1, 3)),
        "community_names": names,
        "community_district": district,
        "community_town": community_town,
        "community_prefix": prefix,
    }


def _side(count: int) -> int:
    return int(np.ceil(np.sqrt(count)))


def _grids(count: int, codes: Text, rng: np.random.Generator) -> tuple[np.ndarray, Ints, dict]:
    """Grids that tile each community without gap; in every seventh one grid lies in two pieces."""
    side = _side(count)
    columns, rows = side * ACROSS + 1, -(-count // side) * UP + 1
    x = WEST + np.arange(columns)[None, :] * (WIDTH / ACROSS) + rng.uniform(-0.0007, 0.0007, (rows, columns))
    y = SOUTH + np.arange(rows)[:, None] * (HEIGHT / UP) + rng.uniform(-0.0009, 0.0009, (rows, columns))
    vertex = np.round(np.stack([x, y], axis=-1), 7)
    quad = np.arange(count * ACROSS * UP)
    community, inner = quad // (ACROSS * UP), quad % (ACROSS * UP)
    i = community % side * ACROSS + inner % ACROSS
    j = community // side * UP + inner // ACROSS
    corners = np.stack([vertex[j, i], vertex[j, i + 1], vertex[j + 1, i + 1], vertex[j + 1, i]], axis=1)
    owner = np.where((inner == 2) & (community % 7 == 3), quad - 2, quad)
    kept, grid = np.unique(owner, return_inverse=True)
    of = kept // (ACROSS * UP)
    serial = np.arange(len(kept)) - np.searchsorted(of, of)
    return corners, grid, {"grid_codes": join(take(codes, of), digits(serial + 1, 3)), "grid_community": of}


def _buildings(count: int, homes: int, firms: int, rng: np.random.Generator) -> dict[str, Ints]:
    """Blocks of flats and office blocks until there is room for all."""
    made: dict[str, Ints] = {}
    for use, need in (("home", homes), ("office", max(20, int(firms * 0.6)))):
        number = need // 12 + 8
        units = rng.choice([1, 2, 3, 4], number, p=[0.3, 0.4, 0.2, 0.1]) if use == "home" else np.ones(number, int)
        floors = rng.choice([6, 6, 11, 18, 28], number)
        flats = rng.integers(2, 5, number)
        enough = int(np.searchsorted(np.cumsum(units * floors * flats), need)) + 1
        for name, column in (("units", units), ("floors", floors), ("flats", flats)):
            made[name] = np.r_[made.get(name, np.zeros(0, int)), column[:enough]]
        made["home"] = np.r_[made.get("home", np.zeros(0, bool)), np.full(enough, use == "home")]
    total = len(made["home"])
    made["community"] = np.r_[np.arange(min(count, total)), rng.integers(0, count, max(0, total - count))]
    made["shops"] = np.asarray(max(20, int(firms * 0.7)))
    return made


def _addresses(count: int, stock: dict, regions: dict, rng: np.random.Generator) -> dict:
    """One row a building, room and shop: where it is and how it is written (GB/T 23705)."""
    side = _side(count)
    total, shops = len(stock["home"]), int(stock["shops"])
    rooms = stock["units"] * stock["floors"] * stock["flats"]
    of = np.repeat(np.arange(total), rooms)
    inner = np.arange(len(of)) - np.repeat(np.cumsum(rooms) - rooms, rooms)
    flats, units = stock["flats"][of], stock["units"][of]
    unit, floor, flat = inner % units + 1, inner // (units * flats) + 1, inner // units % flats + 1
    building = np.r_[np.arange(total), of, np.full(shops, -1)]
    level = np.r_[np.full(total, BUILDING), np.full(len(of), ROOM), np.full(shops, SHOP)]
    shop_community = rng.integers(0, count, shops)
    community = np.r_[stock["community"], stock["community"][of], shop_community]
    # Blocks stand six to a compound with an even number; shops have the odd numbers.
    block = ranks(stock["community"])
    compound = np.r_[block // 6, (block // 6)[of], ranks(shop_community)]
    lane = compound % 4
    column, row = community % side, community // side
    road = np.where(lane < 2, row * 2 + lane, 2 * side + column * 2 + lane - 2)
    number = np.where(lane < 2, column, row) * 400 + compound // 4 * 2 + np.where(level == SHOP, 1, 2)
    names = list("长徽淮庐江宿濉阜芜铜望潜黄怀桐合安滁巢天青环繁屯太")
    kinds = ["江", "山", "河", "城", "宁", "岭", "溪", "川", "阳", "海"]
    road_name = join(
        choose(names, road % len(names)),
        choose(kinds, road // len(names) % len(kinds)),
        choose(["路", "街", "大道"], road % 3),
    )
    block_no, unit_no = np.r_[block % 6 + 1, (block % 6 + 1)[of], np.zeros(shops, int)], np.zeros(len(level), int)
    unit_no[level == ROOM] = unit
    room_no = np.zeros(len(level), int)
    room_no[level == ROOM] = floor * 100 + flat
    serial = np.r_[np.zeros(total, int), inner + 1, 90000 + ranks(shop_community)]
    codes = take(regions["community_codes"], community)
    home = np.r_[stock["home"], stock["home"][of], np.zeros(shops, bool)]
    parts = [
        choose(["", "幢"], (level != SHOP).astype(int)),
        choose(["", "单元"], ((level == ROOM) & home).astype(int)),
        choose(["", "室"], (level == ROOM).astype(int)),
    ]
    written = [
        _unless_zero(block_no),
        parts[0],
        _unless_zero(np.where(home, unit_no, 0)),
        parts[1],
        _unless_zero(room_no),
        parts[2],
    ]
    building_no = join(codes, digits(np.maximum(np.r_[block, block[of], np.zeros(shops, int)], 0) + 1, 4))
    quad_inner = np.r_[rng.integers(0, ACROSS * UP, total), np.zeros(len(of), int), rng.integers(0, ACROSS * UP, shops)]
    quad_inner[total : total + len(of)] = quad_inner[:total][of]
    return {
        "community": community,
        "quad": community * ACROSS * UP + quad_inner,
        "level": level,
        "building": building,
        "home": home,
        "address": join(take(regions["community_prefix"], community), road_name, digits(number), "号", *written),
        "code": join(
            codes,
            digits(np.where(level == SHOP, 0, np.r_[block, block[of], np.zeros(shops, int)] + 1), 4),
            digits(serial, 5),
        ),
        "building_no": take(building_no, np.where(level == SHOP, -1, np.arange(len(level)))),
    }


def _unless_zero(numbers: Ints) -> Text:
    words = [""] + [str(number) for number in range(1, int(numbers.max(initial=0)) + 1)]
    return choose(words, numbers)


def _points(corners: np.ndarray, quad: Ints, building: Ints, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A point inside the quad of each place; the rooms of a building share it."""
    u, v = rng.uniform(0.1, 0.9, (2, len(quad)))
    inside = building >= 0
    u[inside], v[inside] = u[building[inside]], v[building[inside]]
    c = corners[quad]
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=1)
    point = np.round((c * weights[:, :, None]).sum(axis=1), 7)
    return point[:, 0], point[:, 1]
