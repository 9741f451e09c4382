"""The extracts about places, as clean text."""

import json

import numpy as np
import pyarrow as pa

from demo import names
from demo.coordinates import SYSTEMS, bend
from demo.places import ACROSS, UP
from demo.registers import COMPONENTS
from demo.text import Ints, Text, choose, decimals, digits, generator, iso_moments, join, take
from demo.world import World


def planning_address(world: World, rows: Ints, day: int) -> dict[str, Text]:
    """Standard addresses with their point; one row in ten in another system than CGCS2000."""
    places = world.places
    system = generator(world.seed, "address systems").choice(4, len(places), p=[0.9, 0.04, 0.04, 0.02])[rows]
    x, y = bend(places.longitude[rows], places.latitude[rows], system)
    return {
        "address_code": take(places.code, rows),
        "address": take(places.address, rows),
        "community_code": take(places.community_codes, places.community[rows]),
        "longitude": decimals(x, 7),
        "latitude": decimals(y, 7),
        "crs": choose(SYSTEMS, system),
        "building_no": take(places.building_no, rows),
    }


def grid_boundary(world: World, rows: Ints, day: int) -> dict[str, Text]:
    """Grids with their manager and boundary (GeoJSON geometry as text)."""
    places = world.places
    rng = generator(world.seed, "grid_boundary", day)
    sex = rng.integers(1, 3, len(rows))
    community = places.grid_community[rows]
    serial = rows - np.searchsorted(places.grid_community, community)
    manager = names.people(names.draw_surnames(rng, len(rows)), sex, np.ones(len(rows), int), world.seed + 100 + day)
    rings = np.concatenate([places.corners, places.corners[:, :1]], axis=1)
    order = np.argsort(places.quad_grid, kind="stable")
    start = np.searchsorted(places.quad_grid[order], np.r_[rows, rows + 1]).reshape(2, -1)
    boundaries = [_geometry(rings[order[a:b]].tolist()) for a, b in start.T.tolist()]
    return {
        "grid_code": take(places.grid_codes, rows),
        "grid_name": join(take(places.community_names, community), "第", digits(serial + 1), "网格"),
        "community_code": take(places.community_codes, community),
        "manager": manager,
        "boundary": pa.array(boundaries, pa.string()),
    }


def urban_component(world: World, rows: Ints, day: int) -> dict[str, Text]:
    """Street furniture; the identifying code is region, class, kind and serial number (16 digits)."""
    components, places = world.components, world.places
    rng = generator(world.seed, "urban_component", day)
    system = generator(world.seed, "component systems").choice(4, len(components.kind), p=[0.8, 0.08, 0.08, 0.04])[rows]
    x, y = bend(components.longitude[rows], components.latitude[rows], system)
    kind = components.kind[rows]
    community = components.quad[rows] // (ACROSS * UP)
    return {
        "component_code": join(
            choose(places.district_codes, places.community_district[community]),
            "01",
            digits(kind + 1, 2),
            digits(rows, 6),
        ),
        "kind": choose(COMPONENTS, kind),
        "longitude": decimals(x, 7),
        "latitude": decimals(y, 7),
        "crs": choose(SYSTEMS, system),
        "owner_uscc": take(world.entities.uscc, components.owner[rows]),
        "state": choose(["完好", "破损", "丢失"], components.state[rows]),
        "updated_at": iso_moments(world.changed_on(rows, day, rng), rng),
    }


def _geometry(rings: list) -> str:
    if len(rings) == 1:
        return json.dumps({"type": "Polygon", "coordinates": rings})
    return json.dumps({"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]})
