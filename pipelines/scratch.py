"""Frames that are used several times within a unit: computed once, released at its end."""

from collections.abc import Callable
from types import TracebackType

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

# Rows up to which a frame is sent to the rows of a larger one.
SENT = 50_000


class Scratch:
    """Keeps frames as long as the `with` block runs."""

    def __init__(self) -> None:
        self._release: list[Callable[[], object]] = []
        self._kept: dict[int, tuple[DataFrame, int]] = {}

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for release in self._release:
            release()

    def keep(self, frame: DataFrame) -> DataFrame:
        """The same rows, computed now and only once; a small frame is marked to be broadcast.

        The frame that is given back has forgotten how it was made. A plan that repeats the plans of its inputs doubles
        with each join, and Spark would plan, and print plans, for longer than it works. An empty frame is known to be
        empty when what follows is planned.
        """
        counted = Observation()
        observed = frame.observe(counted, F.count(F.lit(1)).alias("rows"))
        kept = observed.localCheckpoint(eager=True, storageLevel=StorageLevel.MEMORY_AND_DISK_DESER)
        rows = kept._jdf.queryExecution().logical().rdd()
        self._release.append(lambda: rows.unpersist(False))
        # A plan that is known to be empty has nothing that could be observed.
        count = int(counted.get.get("rows", 0))
        if count == 0:
            kept = frame.sparkSession.createDataFrame([], frame.schema).where("false")
        elif count <= SENT:
            kept = F.broadcast(kept)
        self._kept[id(kept)] = (kept, count)
        return kept

    def count(self, kept: DataFrame) -> int:
        """How many rows a kept frame has."""
        return self._kept[id(kept)][1]
