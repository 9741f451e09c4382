"""Frames that are used several times within a unit: computed once, released at its end."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

from pipelines.session import is_large

# Rows up to which a frame is sent to the rows of a larger one, and identifiers up to which they are.
SENT, SENT_IDS = 50_000, 1_000_000
_ROWS = "rows"


class Scratch:
    """Keeps frames as long as the `with` block runs."""

    def __init__(self) -> None:
        self._release: list[Callable[[], object]] = []
        self._kept: dict[int, tuple[DataFrame, dict[str, Any]]] = {}

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for release in self._release:
            release()

    def keep(self, frame: DataFrame, measures: Mapping[str, Column] | None = None) -> DataFrame:
        """The same rows, computed now and only once; a small frame is marked to be broadcast.

        measures: aggregates over the rows, by name; `measured` tells what they came to.

        The frame that is given back has forgotten how it was made. A plan that repeats the plans of its inputs doubles
        with each join, and Spark would plan, and print plans, for longer than it works. An empty frame is known to be
        empty when what follows is planned.
        """
        counted = Observation()
        wanted = {_ROWS: F.count(F.lit(1)), **(measures or {})}
        observed = frame.observe(counted, *(column.alias(name) for name, column in wanted.items()))
        # In memory each row is an object that lives long: those of a large city would fill the heap.
        level = StorageLevel.DISK_ONLY if is_large(frame.sparkSession) else StorageLevel.MEMORY_AND_DISK_DESER
        kept = observed.localCheckpoint(eager=True, storageLevel=level)
        rows = kept._jdf.queryExecution().logical().rdd()
        self._release.append(lambda: rows.unpersist(False))
        # A plan that is known to be empty has nothing that could be observed.
        found = counted.get
        count = int(found.get(_ROWS, 0))
        if count == 0:
            kept = frame.sparkSession.createDataFrame([], frame.schema).where("false")
        elif count <= SENT:
            kept = F.broadcast(kept)
        self._kept[id(kept)] = (kept, found)
        return kept

    def count(self, kept: DataFrame) -> int:
        """How many rows a kept frame has."""
        return int(self._kept[id(kept)][1].get(_ROWS, 0))

    def measured(self, kept: DataFrame) -> dict[str, Any]:
        """What a kept frame's measures came to; {} where it has no row."""
        return self._kept[id(kept)][1]
