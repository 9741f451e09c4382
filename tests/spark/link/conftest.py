"""A city for the stories of linking."""

from collections.abc import Callable, Iterator

import pytest
from link_city import City
from pyspark.sql import SparkSession

from pipelines import about
from pipelines.lake import Lake


@pytest.fixture(scope="module", params=["few changes", "many"])
def city(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[..., City]]:
    """Makes cities whose nights are linked as those of few changes are, and as those of many."""

    def make(subject: str, *sources: str) -> City:
        lake = Lake(spark, str(tmp_path_factory.mktemp("lake")))
        about.create(lake.root)
        return City(lake, subject, sources)

    with pytest.MonkeyPatch.context() as patched:
        if request.param == "many":
            patched.setattr(Lake, "at_hand", lambda *_: False)
        yield make
