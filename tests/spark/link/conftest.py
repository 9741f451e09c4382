"""A city for the stories of linking."""

from collections.abc import Callable

import pytest
from link_city import City
from pyspark.sql import SparkSession

from pipelines import about
from pipelines.lake import Lake


@pytest.fixture(scope="module")
def city(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., City]:
    def make(subject: str, *sources: str) -> City:
        lake = Lake(spark, str(tmp_path_factory.mktemp("lake")))
        about.create(lake.root)
        return City(lake, subject, sources)

    return make
