"""Areas: GeoJSON geometries (RFC 7946) as WKT (OGC 06-103r4)."""

import numpy as np
import pyarrow as pa
import shapely
from pyspark.sql import Column

from schemas.values.arrow import arrow

# Decimal places of a degree: a centimetre, as coordinates have.
PLACES = 7


def wkt(text: Column) -> Column:
    """A valid polygon or multipolygon as WKT (string, degrees to 7 places); NULL for anything else.

    text: string, a GeoJSON geometry or WKT. A ring that crosses itself is not mended: which area was meant is for the
    department to say.
    """
    return arrow(_wkt, "string")(text)


def _wkt(text: pa.Array) -> pa.Array:
    written = np.array([value if value is not None else "" for value in text.to_pylist()], dtype=object)
    is_json = np.array([value.startswith("{") for value in written], dtype=bool)
    shapes = np.full(len(written), None, dtype=object)
    shapes[is_json] = shapely.from_geojson(written[is_json], on_invalid="ignore")
    shapes[~is_json] = shapely.from_wkt(written[~is_json], on_invalid="ignore")
    rounded = shapely.to_wkt(shapely.force_2d(shapes), rounding_precision=PLACES, output_dimension=2)
    # Rounding can make rings touch: what is judged is what is kept.
    kept = shapely.from_wkt(rounded, on_invalid="ignore")
    areal = np.isin(shapely.get_type_id(kept), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    bounds = shapely.bounds(kept)
    placed = (np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 90).all(axis=1)
    good = areal & placed & shapely.is_valid(kept) & ~shapely.is_empty(kept)
    return pa.array(np.where(good, rounded, None), type=pa.string())
