"""Arrays without what is missing."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def texts(*values: Column) -> Column:
    """Those of the texts that are not NULL, in their order (array<string>). values: none is ever empty.

    Not by `array_compact` or `filter`: they take a function, and Spark interprets the whole expression around one.
    """
    return F.array_remove(F.array(*(F.coalesce(value, F.lit("")) for value in values)), "")
