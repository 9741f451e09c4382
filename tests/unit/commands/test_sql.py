"""`rendi sql`: what is asked for is what is shown."""

from pathlib import Path

import deltalake
import duckdb
import pyarrow as pa
import pytest

from pipelines import state
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
