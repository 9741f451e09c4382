"""Which grid a point lies in."""

import random

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


def test_people_get_community_grid_and_region_of_their_place_or_else_the_stated_region(spark: SparkSession):
    people = spark.createDataFrame(
        [("P1", "L1", "440106"), ("P2", "L9", "440106009"), ("P3", None, None)],
        "person_id string, place_id string, region_code string",
    )
    places = spark.createDataFrame(
        [("L1", "440105001001", "G1")], "place_id string, community_code string, grid_code string"
    )
    person = authorities.load("person", CONTRACTS)
    found = at_places(people, places, person).collect()
    assert {(r.person_id, r.community_code, r.grid_code, r.region_code) for r in found} == {
        ("P1", "440105001001", "G1", "440105"),
        ("P2", None, None, "440106"),
        ("P3", None, None, None),
    }
