"""Coordinates and areas."""

import json
import math
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from cleaning import Clean
from pyproj import Geod
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F
from shapely import wkt
from shapely.geometry import shape

from schemas.values import coordinate


def transformed(spark: SparkSession, points: list[tuple[float, float, str | None]]) -> list[Row | None]:
    frame = spark.createDataFrame(points, "x double, y double, crs string").coalesce(1)
    x, y = (F.col(axis).cast(coordinate.DEGREES) for axis in ("x", "y"))
    return [row[0] for row in frame.select(coordinate.to_cgcs2000(x, y, F.col("crs"))).collect()]


def test_degrees_are_read_in_every_form(clean: Clean) -> None:
    forms = [
        "113.3245",
        "113.3245°",
        "E113.3245",
        "113°19'28.2\"E",
        "113度19分28.2秒",
        "东经113.3245",
        "１１３．３２４５",
        "113-19-28.2",
        "E113－19－28.2",
        "113–19–28,2E",
        "113,3245",
        "113，3245°",
        "113°19'28,2\"",
    ]
    assert clean("longitude", forms) == dict.fromkeys(forms, Decimal("113.3245000"))
    assert clean("latitude", ["23°6′S", "91", "181", "x"]) == {
        "23°6′S": Decimal("-23.1"),
        "91": Decimal(91),
        "181": None,
        "x": None,
    }


def test_what_may_be_two_numbers_is_no_degree(clean: Clean) -> None:
    wrong = ["113-60-00", "113-19", "113-19-28-2", "23,113", "113,26", "113.26,2313", "113,2641,23,1291", "1,132,6411"]
    assert clean("longitude", wrong) == dict.fromkeys(wrong)


def test_map_services_shifts_are_as_published() -> None:
    # What the widely used coordtransform gives for one point.
    x, y = np.array([116.404]), np.array([39.915])
    assert np.ravel(coordinate.wgs84_to_gcj02(x, y)) == pytest.approx([116.41024449916938, 39.91640428150164], abs=1e-9)
    assert np.ravel(coordinate.gcj02_to_bd09(x, y)) == pytest.approx([116.41036949371029, 39.92133699351022], abs=1e-9)


def test_every_system_leads_back_to_the_one_point(spark: SparkSession) -> None:
    generator = np.random.default_rng(1)
    x, y = generator.uniform(75, 134, 500), generator.uniform(18, 53, 500)
    gcj = coordinate.wgs84_to_gcj02(x, y)
    bd = coordinate.gcj02_to_bd09(*gcj)
    for crs, (east, north) in {"WGS84": (x, y), "CGCS2000": (x, y), "GCJ02": gcj, "BD09": bd}.items():
        found = transformed(spark, [(float(a), float(b), crs) for a, b in zip(east, north, strict=True)])
        assert np.abs([float(point.longitude) for point in found] - x).max() < 2e-7
        assert np.abs([float(point.latitude) for point in found] - y).max() < 2e-7


def test_the_shift_is_some_hundred_metres(spark: SparkSession) -> None:
    (point,) = transformed(spark, [(113.3245, 23.1066, "GCJ02")])
    _, _, metres = Geod(ellps="GRS80").inv(113.3245, 23.1066, float(point.longitude), float(point.latitude))
    assert 300 < metres < 800


def test_swapped_axes_are_found(spark: SparkSession) -> None:
    right, swapped = transformed(spark, [(113.3, 23.1, "WGS84"), (23.1, 113.3, "WGS84")])
    assert (right.swapped, swapped.swapped) == (False, True)
    assert (right.longitude, right.latitude) == (swapped.longitude, swapped.latitude)


def test_points_outside_china_or_without_a_part_are_null(spark: SparkSession) -> None:
    points = [
        (2.35, 48.85, "WGS84"),
        (0.0, 0.0, "WGS84"),
        (113.3, 23.1, None),
        (None, 23.1, "WGS84"),
        (113.3, 23.1, "UTM"),
    ]
    assert transformed(spark, points) == [None] * len(points)


def test_areas_become_wkt(clean: Clean) -> None:
    ring = [[round(113 + math.cos(a), 7), round(23 + math.sin(a), 7)] for a in (0, 1, 2, 3, 4, 5)]
    polygon = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    multi = {"type": "MultiPolygon", "coordinates": [polygon["coordinates"]]}
    for geometry in (polygon, multi):
        (found,) = clean("geometry", [json.dumps(geometry)]).values()
        assert wkt.loads(found).equals(shape(geometry))
        assert clean("geometry", [found]) == {found: found}
    assert all(a != b for a, b in pairwise(ring))


def test_what_is_no_valid_area_is_null(clean: Clean) -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    far = {"type": "Polygon", "coordinates": [[[500, 0], [501, 0], [501, 1], [500, 0]]]}
    wrong = [
        json.dumps(bow),
        json.dumps(far),
        '{"type":"Point","coordinates":[0,0]}',
        '{"type":1}',
        "{",
        "x",
        "POINT (0 0)",
    ]
    assert clean("geometry", wrong) == dict.fromkeys(wrong)
