"""A table as a column expression: a map in the plan, or an Arrow function where it has thousands of entries."""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values.arrow import arrow

# The longest code list has some 230 texts, and 540 with its codes beside them.
SMALL = 600
# Separators that no code or label holds.
PAIR, ENTRY = "\x1f", "\x1e"


def lookup(table: Mapping[str, str], key: Column) -> Column:
    """The table's value for `key` (string), NULL where there is none.

    A large table never stands in the plan: Catalyst hashes and compares each literal many times, and seven thousand
    counties made planning one source cost more than judging it.
    """
    if len(table) > SMALL:
        return arrow(_finder(dict(table)), "string")(key)
    entries = ENTRY.join(f"{name}{PAIR}{value}" for name, value in table.items())
    return F.try_element_at(F.str_to_map(F.lit(entries), F.lit(ENTRY), F.lit(PAIR)), key)


def _finder(table: dict[str, str]) -> Callable[[pa.Array], pa.Array]:
    names, values = pa.array(table.keys(), pa.string()), pa.array(table.values(), pa.string())

    def found(keys: pa.Array) -> pa.Array:
        return values.take(pc.index_in(keys.cast(pa.string()), value_set=names))

    return found
