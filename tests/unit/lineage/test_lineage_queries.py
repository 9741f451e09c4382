"""Column lineage of SQL: what a value is, what it is counted from, and what only decides."""

import pytest

from pipelines.lineage.queries import origins
from schemas.errors import RendiError

VIEWS = {"record_a": ["id", "kind", "amount", "day"], "master_b": ["id", "name", "age"]}


def told(sql: str) -> dict[str, set[tuple[str, str]]]:
    """The query's column -> (view.column, how)."""
    found: dict[str, set[tuple[str, str]]] = {}
    for one in origins(sql, VIEWS, "here"):
        found.setdefault(one.made, set()).add((f"{one.view}.{one.column}", one.how))
    return found


def test_a_column_passes_through_common_tables_and_joins() -> None:
    sql = """
    WITH few AS (SELECT id, SUM(amount) AS total FROM record_a WHERE kind = 'x' GROUP BY id)
    SELECT b.name, f.total AS total, UPPER(b.name) AS loud FROM master_b AS b LEFT JOIN few AS f ON f.id = b.id"""
    assert told(sql) == {
        "name": {("master_b.name", "same")},
        "total": {("record_a.amount", "aggregated")},
        "loud": {("master_b.name", "expression")},
        "*": {("record_a.kind", "rows"), ("record_a.id", "rows"), ("master_b.id", "rows")},
    }


def test_what_a_case_asks_decides_and_does_not_flow() -> None:
    found = told("SELECT CASE WHEN kind = 'x' THEN amount ELSE 0 END AS v FROM record_a")
    assert found["v"] == {("record_a.kind", "decides"), ("record_a.amount", "expression")}


def test_a_count_of_rows_comes_from_what_decides_which_are_counted() -> None:
    found = told("SELECT kind, COUNT(*) AS n FROM record_a WHERE amount > 0 GROUP BY kind")
    assert found["n"] == {("record_a.kind", "counted"), ("record_a.amount", "counted")}


def test_the_order_of_a_latest_value_decides_and_fields_of_a_struct_stay_apart() -> None:
    sql = """
    WITH last AS (SELECT id, MAX_BY(STRUCT(kind, amount), STRUCT(day, id)) AS latest FROM record_a GROUP BY id)
    SELECT l.latest.kind AS kind FROM last AS l"""
    assert told(sql)["kind"] == {
        ("record_a.kind", "aggregated"),
        ("record_a.day", "decides"),
        ("record_a.id", "decides"),
    }


def test_both_sides_of_a_union_and_a_query_in_place_of_a_value_are_followed() -> None:
    found = told("SELECT id FROM record_a UNION ALL SELECT name FROM master_b")
    assert found["id"] == {("record_a.id", "same"), ("master_b.name", "same")}
    found = told("SELECT id, (SELECT MAX(age) FROM master_b AS b WHERE b.id = record_a.id) AS oldest FROM record_a")
    assert found["oldest"] >= {("master_b.age", "aggregated")}
    assert found["*"] >= {("master_b.id", "rows"), ("record_a.id", "rows")}


def test_sql_that_cannot_be_traced_names_its_file() -> None:
    with pytest.raises(RendiError, match="here: its columns cannot be traced"):
        origins("SELECT nothing FROM record_a", VIEWS, "here")
