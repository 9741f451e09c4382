"""The lake: commits of few rows by delta-rs say what commits of Spark say."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines import about, direct, direct_commit
from pipelines.lake import Lake
from pipelines.scratch import SENT
from pipelines.session import MANY, fit

SCHEMA = (
    "id string, part string, n bigint, day date, at timestamp, tags array<string>, "
    "warned array<struct<rule:string,column:string>>, of struct<source:string,as_of:date>"
)
AT = dt.datetime(2026, 3, 2, 7, 30, 1, 5)


def row(key: str | None, number: int, part: str = "a", tag: str | None = "x") -> tuple[Any, ...]:
    day = dt.date(2026, 3, number)
    return (key, part, number, day, AT, [tag] if tag else [], [("r", "c")] if number > 1 else [], ("s", day))


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    made = Lake(spark, str(tmp_path / "lake"))
    about.create(made.root)
    return made


def frame(lake: Lake, *rows: tuple[Any, ...]) -> DataFrame:
    return lake.spark.createDataFrame(list(rows), SCHEMA)


def listed(rows: DataFrame) -> list[str]:
    return sorted(str(r.asDict(recursive=True)) for r in rows.collect())


@pytest.fixture(params=["delta-rs", "Spark"])
def written_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "Spark":
        monkeypatch.setattr(direct, "local", lambda path: False)
    return str(request.param)


def test_what_a_removal_leaves_is_read_and_told_as_what_other_commits_write(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1), row("b", 2), row("c", 3)))
    lake.replace("silver/t", frame(lake, row("a", 1), row("b", 2)), ["id"])
    # DuckDB hands its conditions to PyArrow, which takes no views of texts.
    left = DeltaTable(lake.path("silver/t")).to_pyarrow_dataset()
    assert left.to_table(filter=pc.field("id") == "b")["n"].to_pylist() == [2]
    lake.replace("silver/t", frame(lake, row("a", 5), row("b", 2)), ["id"])
    told = lake.changed("silver/t", 0, "id", "n")
    assert told is not None
    assert sorted(told["n"].to_pylist()) == [1, 3, 5]


def test_replace_writes_what_differs_and_the_feed_tells_it(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1), row("b", 2), row("c", 3), row(None, 4)), {"night": 1})
    wanted = frame(lake, row("a", 1), row("b", 5, tag=None), row("d", 6), row(None, 7))
    lake.replace("silver/t", wanted, ["id"], seen={"night": 2})
    assert lake.version("silver/t") == 1
    assert lake.seen("silver/t") == {"night": 2}
    assert listed(lake.read("silver/t")) == listed(wanted)
    told = lake.changed("silver/t", 0, "id", "n")
    assert told is not None
    assert {(r["id"], r["n"]) for r in told.to_pylist()} == {
        ("b", 2),
        ("b", 5),
        ("c", 3),
        ("d", 6),
        (None, 4),
        (None, 7),
    }
    assert lake.changed("silver/t", None, "id") is None
    nothing = lake.changed("silver/t", 1, "id")
    assert nothing is not None and nothing.num_rows == 0


def test_a_change_file_that_is_cut_or_gone_means_all_rows(lake: Lake) -> None:
    lake.append("silver/t", frame(lake, row("a", 1), row("b", 2)))
    lake.replace("silver/t", frame(lake, row("a", 3), row("b", 2)), ["id"])
    (file,) = Path(lake.path("silver/t"), "_change_data").glob("*.parquet")
    file.write_bytes(file.read_bytes()[:-20])
    assert lake.changed("silver/t", 0, "id") is lake.moved("silver/t", 0) is None
    file.unlink()
    assert lake.changed("silver/t", 0, "id") is lake.moved("silver/t", 0) is None


def test_the_log_tells_how_many_rows_moved(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, by_spark in (("silver/t", False), ("silver/s", True)):
        with monkeypatch.context() as patched:
            if by_spark:
                patched.setattr(direct, "local", lambda path: False)
            lake.append(name, frame(lake, row("a", 1), row("b", 2), row("c", 3)))
            lake.replace(name, frame(lake, row("a", 1), row("b", 5), row("d", 6)), ["id"])
        # One is written over and one added; one is removed, which no unit has to write.
        assert [lake.moved(name, since) for since in (-1, 0, 1)] == [5, 2, 0]
        assert lake.moved(name, 9) == 5
        lake.replace(name, frame(lake, row("a", 1)), ["id"])
        assert lake.moved(name, 1) == 2
    lake.put("bronze/t", frame(lake, row("a", 1), row("b", 2, part="b")), "part", "a")
    lake.put("bronze/t", frame(lake, row("a", 1), row("c", 2)), "part", "a")
    assert lake.moved("bronze/t", 0) == 2
    Path(lake.path("bronze/t"), "_delta_log", f"{0:020d}.json").unlink()
    assert lake.moved("bronze/t", -1) is None


def test_an_appended_table_gains_columns_that_it_has_not_yet(lake: Lake) -> None:
    lake.append("ops/t", lake.spark.createDataFrame([("a",)], "id string"), few=True)
    lake.append("ops/t", lake.spark.createDataFrame([("b", 7)], "id string, n bigint"), few=True)
    assert listed(lake.read("ops/t")) == ["{'id': 'a', 'n': None}", "{'id': 'b', 'n': 7}"]


def test_rows_of_other_columns_and_types_replace_all_and_the_log_goes_on(lake: Lake, written_by: str) -> None:
    lake.append("superseded/t", frame(lake, row("a", 1), row("b", 2, "b")), by="part")
    wanted = frame(lake, row("a", 1), row("c", 3, "b")).withColumns({"n": F.lit("one"), "new": F.lit(1)}).drop("day")
    lake.replace("superseded/t", wanted, ["id"], seen={"night": 2})
    assert (lake.version("superseded/t"), lake.seen("superseded/t")) == (1, {"night": 2})
    assert lake.columns("superseded/t") == dict(wanted.dtypes)
    assert listed(lake.read("superseded/t").select(wanted.columns)) == listed(wanted)
    assert lake.has("superseded/t", "part", "b")
    told = lake.changed("superseded/t", 0, "id")
    assert told is None or set(told["id"].to_pylist()) == {"a", "b", "c"}


def test_what_was_merged_can_be_filtered_by_other_readers(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1), row("b", 2)))
    lake.replace("silver/t", frame(lake, row("a", 1), row("b", 3), row("d", 6)), ["id"])
    rows = DeltaTable(lake.path("silver/t")).to_pyarrow_dataset()
    assert rows.to_table(["n"], filter=pc.field("id") == "b").to_pylist() == [{"n": 3}]
    assert duckdb.sql("SELECT n FROM rows WHERE id = 'd'").fetchall() == [(6,)]


def test_nothing_differs_nothing_is_written(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1)), {"night": 1})
    lake.replace("silver/t", frame(lake, row("a", 1)), ["id"], seen={"night": 1})
    assert lake.version("silver/t") == 0
    lake.replace("silver/t", frame(lake, row("a", 1)), ["id"], seen={"night": 2})
    assert (lake.version("silver/t"), lake.seen("silver/t")) == (1, {"night": 2})
    assert listed(lake.read("silver/t")) == listed(frame(lake, row("a", 1)))


def test_a_partition_is_put_once_however_often(lake: Lake, written_by: str) -> None:
    lake.put("superseded/t", frame(lake, row("a", 1)), "part", "a")
    for _ in range(2):
        lake.put("superseded/t", frame(lake, row("b", 2, "b"), row("c", 3, "b")), "part", "b", few=True)
    assert listed(lake.read("superseded/t")) == listed(frame(lake, row("a", 1), row("b", 2, "b"), row("c", 3, "b")))
    assert lake.read("superseded/t").columns == frame(lake).columns


def test_an_older_version_reads_as_it_was(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1)))
    lake.replace("silver/t", frame(lake), ["id"])
    assert lake.read("silver/t").count() == 0
    assert listed(lake.read("silver/t", 0)) == listed(frame(lake, row("a", 1)))


def test_few_rows_cost_no_transaction_of_spark(lake: Lake) -> None:
    lake.append("silver/t", frame(lake, *(row(str(n), 1 + n % 9) for n in range(50))))
    lake.replace("silver/t", lake.read("silver/t").withColumn("n", F.col("n") + 1), ["id"])
    log = Path(lake.path("silver/t"), "_delta_log", f"{1:020d}.json").read_text(encoding="utf-8")
    assert '"engineInfo":"delta-rs' in log


def engine(lake: Lake, version: int) -> str:
    log = Path(lake.path("silver/t"), "_delta_log", f"{version:020d}.json").read_text(encoding="utf-8")
    return "delta-rs" if '"engineInfo":"delta-rs' in log else "Spark"


def test_many_rows_are_left_to_spark(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.lake.SENT", 2)
    rows = [row("a", 1), row("b", 2), row("c", 3)]
    lake.append("silver/t", frame(lake, *rows))
    lake.replace("silver/t", frame(lake, *rows[1:], row("d", 4), row("e", 5)), ["id"])
    assert [engine(lake, version) for version in (0, 1)] == ["Spark", "Spark"]
    assert listed(lake.read("silver/t")) == listed(frame(lake, *rows[1:], row("d", 4), row("e", 5)))


def test_few_changes_of_a_large_source_cost_no_transaction_of_spark_either(lake: Lake) -> None:
    large = lake.for_thread()
    fit(large.spark, MANY)
    large.append("silver/t", frame(large, row("a", 1), row("b", 2)))
    large.upsert("silver/t", frame(large, row("b", 3), row("c", 4)), ["id"])
    assert [engine(lake, version) for version in (0, 1)] == ["Spark", "delta-rs"]
    assert listed(lake.read("silver/t")) == listed(frame(lake, row("a", 1), row("b", 3), row("c", 4)))


def test_no_log_tells_what_stands_in_the_rows(lake: Lake) -> None:
    lake.append("silver/few", frame(lake, row("a", 1)))
    lake.append("silver/many", frame(lake, row("a", 1)), few=False)
    for table in ("silver/few", "silver/many"):
        log = Path(lake.path(table), "_delta_log", f"{0:020d}.json").read_text(encoding="utf-8")
        (added,) = [json.loads(line)["add"] for line in log.splitlines() if '"add"' in line]
        stats = json.loads(added["stats"])
        assert (stats["numRecords"], stats.get("minValues") or {}, stats.get("maxValues") or {}) == (1, {}, {})


def test_only_the_touched_rows_are_compared(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1), row("b", 2), row("c", 3)))
    touched = pa.table({"id": ["b", "c", "d"]})
    lake.replace("silver/t", frame(lake, row("b", 4), row("d", 5)), ["id"], touched)
    assert listed(lake.read("silver/t")) == listed(frame(lake, row("a", 1), row("b", 4), row("d", 5)))


def test_an_upsert_leaves_the_other_rows(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1), row("b", 2)))
    lake.upsert("silver/t", frame(lake, row("b", 3), row("c", 4)), ["id"], {"night": 2})
    assert listed(lake.read("silver/t")) == listed(frame(lake, row("a", 1), row("b", 3), row("c", 4)))
    lake.upsert("silver/t", frame(lake, row("b", 3)), ["id"], {"night": 2})
    assert (lake.version("silver/t"), lake.seen("silver/t")) == (1, {"night": 2})


# Names with what ends a text in SQL, in numbers and dates; keys that are too many to name, or NULL.
KEYS = [("it's", 1, "a"), ("x, y", 2, "b|c"), ('"', 3, "a"), ("甲", 4, "\\"), ("e", 5, ""), ("f", 6, "a")]


@pytest.mark.parametrize("named", [direct_commit.NAMED, 2])
@pytest.mark.parametrize("key", [["id"], ["id", "part"], ["day", "n", "id"]])
@pytest.mark.parametrize("null", [False, True])
def test_rows_are_replaced_by_any_key(
    lake: Lake, key: list[str], named: int, null: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_commit, "NAMED", named)
    rows = [row(id, n, part) for id, n, part in KEYS] + ([row(None, 7)] if null else [])
    lake.append("silver/t", frame(lake, *rows))
    new = [row(r[0], r[2], r[1], tag="new") for r in rows[:2] + rows[6:]]
    wanted = frame(lake, *new, *rows[3:5], row("g's", 8))
    lake.replace("silver/t", wanted, key)
    assert lake.version("silver/t") == 1
    assert listed(lake.read("silver/t")) == listed(wanted)
    told = lake.changed("silver/t", 0, "id")
    expected = [r[0] for r in rows[:3] + rows[5:]] + ["g's"]
    assert told is not None and sorted(map(str, told["id"].to_pylist())) == sorted(map(str, expected))


def test_rows_may_only_leave(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1), row("b", 2), row("c", 3)))
    lake.replace("silver/t", frame(lake, row("b", 2)), ["id"], seen={"night": 2})
    assert (listed(lake.read("silver/t")), lake.seen("silver/t")) == (listed(frame(lake, row("b", 2))), {"night": 2})


def test_what_was_only_added_is_told_as_well(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1)))
    lake.append("silver/t", frame(lake, row("b", 2), row("b", 3)))
    lake.replace("silver/t", frame(lake, row("a", 1), row("b", 2), row("b", 3), row("c", 4)), ["id", "n"])
    told = lake.changed("silver/t", 0, "id")
    assert told is not None and sorted(told["id"].to_pylist()) == ["b", "c"]


@pytest.mark.parametrize("lost", ["log", "file"])
def test_a_feed_that_does_not_reach_back_takes_all(lake: Lake, lost: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1)))
    lake.append("silver/t", frame(lake, row("b", 2)))
    lake.append("silver/t", frame(lake, row("c", 3)))
    log = Path(lake.path("silver/t"), "_delta_log", f"{1:020d}.json")
    name = next(a["add"]["path"] for a in map(json.loads, log.read_text(encoding="utf-8").splitlines()) if "add" in a)
    if lost == "file":
        Path(lake.path("silver/t"), name).unlink()
    else:
        # As a log is cleaned: below a checkpoint.
        DeltaTable(lake.path("silver/t")).create_checkpoint()
        log.unlink()
    assert lake.changed("silver/t", 0, "id") is None
    assert lake.changed("silver/t", 1, "id") is not None


def test_a_frame_holds_all_rows_also_behind_an_empty_chunk(lake: Lake) -> None:
    parts = [pa.table({"id": pa.array(ids, pa.string())}) for ids in (["a"], [], ["b", "c"])]
    assert [row.id for row in lake.frame(pa.concat_tables(parts)).orderBy("id").collect()] == ["a", "b", "c"]


def test_few_rows_are_fetched_as_spark_would_find_them(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1), row("b", 2), row("c", 3, part="b"), row(None, 4)))
    rows = lake.read("silver/t")
    wanted = pa.table({"id": pa.array(["a", "c", "nobody", None], pa.string())})
    found = lake.among("silver/t", wanted)
    assert found.dtypes == rows.dtypes
    assert listed(found) == listed(rows.where("id IN ('a', 'c')"))
    assert listed(lake.among("silver/t", wanted, columns=["n"])) == listed(rows.where("n IN (1, 3)").select("n"))
    both = pa.table({"id": ["a", "c"], "part": ["b", "b"]})
    assert [r.n for r in lake.among("silver/t", both).collect()] == [3]
    nothing = wanted.slice(0, 0)
    assert lake.among("silver/t", nothing).dtypes == rows.dtypes
    assert lake.among("silver/t", nothing).isEmpty()
    assert listed(lake.among("silver/t", None)) == listed(rows)


def test_few_rows_are_those_of_the_version_that_is_asked_for(lake: Lake) -> None:
    lake.append("silver/t", frame(lake, row("a", 1)))
    lake.replace("silver/t", frame(lake, row("a", 2)), ["id"])
    wanted = pa.table({"id": ["a"]})
    assert [r.n for r in lake.among("silver/t", wanted, 0).collect()] == [1]
    assert [r.n for r in lake.among("silver/t", wanted).collect()] == [2]


def test_few_rows_are_found_by_whichever_column_names_one_of_the_values(lake: Lake, written_by: str) -> None:
    lake.append("silver/t", frame(lake, row("a", 1, part="b"), row("b", 2, part="c"), row("c", 3), row(None, 4)))
    ids = pa.array(["b", "c", "b", None])
    assert sorted(lake.naming("silver/t", ["id", "part"], ids)["n"].to_pylist()) == [1, 2, 3]
    found = lake.naming("silver/t", ["id"], ids, wanted=["n"])
    assert found.column_names == ["n"]
    assert sorted(found["n"].to_pylist()) == [2, 3]
    lake.append("silver/t", frame(lake, row("b", 5)))
    assert sorted(lake.naming("silver/t", ["id"], ids, 0)["n"].to_pylist()) == [2, 3]
    assert lake.frame(lake.naming("silver/t", ["id"], ids.slice(3))).dtypes == lake.read("silver/t").dtypes


def test_a_row_is_replaced_in_a_file_that_is_read_in_several_batches(lake: Lake) -> None:
    ids = [f"{number:06}" for number in range(140_000)]
    of = pa.StructArray.from_arrays([pa.array(ids)], ["source"])
    write_deltalake(lake.path("silver/t"), pa.table({"id": ids, "of": of}))
    wanted = lake.spark.createDataFrame([("139999", ("new",))], "id string, of struct<source:string>")
    lake.replace("silver/t", wanted, ["id"], pa.table({"id": ["139998", "139999"]}), few=True)
    found = lake.naming("silver/t", ["id"], pa.array(["139997", "139998", "139999"]))
    assert [r["source"] for r in found.sort_by("id")["of"].to_pylist()] == ["139997", "new"]


def test_few_rows_are_found_whatever_the_folder_is_called_and_whichever_columns_its_files_have(
    spark: SparkSession, tmp_path: Path
) -> None:
    lake = Lake(spark, str(tmp_path / "it's a lake *"))
    about.create(lake.root)
    lake.append("silver/t", lake.spark.createDataFrame([("a",), ("b",)], "id string"), few=True)
    lake.append("silver/t", lake.spark.createDataFrame([("c", 7)], "id string, n bigint"), few=True)
    ids = pa.array(["b", "c"])
    assert sorted(lake.naming("silver/t", ["id"], ids)["n"].to_pylist(), key=str) == [7, None]
    lake.replace(
        "silver/t", lake.spark.createDataFrame([], lake.read("silver/t").schema), ["id"], pa.table({"id": ["c"]})
    )
    assert lake.naming("silver/t", ["id"], ids)["n"].to_pylist() == [None]
    assert [r.n for r in lake.among("silver/t", pa.table({"id": ids})).collect()] == [None]


def test_rows_are_found_by_a_value_or_an_item_of_a_list_in_any_of_several_columns(lake: Lake) -> None:
    rows = [row("a", 1, tag="x"), row("b", 2, tag=None), row("c", 3, tag="y"), row("d", 4, tag="z"), row(None, 5)]
    lake.append("silver/t", frame(lake, *rows))
    lake.append("silver/t", frame(lake, row("e", 6, tag="y")))
    wanted = {"tags": pa.array(["y", "nothing"]), "id": pa.array(["b", "nobody"]), "part": pa.array([], pa.string())}
    found = lake.holding("silver/t", wanted)
    assert sorted(found["n"].to_pylist()) == [2, 3, 6]
    assert listed(lake.frame(found)) == listed(lake.read("silver/t").where("n IN (2, 3, 6)"))
    assert sorted(lake.holding("silver/t", wanted, "n > 2")["n"].to_pylist()) == [3, 6]
    assert lake.holding("silver/t", {"id": pa.array([], pa.string())}).schema == found.schema


def test_rows_that_are_too_many_or_far_away_are_not_at_hand(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lake.at_hand("silver/t", SENT) and not lake.at_hand("silver/t", SENT + 1)
    monkeypatch.setattr(direct, "local", lambda path: False)
    assert not lake.at_hand("silver/t", 1)


def test_a_commit_names_as_many_keys_as_it_may(lake: Lake) -> None:
    ids = pa.array([f"{number:064}" for number in range(direct_commit.NAMED + 1)])
    lake.append("silver/t", lake.frame(pa.table({"id": ids, "part": ids, "n": pa.array([0] * len(ids))})))
    others = pa.table({"id": ids[1:], "part": ids[1:], "n": pa.array([1] * direct_commit.NAMED)})
    marked = others.append_column(direct_commit.OPERATION, pa.array(["write"] * direct_commit.NAMED))
    direct_commit.merge(lake.path("silver/t"), marked, ["id", "part"], {"night": 2})
    assert lake.read("silver/t").groupBy("n").count().orderBy("n").collect() == [(0, 1), (1, direct_commit.NAMED)]


@pytest.mark.parametrize("few", [True, False])
def test_duckdb_reads_the_structs_of_a_table_of_many_rows(lake: Lake, few: bool) -> None:
    count = direct_commit.TOGETHER + 10_000
    many = lake.spark.range(0, count, 1, 1).selectExpr("CAST(id AS string) AS id", "struct(id AS n, 'x' AS s) AS of")
    lake.append("silver/t", many, few=few)
    lake.upsert("silver/t", many.limit(10).selectExpr("id", "struct(of.n, 'y' AS s) AS of"), ["id"], few=few)
    with duckdb.connect() as db:
        db.register("t", DeltaTable(lake.path("silver/t")).to_pyarrow_dataset())
        assert db.sql('SELECT s.s, count(*) FROM (SELECT "of" AS s FROM t) GROUP BY ALL ORDER BY ALL').fetchall() == [
            ("x", count - 10),
            ("y", 10),
        ]
