"""Which grid a point lies in."""

import random

import pytest
from pyspark.sql import SparkSession

from pipelines.master.location import at_places, bounded, in_areas
from schemas import authorities
from tests.spark.master.conftest import CONTRACTS

PLACE = authorities.load("place", CONTRACTS)


def square(x: int, y: int) -> str:
    a, b, c, d = 113 + x / 10, 113 + (x + 1) / 10, 23 + y / 10, 23 + (y + 1) / 10
    return f"POLYGON (({a} {c}, {b} {c}, {b} {d}, {a} {d}, {a} {c}))"


def test_points_lie_in_the_square_that_arithmetic_says(spark: SparkSession):
    squares = [(f"G{x}{y}", f"C{x}", square(x, y)) for x in range(8) for y in range(8)]
    areas = spark.createDataFrame(squares, "grid_code string, community_code string, boundary string")
    rng = random.Random(7)
    points = [(f"L{n}", 113 + rng.random(), 23 + rng.random(), "own" if n % 2 else None) for n in range(400)]
    places = spark.createDataFrame(points, "place_id string, longitude double, latitude double, community_code string")
    assert PLACE.areas is not None
    found = {r.place_id: r for r in in_areas(places, bounded(areas, PLACE.areas), PLACE.areas).collect()}
    assert len(found) == len(points)
    for place, longitude, latitude, community in points:
        x, y = int((longitude - 113) * 10), int((latitude - 23) * 10)
        inside = x < 8 and y < 8
        assert found[place].grid_code == (f"G{x}{y}" if inside else None)
        assert found[place].community_code == (community or (f"C{x}" if inside else None))


def test_a_point_on_a_border_belongs_to_one_grid_and_an_unknown_point_to_none(spark: SparkSession):
    squares = [(f"G{x}", f"C{x}", square(x, 0)) for x in (1, 0)]
    areas = spark.createDataFrame(squares, "grid_code string, community_code string, boundary string")
    places = spark.createDataFrame(
        [("border", 113.1, 23.05), ("nowhere", None, None)], "place_id string, longitude double, latitude double"
    )
    assert PLACE.areas is not None
    found = {r.place_id: r.grid_code for r in in_areas(places, bounded(areas, PLACE.areas), PLACE.areas).collect()}
    assert found == {"border": "G0", "nowhere": None}


@pytest.mark.parametrize(
    ("place", "of", "stated", "community", "region"),
    [
        ("L1", "police_household", "440106", "440105001001", "440105"),
        # Another source's place may be an old one.
        ("L1", "health_resident", "440106", None, "440106"),
        ("L1", "health_resident", "440105001002", "440105001002", "440105"),
        ("L1", "health_resident", "440105001001", "440105001001", "440105"),
        ("L1", "health_resident", "440100", "440105001001", "440105"),
        ("L1", "health_resident", "440200", None, "440200"),
        ("L1", "health_resident", None, "440105001001", "440105"),
        ("L9", "police_household", "440106009", None, "440106"),
        (None, None, "440106009000", None, "440106"),
        (None, None, "440106009012", "440106009012", "440106"),
        (None, None, None, None, None),
    ],
)
def test_people_get_community_grid_and_region_of_their_place_or_else_what_is_stated(
    spark: SparkSession,
    place: str | None,
    of: str | None,
    stated: str | None,
    community: str | None,
    region: str | None,
):
    said = "struct<residence: struct<source: string>, region: struct<source: string>>"
    people = spark.createDataFrame(
        [("P1", place, stated, ((of,), ("police_household" if stated else None,)))],
        f"person_id string, place_id string, region_code string, attributes {said}",
    )
    places = spark.createDataFrame(
        [("L1", "440105001001", "G1")], "place_id string, community_code string, grid_code string"
    )
    person = authorities.load("person", CONTRACTS)
    (found,) = at_places(people, places, person).collect()
    assert (found.community_code, found.region_code) == (community, region)
    assert found.grid_code == ("G1" if place == "L1" and community == "440105001001" else None)
