"""A session is fitted to the rows that its queries will read."""

import pytest
from pyspark.sql import SparkSession

from pipelines.session import COMPILED, LARGE, MANY, another, fit, is_large, is_small


@pytest.mark.parametrize(
    ("rows", "compiled", "small", "large"),
    [
        (0, "false", True, False),
        (COMPILED, "true", True, False),
        (MANY, "true", False, False),
        (LARGE, "true", False, True),
    ],
)
def test_a_session_compiles_what_reads_many_rows_and_so_do_those_made_of_it(
    spark: SparkSession, rows: int, compiled: str, small: bool, large: bool
) -> None:
    one = another(spark)
    fit(one, rows)
    for session in (one, another(one)):
        for setting in ("spark.sql.codegen.wholeStage", "spark.sql.adaptive.enabled"):
            assert session.conf.get(setting) == compiled
        assert (is_small(session), is_large(session)) == (small, large)
