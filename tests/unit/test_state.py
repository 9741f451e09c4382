"""What a lake says of itself where something is wrong with it, or odd about a delivery."""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from pipelines import direct, state
from pipelines.cli import app
from pipelines.commands.inspect import opened
from pipelines.deliveries import Entry
from schemas.errors import RendiError


def test_a_table_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "governed" / "master" / "person"
    deltalake.write_deltalake(str(path), pa.table({"a": [1]}))
    (path / "_delta_log" / f"{0:020d}.json").write_text('{"add": {')
    with pytest.raises(RendiError, match="master/person cannot be read: `rendi doctor`"):
        state.open_table(str(tmp_path), "master/person")


def test_a_table_is_known_by_its_id_whatever_of_its_log_is_left(tmp_path: Path) -> None:
    path = str(tmp_path / "person")
    for _ in range(2):
        deltalake.write_deltalake(path, pa.table({"a": [1]}), mode="append")
    table = deltalake.DeltaTable(path)
    table.create_checkpoint()
    first = tmp_path / "person" / "_delta_log" / f"{0:020d}.json"
    assert direct.identity(path) == str(table.metadata().id)
    first.write_text(first.read_text()[:200])
    assert direct.identity(path) == str(table.metadata().id)
    first.unlink()
    assert direct.identity(path) == str(table.metadata().id)
    shutil.rmtree(path)
    assert direct.identity(path) == ""


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake whose only night closed with version 1 of two masters, and with a catalogue."""
    (tmp_path / "format.json").write_text("{}")
    (tmp_path / "restricted").mkdir()
    for table in ("master/person", "master/place", *state.CATALOGUE):
        for _ in range(2):
            columns = {c: pa.array([], "string") for c in ("kind", "resource")}
            columns = {"person_id": pa.array(["a"])} if table.startswith("master/") else columns
            deltalake.write_deltalake(str(tmp_path / "governed" / table), pa.table(columns), mode="append")
    tables = ("master/person", "master/place", *state.CATALOGUE)
    versions = pa.array([[(t, 1) for t in tables]], pa.map_(pa.string(), pa.int64()))
    found = [(t, deltalake.DeltaTable(str(tmp_path / "governed" / t)).metadata().id) for t in tables]
    ids = pa.array([found], pa.map_(pa.string(), pa.string()))
    when = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    run = {"run": ["r"], "night": [when.date()], "started": [when], "ended": [when], "state": ["closed"]}
    deltalake.write_deltalake(
        str(tmp_path / "governed" / "ops" / "run"), pa.table(run | {"versions": versions, "ids": ids})
    )
    return tmp_path


def test_doctor_names_a_table_that_is_gone(lake: Path) -> None:
    shutil.rmtree(lake / "governed" / "master" / "place")
    told = CliRunner().invoke(app, ["doctor", "--json", "--lake", str(lake)])
    found = {row["what"]: row["say"] for row in json.loads(told.stdout)}
    assert "the table is gone" in found["table master/place"] and "--rebuild" in found["table master/place"]
    assert "tables" not in found


def gone(path: Path) -> None:
    shutil.rmtree(path)


def made_anew(path: Path, commits: int) -> None:
    shutil.rmtree(path)
    for _ in range(commits):
        deltalake.write_deltalake(str(path), pa.table({"person_id": ["b"]}), mode="append")


def begun_anew(path: Path) -> None:
    made_anew(path, 1)


def grown_anew(path: Path) -> None:
    """With the version that the night closed its forerunner with."""
    made_anew(path, 3)


def cut(path: Path) -> None:
    for file in path.glob("*.parquet"):
        file.write_bytes(file.read_bytes()[:-20])


def cut_log(path: Path) -> None:
    for commit in (path / "_delta_log").glob("*.json"):
        commit.write_bytes(commit.read_bytes()[:100])


SET_ASIDE = "was set aside, and no night has closed since: give `rendi run --rebuild` again"
CUT = "cannot be read: `rendi doctor` says what to do"


@pytest.mark.parametrize(
    ("harm", "why"),
    [(gone, SET_ASIDE), (begun_anew, SET_ASIDE), (grown_anew, SET_ASIDE), (cut, CUT), (cut_log, CUT)],
)
def test_status_leaves_out_a_master_and_a_catalogue_that_cannot_be_read_and_says_why(
    lake: Path, harm: Callable[[Path], None], why: str
) -> None:
    harm(lake / "governed" / "master" / "person")
    shutil.rmtree(lake / "governed" / "catalog" / "item")
    told = state.status(str(lake))
    assert (told["masters"], told["catalogue"]) == ({"place": 2}, [])
    assert told["unread"] == [f"the lake's table master/person {why}", f"the lake's table catalog/item {SET_ASIDE}"]
    shown = CliRunner().invoke(app, ["status", "--lake", str(lake)])
    assert shown.exit_code == 0 and told["unread"][0] in shown.output


@pytest.mark.parametrize("harm", [gone, begun_anew, grown_anew])
def test_sql_says_that_a_table_was_set_aside(lake: Path, harm: Callable[[Path], None]) -> None:
    harm(lake / "governed" / "master" / "person")
    with pytest.raises(RendiError, match=f"master/person {SET_ASIDE}"):
        opened(str(lake))


@pytest.mark.parametrize("words", [("status",), ("status", "--days", "3"), ("sql", "SELECT 1"), ("maintain",)])
def test_a_cut_file_of_the_closings_is_one_sentence(lake: Path, words: tuple[str, ...]) -> None:
    cut(lake / "governed" / "ops" / "run")
    told = CliRunner().invoke(app, [*words, "--lake", str(lake)]).exception
    assert isinstance(told, RendiError) and str(told) == f"the lake's table ops/run {CUT}"


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"line_readable": 1, "phone_valid": 19}, "odd; 1 rows break line_readable"),
        ({"amount_valid": 20, "phone_valid": 0}, "odd; 20 rows break amount_valid"),
        (
            {f"rule_{n}": 30 + n for n in range(9)},
            "odd; 38 rows break rule_8; 37 rows break rule_7; 36 rows break rule_6",
        ),
    ],
)
def test_a_delivery_s_reason_names_what_is_wrong_with_many_of_its_rows(
    tmp_path: Path, rules: dict[str, int], reason: str
) -> None:
    entry = Entry(
        source="tax_payer",
        delivery="20260302-a",
        date="2026-03-02",
        night="2026-03-02",
        state="accepted",
        reason="odd",
        delivered=100,
        rules=rules,
    )
    (tmp_path / "format.json").write_text("{}")
    journal = tmp_path / "restricted" / "journal" / "tax_payer"
    journal.mkdir(parents=True)
    (journal / "20260302-a.json").write_text(entry.model_dump_json(), encoding="utf-8")
    assert [d["reason"] for d in state.status(str(tmp_path))["deliveries"]] == [reason]
