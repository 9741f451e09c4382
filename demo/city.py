"""Write the extracts of a made-up city: build the city, let the days pass, deliver what each department knows."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from demo import deliver, render_entities, render_people, render_places, world
from demo.text import Ints

HERE = Path(__file__).parent
RENDER = {
    "police_household": render_people.police_household,
    "market_register": render_entities.market_register,
    "planning_address": render_places.planning_address,
    "grid_boundary": render_places.grid_boundary,
}


def write(out: Path, people: int = 20_000, seed: int = 7, days: int = 3, first: date = date(2026, 3, 2)) -> None:
    """Write `out`/landing and `out`/truth for `days` business dates from `first`; the same arguments give the same bytes."""
    layouts: dict[str, Any] = yaml.safe_load((HERE / "layout.yaml").read_text(encoding="utf-8"))
    city = world.build(people, np.datetime64(first), days, seed)
    for source, render in RENDER.items():
        layout = layouts[source]
        for day in range(days):
            rows = _rows(city, source, day)
            columns = render(city, rows, 0)
            stamp = str(city.date(day)).replace("-", "")
            path = out / "landing" / source / f"{source}_{stamp}.{layout['format']}"
            path.parent.mkdir(parents=True, exist_ok=True)
            bad = pa.nulls(len(rows), pa.string())
            deliver.WRITERS[layout["format"]](path, columns, layout["fields"], layout, bad)


def _rows(city: world.World, source: str, day: int) -> Ints:
    if source == "police_household":
        return np.flatnonzero((city.people.group == 0) & (city.people.since <= day))
    if source == "market_register":
        return np.flatnonzero((city.entities.kind != 2) & (city.entities.since <= day))
    if source == "planning_address":
        return np.flatnonzero(city.places.since <= day)
    return np.arange(len(city.places.grid_codes))
