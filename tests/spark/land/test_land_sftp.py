"""A department's SFTP server, from its files to silver."""

import datetime as dt
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from sftp_server import SECRET, served

from pipelines.land.land import land
from pipelines.refine.refine import refine
from tests.spark.refine.conftest import DELTA, NIGHT, PENALTY, City, penalty


def test_what_lies_on_an_sftp_server_is_landed_like_what_lies_here(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = City(spark, tmp_path, PENALTY)
    with served(tmp_path, monkeypatch) as server:
        for part, lines in (("_1", [penalty(1), penalty(2)]), ("_2", [penalty(3)])):
            server.put(f"market_penalty_20260301{part}.csv", "\n".join([DELTA, *lines, ""]).encode())
        (entry,) = land(one.lake, PENALTY, server.url, NIGHT, {})
    assert (entry.state, entry.delivered, entry.date) == ("landed", 3, dt.date(2026, 3, 1))
    assert SECRET not in entry.model_dump_json()
    # The server is gone: what was landed is all that is needed.
    refine(one.lake, one.source, NIGHT)
    assert len(one.table("silver", "record_id")) == 3
    assert [e.state for e in one.entries()] == ["accepted"]
