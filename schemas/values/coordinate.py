"""Coordinates in degrees: their forms, and what Chinese map services and departments use besides CGCS2000."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values.arrow import arrow

Degrees = np.ndarray
DEGREES = "decimal(10,7)"
POINT = f"struct<longitude:{DEGREES},latitude:{DEGREES},swapped:boolean>"
# The box in which China lies; longitudes and latitudes do not overlap, so that swapped axes show.
LONGITUDES, LATITUDES = (73.0, 136.0), (3.0, 54.0)
# The Krasovsky 1940 ellipsoid, on which GCJ-02 shifts WGS 84.
AXIS, ECCENTRICITY = 6378245.0, 0.00669342162296594323
ROUNDS = 10


def degrees_text(text: Column) -> Column:
    """Decimal degrees as plain text, from decimal degrees or degrees, minutes and seconds; NULL for anything else.

    text: string such as 113.3245, 113.3245°, E113.3245, 113°19'28.2"E, 113度19分28.2秒, 113-19-28.2, 113,3245. West and
    south are negative.
    """
    bare = F.regexp_replace(
        F.translate(F.upper(text), "度分秒′’‘″”“º˚东西南北–—−", "°'\"'''\"\"\"°°EWSN---"), "[ 经纬]|''", ""
    )
    bare = F.regexp_replace(bare, r"\A([EWSN]?[0-9]{1,3})-([0-9]{1,2})-(?=[0-9])", "$1°$2'")
    # A comma before fewer than four digits may part two axes in whole degrees: 23,113.
    bare = F.regexp_replace(bare, r",(?=[0-9]{4,15}°?[EWSN]?\z)|(?<=['°][0-9]{1,2}),(?=[0-9])", ".")
    number = r"([+-]?[0-9]{1,3}(?:\.[0-9]{0,15})?)"
    decimal = rf"\A([EWSN]?){number}°?([EWSN]?)\z"
    sexagesimal = (
        r"\A([EWSN]?)([0-9]{1,3})°([0-9]{1,2}(?:\.[0-9]{0,12})?)'?(?:([0-9]{1,2}(?:\.[0-9]{0,12})?)\"?)?([EWSN]?)\z"
    )
    whole, minutes, seconds = (
        F.regexp_extract(bare, sexagesimal, group).try_cast("decimal(20,12)") for group in (2, 3, 4)
    )
    fits = (minutes < 60) & (F.coalesce(seconds, F.lit(0)) < 60)
    angle = whole + minutes / 60 + F.coalesce(seconds, F.lit(0).cast("decimal(20,12)")) / 3600
    sign = F.when(bare.rlike("[WS]"), "-").otherwise("")
    return (
        F.when(text.rlike(r"\A-?[0-9]{1,3}(?:\.[0-9]{1,15})?\z"), text)
        .when(bare.rlike(decimal), F.concat(sign, F.regexp_extract(bare, decimal, 2)))
        .when(bare.rlike(sexagesimal), F.when(fits, F.concat(sign, angle.cast("decimal(20,10)").cast("string"))))
    )


def degrees(text: Column) -> Column:
    """Decimal degrees (decimal(10,7)) within ±180; NULL beyond. Swapped axes are a matter of both: `to_cgcs2000`."""
    value = text.try_cast(DEGREES)
    return F.when(value.between(-180, 180), value)


def to_cgcs2000(longitude: Column, latitude: Column, crs: Column) -> Column:
    """A point in CGCS2000, from CGCS2000, WGS84, GCJ02 or BD09 (clean values of the kinds longitude, latitude, crs).

    Returns struct<longitude decimal(10,7), latitude decimal(10,7), swapped boolean>, in degrees; NULL where a part is
    missing or the point lies outside China. WGS 84 is taken as CGCS2000: they differ by less than a decimetre.
    """
    return arrow(_to_cgcs2000, POINT)(longitude.cast("double"), latitude.cast("double"), crs)


def _to_cgcs2000(longitude: pa.Array, latitude: pa.Array, crs: pa.Array) -> pa.Array:
    x, y = (np.array(axis.to_numpy(zero_copy_only=False), dtype=float) for axis in (longitude, latitude))
    system = np.array(crs.to_pylist(), dtype=object)
    swapped = _within(x, LATITUDES) & _within(y, LONGITUDES)
    x, y = np.where(swapped, y, x), np.where(swapped, x, y)
    inside = _within(x, LONGITUDES) & _within(y, LATITUDES) & np.isin(system, ["CGCS2000", "WGS84", "GCJ02", "BD09"])
    for name, forward in (("BD09", gcj02_to_bd09), ("GCJ02", wgs84_to_gcj02)):
        chosen = inside & (system == name)
        x[chosen], y[chosen] = inverse(forward, x[chosen], y[chosen])
        system[chosen] = "GCJ02"
    columns = [pa.array(np.round(axis, 7), mask=~inside).cast(pa.decimal128(10, 7), safe=False) for axis in (x, y)]
    names = ["longitude", "latitude", "swapped"]
    return pa.StructArray.from_arrays([*columns, pa.array(swapped)], names, mask=pa.array(~inside))


def _within(values: Degrees, bounds: tuple[float, float]) -> np.ndarray:
    return (values >= bounds[0]) & (values <= bounds[1])


def wgs84_to_gcj02(longitude: Degrees, latitude: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 of points within China in WGS 84, in degrees (the published formula)."""
    x, y = longitude - 105.0, latitude - 35.0
    root, pi = np.sqrt(np.abs(x)), np.pi
    waves = (20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east += (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north += (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30)) * 2 / 3
    angle = np.radians(latitude)
    flattening = 1 - ECCENTRICITY * np.sin(angle) ** 2
    east *= 180 / (AXIS / np.sqrt(flattening) * np.cos(angle) * pi)
    north *= 180 / (AXIS * (1 - ECCENTRICITY) / (flattening * np.sqrt(flattening)) * pi)
    return longitude + east, latitude + north


def gcj02_to_bd09(longitude: Degrees, latitude: Degrees) -> tuple[Degrees, Degrees]:
    """BD-09 of points in GCJ-02, in degrees (the published formula)."""
    turn = np.pi * 3000 / 180
    radius = np.hypot(longitude, latitude) + 0.00002 * np.sin(latitude * turn)
    angle = np.arctan2(latitude, longitude) + 0.000003 * np.cos(longitude * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def inverse(
    forward: Callable[[Degrees, Degrees], tuple[Degrees, Degrees]], longitude: Degrees, latitude: Degrees
) -> tuple[Degrees, Degrees]:
    """The points that `forward` maps to these, by fixed-point iteration to less than 1e-9 degree."""
    x, y = longitude, latitude
    for _ in range(ROUNDS):
        east, north = forward(x, y)
        x, y = x + longitude - east, y + latitude - north
    return x, y
