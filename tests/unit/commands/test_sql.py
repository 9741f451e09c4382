"""`rendi sql`: what is asked for is what is shown."""

import duckdb

from pipelines.commands.inspect import _rows


def test_columns_of_one_name_all_stay() -> None:
    query = "SELECT a.id, b.id, b.id_1, b.id FROM (SELECT 1 AS id) a, (SELECT 2 AS id, 3 AS id_1) b"
    assert _rows(duckdb.connect(), query) == [{"id": 1, "id_1": 2, "id_1_1": 3, "id_2": 2}]
