"""One Spark session and one PostgreSQL server for all tests that need one."""

import os
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from pipelines.session import start
from tests.postgres import Server, started


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    master, memory = os.environ.get("RENDI_TEST_MASTER", "local[2]"), os.environ.get("RENDI_TEST_MEMORY", "5g")
    # Half an hour of planning pays for the JVM's second compiler, which a short night goes without.
    session = start(master, memory, long=True)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with started() as found:
        yield found
