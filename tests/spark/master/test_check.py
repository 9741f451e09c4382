"""A night whose masters break a critical rule does not close (rule 4)."""

import datetime as dt
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines import about, nightly, validations
from pipelines.lake import Lake
from pipelines.master.check import check, require_judged
from quality import suite
from schemas.errors import RendiError

Row = tuple[str, bool | None, dt.date | None]

PERSON = (
    "person_id string, basis string, id_token string, sex string, alive boolean, died_on date, region_code string, "
    "community_code string"
)


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    made = Lake(spark, str(tmp_path / "lake"))
    about.create(made.root)
    return made


def put(lake: Lake, *rows: Row) -> None:
    whole = [(i, "own_record", None, "1", alive, died, "440106", "440106001001") for i, alive, died in rows]
    lake.append("master/person", lake.spark.createDataFrame(whole, PERSON))


def test_a_sound_master_passes_and_gives_its_result(lake: Lake) -> None:
    put(lake, ("P1", True, None), ("P2", False, dt.date(2026, 1, 1)), ("P3", None, None))
    rules = {r["expectation_config"]["meta"]["rule"]: r for r in check(lake, {})["master_person"]["results"]}
    assert rules["person_id_unique"]["success"] and not rules["alive_present"]["success"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("P1", True, None), ("P1", True, None)], "two persons"),
        ([("P1", True, dt.date(2026, 1, 1))], "a living person has a date of death"),
    ],
)
def test_a_broken_master_stops_the_night(lake: Lake, rows: list[Row], message: str) -> None:
    put(lake, *rows)
    with pytest.raises(RendiError, match=message):
        check(lake, {})


def test_what_the_last_night_closed_is_not_judged_again(lake: Lake) -> None:
    put(lake, ("P1", True, None))
    for name, result in check(lake, {}).items():
        validations.keep(lake, name, result)
    closed = {"master/person": lake.version("master/person")}
    assert check(lake, closed) == {}
    put(lake, ("P1", True, None), ("P1", True, None))
    assert check(lake, {"master/person": lake.version("master/person")}) == {}


def test_a_master_that_did_not_pass_closes_no_night_whichever_unit_runs_next(lake: Lake) -> None:
    put(lake, ("P1", True, None))
    for name, result in check(lake, {}).items():
        validations.keep(lake, name, result)
    require_judged(lake, {})
    put(lake, ("P1", True, None))
    with pytest.raises(RendiError, match="two persons"):
        check(lake, {})
    with pytest.raises(RendiError, match="master/person has not passed its suite"):
        require_judged(lake, {"master/person": lake.version("master/person") - 1})
    require_judged(lake, {"master/person": lake.version("master/person")})


def test_nothing_is_opened_of_a_master_that_did_not_pass(lake: Lake) -> None:
    put(lake, ("P1", True, None), ("P1", True, None))
    night = nightly.Night(lake, lake.root, dt.date(2026, 3, 2), (), keys=None)  # type: ignore[arg-type]
    with pytest.raises(RendiError, match="master/person has not passed its suite"):
        nightly.run(night, first="publish")
    assert not (Path(lake.root) / "open").exists() and lake.version("catalog/item") == -1


def test_what_was_kept_of_a_table_that_was_set_aside_says_nothing_of_the_next(lake: Lake) -> None:
    put(lake, ("P1", True, None))
    for name, result in check(lake, {}).items():
        validations.keep(lake, name, result)
    require_judged(lake, {})
    before = lake.version("master/person")
    lake.set_aside("master/person", "20260302T000000")
    put(lake, ("P1", True, None), ("P1", True, None))
    assert lake.version("master/person") == before
    with pytest.raises(RendiError, match="has not passed its suite"):
        require_judged(lake, {})


def test_what_was_judged_by_other_rules_is_judged_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    put(lake, ("P1", True, None))
    monkeypatch.setattr(suite.Suite, "fingerprint", "of other rules")
    for name, result in check(lake, {}).items():
        validations.keep(lake, name, result)
    monkeypatch.undo()
    assert set(check(lake, {"master/person": lake.version("master/person")})) == {"master_person"}
