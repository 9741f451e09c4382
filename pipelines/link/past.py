"""Silver as it was after an earlier night: for a ledger that was lost and is told again, night by night (rule 13)."""

from collections.abc import Iterable
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.deliveries import Journal
from pipelines.lake import Lake


def nights(lake: Lake, sources: Iterable[str], before: date) -> list[date]:
    """The nights before `before` on which any of the sources had a delivery accepted, oldest first."""
    entries = (entry for source in sources for entry in Journal(lake, source).accepted())
    return sorted({entry.night for entry in entries if entry.night < before})


def silver_after(lake: Lake, source: str, night: date) -> DataFrame:
    """The rows that were in force when `night` had ended, in silver's columns.

    A row came with the delivery of its `_night`, and left with the one that superseded names (`_by`); what a replay of
    quarantine put out of force counts as never there, since corrected rows bear the night of their delivery.
    """
    silver, superseded = lake.read(f"silver/{source}"), lake.read(f"superseded/{source}")
    later = [e.delivery for e in Journal(lake, source).accepted() if e.night > night]
    left = superseded.where(F.col("_by").isin(later) & (F.col("why") != "late")).select(*silver.columns)
    return silver.unionByName(left).where(F.col("_night") <= F.lit(night))
