"""What differs now, and what was said before."""

import datetime as dt

from pyspark.sql import SparkSession

from pipelines.master.conflict import conflicts
from pipelines.master.history import history
from pipelines.master.statements import union
from pipelines.master.survivorship import survive
from tests.spark.master.conftest import frame, modelled

D, T = dt.date, dt.datetime


def test_only_items_on_which_current_records_differ_become_rows(spark: SparkSession):
    model = modelled("person")
    records = {
        "police_household": [{"person_id": "P1", "sex": "1", "education": "20", "status": "正常"}],
        "floating_population": [{"person_id": "P1", "sex": "2"}, {"person_id": "P2", "sex": "2"}],
    }
    statements = union(model, lambda s: frame(spark, s, records[s]) if s in records else None)
    assert statements is not None
    found = conflicts(statements, survive(statements, model), model).collect()
    assert {(r.id, r.item, r.value, r.source) for r in found} == {
        ("P1", "sex", "1", "police_household"),
        ("P1", "sex", "2", "floating_population"),
    }
    assert {r.valid_to for r in found} == {None}


def test_an_older_certificate_is_no_conflict_and_a_register_against_the_latest_is(spark: SparkSession):
    model = modelled("person")
    couple = {"male_person_id": "P1", "female_person_id": "P2"}
    records = {
        "civil_marriage": [
            {**couple, "kind": "结婚", "registered_on": D(2010, 1, 1)},
            {**couple, "kind": "离婚", "registered_on": D(2020, 1, 1)},
        ],
        "police_household": [
            {"person_id": "P1", "marital_status": "40", "status": "正常"},
            {"person_id": "P2", "marital_status": "21", "status": "正常"},
        ],
    }
    statements = union(model, lambda s: frame(spark, s, records[s]) if s in records else None)
    assert statements is not None
    found = conflicts(statements, survive(statements, model), model).collect()
    assert {(r.id, r.value, r.source) for r in found} == {
        ("P2", "40", "civil_marriage"),
        ("P2", "21", "police_household"),
    }


def test_history_tells_what_changed_within_a_record_and_what_left(spark: SparkSession):
    model = modelled("person")
    current = [{"record_id": "r1", "person_id": "P1", "education": "20", "sex": "1", "updated_at": T(2026, 3, 1)}]
    base = {"person_id": "P1", "record_id": "r1", "sex": "1"}
    versions = [
        {
            **base,
            "education": "30",
            "valid_from": T(2024, 1, 1),
            "valid_to": T(2025, 1, 1),
            "learned_on": D(2026, 1, 1),
        },
        {
            **base,
            "education": "30",
            "valid_from": T(2025, 1, 1),
            "valid_to": T(2026, 3, 1),
            "learned_on": D(2026, 2, 1),
        },
        {
            "person_id": "P2",
            "record_id": "r2",
            "sex": "2",
            "valid_from": T(2025, 1, 1),
            "valid_to": T(2026, 3, 1),
            "learned_on": D(2026, 1, 1),
        },
    ]
    only = "police_household"
    now = union(model, lambda s: frame(spark, s, current) if s == only else None)
    old = union(model, lambda s: frame(spark, s, versions, versions=True) if s == only else None)
    assert now is not None
    assert old is not None
    found = [r for r in history(now, old, model).collect() if r.item in ("education", "sex")]
    assert {(r.id, r.item, r.value, r.valid_from, r.valid_to, r.learned_on) for r in found} == {
        ("P1", "education", "30", T(2024, 1, 1), T(2026, 3, 1), D(2026, 1, 1)),
        ("P1", "education", "20", T(2026, 3, 1), None, D(2026, 3, 2)),
        ("P2", "sex", "2", T(2025, 1, 1), T(2026, 3, 1), D(2026, 1, 1)),
    }
