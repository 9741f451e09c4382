"""What refining a source needs, and how its rows are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.refine.standardise import standardise
from quality import compile as rules
from quality.suite import Suite
from schemas.changed_at import night_over
from schemas.contract import Contract
from schemas.record_key import record_id

ROW = ("_delivery", "_file", "_row")
KEYS = {"quarantine": ROW, "superseded": ROW, "silver": ("record_id",)}


@dataclass(frozen=True)
class Source:
    """What refining a source needs: its contract, its suite, the key of record ids and the hash of these facts.

    overrides: what an engineer decided, delivery -> `accept` (in spite of rules about the whole table) or `refuse`.
    corrections, dismissals: what people decided on quarantined rows, as `replay` takes them, with the `night` from
    which each applies.
    """

    contract: Contract
    suite: Suite
    record_key: bytes
    facts: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    corrections: Sequence[Mapping[str, Any]] = ()
    dismissals: Sequence[Mapping[str, Any]] = ()

    @property
    def name(self) -> str:
        """The source's name."""
        return self.contract.source


def judged(rows: DataFrame, source: Source, apart: Sequence[str] = ()) -> DataFrame:
    """Bronze's rows with `_key`, standardised, with record_id, row_hash, `_night_over`, `failed` and `warned`.

    apart: columns that part rows which are no duplicates of one another.
    """
    clean = standardise(rows, source.contract)
    keyed = clean.withColumn("record_id", record_id(source.record_key, source.name)).withColumnRenamed(
        "_hash", "row_hash"
    )
    return rules.verdict(keyed.withColumn("_night_over", night_over(F.col("_date"))), source.suite, apart)


def silver_columns(frame: DataFrame) -> list[str]:
    """The columns of silver among those of a judged frame."""
    return [c for c in frame.columns if c not in ("failed", "_malformed", "_extra", "_key", "_night_over")]
