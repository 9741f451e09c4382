"""The coordinate system that a GeoJSON file says of itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.land import read_geojson
from pipelines.land.discover import Part
from schemas import contract as contracts
from schemas.errors import RendiError

GRID = contracts.load("grid_boundary")


def said_by(folder: Path, crs: Any) -> Part:
    document = {"type": "FeatureCollection", "crs": crs, "features": [{"type": "Feature", "properties": None}]}
    path = folder / "a.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return Part(str(path), path.name, path.stat().st_size, "")


def named(crs: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": crs}}


@pytest.mark.parametrize(
    "crs",
    [
        None,
        "EPSG:4490",
        *map(named, ("urn:ogc:def:crs:EPSG::4490", "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "CGCS2000", "WGS 84")),
    ],
)
def test_geojson_may_name_the_system_that_its_degrees_are_taken_for(tmp_path: Path, crs: Any) -> None:
    (piece,) = read_geojson.pieces(said_by(tmp_path, crs), GRID)
    assert sum(batch.num_rows for batch in read_geojson.parse(piece, GRID)) == 1


@pytest.mark.parametrize(
    ("crs", "said"),
    [
        (named("urn:ogc:def:crs:EPSG::4549"), "'crs' is urn:ogc:def:crs:EPSG::4549"),
        (named("EPSG:3857"), "'crs' is EPSG:3857"),
        (named("EPSG:14326"), "'crs' is EPSG:14326"),
        (named("GCJ02"), "'crs' is GCJ02, and geometry is taken as degrees of CGCS2000 or WGS 84"),
        (named("BD-09"), "'crs' is BD-09"),
        ("\ud800", "it is not JSON"),
        ({"type": "link", "properties": {"href": "x"}}, '\'crs\' is {"type":"link"'),
    ],
)
def test_geojson_in_another_coordinate_system_is_refused(tmp_path: Path, crs: Any, said: str) -> None:
    with pytest.raises(RendiError) as refused:
        read_geojson.columns(said_by(tmp_path, crs), GRID)
    assert said in str(refused.value)
