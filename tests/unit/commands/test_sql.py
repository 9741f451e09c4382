"""`rendi sql`: what is asked for is what is shown."""

from pathlib import Path

import deltalake
import duckdb
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from pipelines import state
from pipelines.cli import app
from pipelines.commands import inspect
from pipelines.commands.inspect import _rows
from schemas.errors import RendiError


def test_columns_of_one_name_all_stay() -> None:
    query = "SELECT a.id, b.id, b.id_1, b.id FROM (SELECT 1 AS id) a, (SELECT 2 AS id, 3 AS id_1) b"
    assert _rows(duckdb.connect(), query) == [{"id": 1, "id_1": 2, "id_1_1": 3, "id_2": 2}]


def test_a_data_file_that_is_cut_or_gone_is_one_sentence(tmp_path: Path) -> None:
    root = tmp_path / "governed" / "ops" / "unit"
    deltalake.write_deltalake(root, pa.table({"unit": ["land"] * 100}))
    (data,) = root.glob("*.parquet")
    connection = duckdb.connect()
    connection.register("ops_unit", state.open_table(str(tmp_path), "ops/unit").to_pyarrow_dataset())
    for break_it in (lambda: data.write_bytes(data.read_bytes()[:40]), data.unlink):
        break_it()
        with pytest.raises(RendiError, match=r"^[^\n]*: `rendi doctor` names what is damaged$"):
            _rows(connection, "SELECT DISTINCT unit FROM ops_unit")


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> duckdb.DuckDBPyConnection:
    """In place of a lake's."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE person AS SELECT 'P1' AS person_id, '01' AS ethnic")
    monkeypatch.setattr(inspect, "opened", lambda root: connection)
    return connection


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT ethnik FROM person WHERE person_id = 'secret'", 'Candidate bindings: "ethnic"'),
        ("SELECT 'secret' FROM persn", 'does not exist; Did you mean "person"?; SHOW TABLES lists the tables'),
        ("SELECT 'secret' FROM zzzz", "does not exist; SHOW TABLES lists the tables"),
        ("SELECT 'secret' FROM person WHERE coun(*)", "Did you mean"),
    ],
)
def test_a_slip_is_told_with_the_nearest_right_word_and_without_the_query(
    tables: duckdb.DuckDBPyConnection, query: str, said: str
) -> None:
    with pytest.raises(RendiError) as told:
        _rows(tables, query)
    assert said in str(told.value) and "secret" not in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize("query", ["", " ;; ", "; -- SELECT 1"])
def test_nothing_is_no_query(tables: duckdb.DuckDBPyConnection, query: str) -> None:
    with pytest.raises(RendiError, match="there is no query: give one, such as"):
        app(["sql", query], standalone_mode=False)


def test_a_result_without_rows_is_its_columns(tables: duckdb.DuckDBPyConnection) -> None:
    query = ["sql", "SELECT person_id, ethnic FROM person WHERE false"]
    told = CliRunner().invoke(app, query).stdout
    assert "person_id" in told and "ethnic" in told and told.endswith("\n0 rows\n")
    assert CliRunner().invoke(app, [*query, "--json"]).stdout == "[]\n"
