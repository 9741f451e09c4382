"""Frames that are used several times within a unit: computed once, released at its end."""

from types import TracebackType

from pyspark.sql import DataFrame
from pyspark.storagelevel import StorageLevel


class Scratch:
    """Keeps frames as long as the `with` block runs.

    A kept frame is computed at once: Spark then knows its true size, and sends small ones to the data of large ones.
    """

    def __init__(self) -> None:
        self._kept: list[DataFrame] = []

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for frame in self._kept:
            frame.unpersist()

    def keep(self, frame: DataFrame) -> DataFrame:
        """The same rows, computed now and only once."""
        kept = frame.persist(StorageLevel.MEMORY_AND_DISK)
        kept.count()
        self._kept.append(kept)
        return kept
