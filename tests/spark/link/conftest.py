"""A city for the stories of linking."""

from collections.abc import Callable

import pytest
from link_city import City
from pyspark.sql import SparkSession

from pipelines.lake import Lake


@pytest.fixture(scope="module")
def city(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., City]:
    def make(subject: str, *sources: str) -> City:
        lake = Lake(spark, str(tmp_path_factory.mktemp("lake")))
        lake.create()
        return City(lake, subject, sources)

    return make
