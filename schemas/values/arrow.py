"""Functions over Arrow arrays as column functions: for what native expressions can't do."""

from collections.abc import Callable

import pyarrow as pa
from pyspark.sql import Column
from pyspark.sql import functions as F


def arrow(function: Callable[..., pa.Array], ddl: str) -> Callable[..., Column]:
    """The column function that hands its columns to `function` batch by batch and gives a column of type `ddl`.

    function: from arrays to one array of their length, with type hints: Spark reads what it is from them, and warns if
    it is told in another way.
    """
    return F.arrow_udf(function, ddl)  # type: ignore[call-overload]
