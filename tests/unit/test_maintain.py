"""`rendi maintain` on a lake that was mended, and on one that is damaged."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from pipelines.maintenance import maintain
from schemas.errors import RendiError


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake whose table has versions 0 and 1; before it was made anew, a night closed with its version 0."""
    (tmp_path / "format.json").write_text("{}")
    for value in ("a", "b"):
        write_deltalake(str(tmp_path / "governed" / "topic" / "grid"), pa.table({"id": [value]}), mode="overwrite")
    ended = [dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (2, 3)]
    versions = pa.array([[("topic/grid", 0)], [("topic/grid", 1)]], pa.map_(pa.string(), pa.int64()))
    now = DeltaTable(str(tmp_path / "governed" / "topic" / "grid")).metadata().id
    ids = pa.array([[("topic/grid", "before")], [("topic/grid", now)]], pa.map_(pa.string(), pa.string()))
    nights = [when.date() for when in ended]
    closings = pa.table({"night": nights, "ended": ended, "versions": versions, "ids": ids})
    write_deltalake(str(tmp_path / "governed" / "ops" / "run"), closings)
    return tmp_path


def test_versions_of_a_table_that_was_set_aside_are_not_kept(lake: Path) -> None:
    (done,) = maintain(str(lake), [], keep_days=0)
    assert (done.table, done.kept_versions, done.removed) == ("topic/grid", [1], 1)
    assert DeltaTable(str(lake / "governed" / "topic" / "grid")).to_pyarrow_table()["id"].to_pylist() == ["b"]


@pytest.mark.parametrize("file", ["_delta_log/00000000000000000001.json", "*.parquet"])
def test_a_damaged_table_is_one_sentence(lake: Path, file: str) -> None:
    for _ in range(2):
        write_deltalake(str(lake / "governed" / "topic" / "grid"), pa.table({"id": ["c"]}), mode="append")
    for cut in (lake / "governed" / "topic" / "grid").glob(file):
        cut.write_bytes(cut.read_bytes()[:20])
    with pytest.raises(RendiError, match="topic/grid cannot be read: `rendi doctor` says what to do"):
        maintain(str(lake), [], keep_days=0, many=2)


def test_no_table_is_written_anew_where_another_cannot_be_read(lake: Path) -> None:
    whole, damaged = (lake / "governed" / "topic" / name for name in ("grid", "relief"))
    for _ in range(3):
        write_deltalake(str(whole), pa.table({"id": ["c"]}), mode="append")
    write_deltalake(str(damaged), pa.table({"id": ["d"]}))
    (damaged / "_delta_log" / "00000000000000000000.json").write_bytes(b"{")
    before = DeltaTable(str(whole)).version()
    with pytest.raises(RendiError, match="topic/relief cannot be read"):
        maintain(str(lake), [], keep_days=0, many=2)
    assert DeltaTable(str(whole)).version() == before
