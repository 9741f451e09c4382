"""Where things lie: points in areas (grid and community), and entities at places."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import shapely
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from schemas.authorities import Area, Authority

# What a place tells of whom it holds: the master's column, and the place's that it is read from.
COMMUNITY, REGION = "community_code", "region_code"
TOLD = {COMMUNITY: COMMUNITY, "grid_code": "grid_code", REGION: COMMUNITY}


def bounded(areas: DataFrame, area: Area) -> list[Row]:
    """What areas tell of a point: the columns that `area` names and the boundary, as WKT (OGC 06-103r4), in order.

    areas: record rows; those without a boundary tell nothing.
    """
    names = [*area.columns.values(), area.boundary]
    return sorted(areas.where(F.col(area.boundary).isNotNull()).select(*names).collect(), key=_in_order)


def in_areas(places: DataFrame, rows: Sequence[Row], area: Area) -> DataFrame:
    """Places with the columns of the area in which their point lies; a value that a place states itself stays.

    places: longitude, latitude (degrees, CGCS2000) and perhaps some of the area's columns. rows: as `bounded`. A point
    on a border belongs to the area whose first column is the least.
    """
    names = list(area.columns.values())
    index = F.arrow_udf(finder([row[area.boundary] for row in rows]), "int")  # type: ignore[call-overload]
    found = places.withColumn("_area", index(F.col("longitude").cast("double"), F.col("latitude").cast("double")))
    numbered = [(n, *(row[name] for name in names)) for n, row in enumerate(rows)]
    schema = ", ".join(["_area int", *(f"_area_{column} string" for column in area.columns)])
    known = places.sparkSession.createDataFrame(numbered, schema)
    joined = found.join(F.broadcast(known), "_area", "left")
    told = {
        column: F.coalesce(column, f"_area_{column}") if column in places.columns else F.col(f"_area_{column}")
        for column in area.columns
    }
    return joined.withColumns(told).drop("_area", *(f"_area_{column}" for column in area.columns))


def _in_order(row: Row) -> list[tuple[bool, str]]:
    return [(value is not None, value or "") for value in row]


def finder(boundaries: Sequence[str]) -> Callable[[Iterator[tuple[pa.Array, pa.Array]]], Iterator[pa.Array]]:
    """A function from batches of x and y to the number of the first boundary (WKT) that covers each point."""

    def find(batches: Iterator[tuple[pa.Array, pa.Array]]) -> Iterator[pa.Array]:
        tree = shapely.STRtree(shapely.from_wkt(list(boundaries)))
        for x, y in batches:
            points = shapely.points(*(np.asarray(axis.to_numpy(zero_copy_only=False), dtype=float) for axis in (x, y)))
            point, covering = tree.query(points, predicate="intersects")
            first = np.full(len(points), len(boundaries), dtype=np.int64)
            np.minimum.at(first, point, covering)
            yield pa.array(first, mask=first == len(boundaries), type=pa.int32())

    return find


def lying_in(boundaries: Sequence[str], places: pa.Table) -> list[str]:
    """The places whose point one of the boundaries (WKT) covers. places: identifier, longitude and latitude."""
    if not boundaries:
        return []
    ids, *axes = (places[column].combine_chunks() for column in places.column_names)
    (found,) = finder(boundaries)(iter([tuple(axis.cast(pa.float64()) for axis in axes)]))
    return ids.filter(found.is_valid()).to_pylist()


def at_places(rows: DataFrame, places: DataFrame, authority: Authority) -> DataFrame:
    """Entities with community_code, grid_code and region_code of their place; what is stated stands in.

    rows: the column that `authority.location` names, region_code, and attributes, which say whose these are: a place
    that another source states may be an old one. It moves nobody out of the county or community that is stated, and
    where it lies in another one it tells neither community nor grid. places: place_id, community_code, grid_code.
    """
    told = places.select(F.col("place_id").alias("_place"), *(F.col(own).alias(f"_{c}") for c, own in TOLD.items()))
    joined = rows.join(told, F.col(authority.location or "") == F.col("_place"), "left")
    stated, county = F.substring(REGION, 1, 6), F.substring(f"_{REGION}", 1, 6)
    lie = next(item.name for item in authority.items if authority.location in item.columns)
    where, region = (F.col(f"attributes.{item}.source") for item in (lie, authority.region))
    finer = stated.endswith("00") & county.startswith(F.substring(REGION, 1, 4))
    # A community's code begins with that of its county (GB/T 2260), and a town's ends with 000.
    community = F.when(F.col(REGION).rlike(r"\A[0-9]{12}\z") & ~F.col(REGION).endswith("000"), F.col(REGION))
    believed = F.coalesce((where == region) | finer, F.lit(False))
    elsewhere = ~believed & F.coalesce((stated != county) | (community != F.col(f"_{COMMUNITY}")), F.lit(False))
    columns = {c: F.when(~elsewhere, F.col(f"_{c}")) for c in TOLD}
    columns[COMMUNITY] = F.coalesce(columns[COMMUNITY], community)
    columns[REGION] = F.when(believed, F.coalesce(county, stated)).otherwise(F.coalesce(stated, county))
    return joined.withColumns(columns).drop("_place", *(f"_{c}" for c in TOLD))
