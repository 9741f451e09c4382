"""Frames that are used several times within a unit: computed once, released at its end."""

from collections.abc import Callable
from types import TracebackType
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.classic.dataframe import DataFrame as ClassicDataFrame
from pyspark.storagelevel import StorageLevel

# Rows up to which a frame is sent to the rows of a larger one, and up to which it is kept row by row.
SENT = 50_000
BY_ROW = 500_000


class Scratch:
    """Keeps frames as long as the `with` block runs."""

    def __init__(self) -> None:
        self._release: list[Callable[[], object]] = []

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
        cached = frame.persist(StorageLevel.MEMORY_AND_DISK)
        self._release.append(cached.unpersist)
        count = cached.count()
        if count > BY_ROW:
            return _columns(cached)
        kept = _rows(cached) if count else frame.sparkSession.createDataFrame([], frame.schema).where("false")
        self._release.pop()()
        if count:
            rows = kept._jdf.queryExecution().logical().rdd()
            self._release.append(lambda: rows.unpersist(False))
        return F.broadcast(kept) if count <= SENT else kept


def _rows(cached: DataFrame) -> DataFrame:
    """A cached frame as rows with no plan behind them at all."""
    return cached.localCheckpoint(eager=True, storageLevel=StorageLevel.MEMORY_AND_DISK)


def _columns(cached: DataFrame) -> DataFrame:
    """A cached frame, read from its compressed columns; the plan behind it is printed but not planned again."""
    session = cached.sparkSession
    jvm: Any = session._jvm
    plan = cached._jdf.queryExecution().withCachedData()
    return ClassicDataFrame(jvm.org.apache.spark.sql.classic.Dataset.ofRows(session._jsparkSession, plan), session)
