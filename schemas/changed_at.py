"""When a record says that it changed: its `updated_at`, as far as that can be."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.contract import Contract

# Days behind the beginning of a business date at which the night that takes its delivery is over.
NIGHT_OVER = 2


def changed_at(contract: Contract, prefix: str = "") -> Column:
    """Of which moment a row speaks (timestamp): `updated_at`, else the beginning of its business date.

    prefix: before the names of the columns, updated_at and _date. A time that the delivery could not know yet is a slip
    (2042 for 2024), and would keep every later correction of the record out of force until then.
    """
    date = F.col(f"{prefix}_date").cast("timestamp")
    if not contract.has_updated_at:
        return date
    own = F.col(f"{prefix}updated_at")
    return F.when(own < night_over(date), own).otherwise(date)


def night_over(date: Column) -> Column:
    """When the night that takes the delivery of a business date is over (timestamp)."""
    return date.cast("timestamp") + F.expr(f"INTERVAL {NIGHT_OVER} DAY")
