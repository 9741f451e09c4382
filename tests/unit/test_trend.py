"""The trend of nights and suites, and the last night at a glance, from the tables of governed/ops."""

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from typer.testing import CliRunner

from pipelines import figures, state, trend
from pipelines.about import FORMAT
from pipelines.cli import app
from pipelines.commands.status import bars
from pipelines.deliveries import Entry
from pipelines.figures import Figure
from schemas import contract

TAX = contract.load("tax_payer")


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def at(day: int, minute: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, 18, minute, tzinfo=dt.UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Nights 2 and 4 closed, 4 twice; 5 did not. Delivery 4 of tax_payer broke rules, that of 5 was refused.

    In the first closing of 4 civil_relief and tax_payer failed; the second ran without civil_relief.
    """
    root = tmp_path / "lake"
    (root / "restricted").mkdir(parents=True)
    (root / "format.json").write_text(json.dumps({"format": FORMAT}), encoding="utf-8")
    deliver(root, 2, "accepted", delivered=10, accepted=10)
    deliver(root, 4, "accepted", delivered=20, accepted=15, quarantined=4, duplicates=1)
    deliver(root, 5, "refused", reason="below the set share")
    write(root, "master/person", [{"person_id": "a"}, {"person_id": "b"}])
    write(root, "master/person", [{"person_id": "c"}])
    ids = [("master/person", DeltaTable(str(root / "governed" / "master" / "person")).metadata().id)]
    closings = ((2, 0, 3, 0), (4, 0, 2, 1), (4, 10, 11, 1))
    write(root, "ops/run", [
        {"run": f"r{day}{begun}", "night": march(day), "started": at(day, begun), "ended": at(day, ended),
         "state": "closed", "versions": [("master/person", version)], "ids": ids}
        for day, begun, ended, version in closings
    ], pa.schema([("run", pa.string()), ("night", pa.date32()), ("started", pa.timestamp("us", "UTC")),
                  ("ended", pa.timestamp("us", "UTC")), ("state", pa.string()),
                  ("versions", pa.map_(pa.string(), pa.int64())),
                  ("ids", pa.map_(pa.string(), pa.string()))]))  # fmt: skip
    write(root, "ops/unit", [
        unit(2, "land", "tax_payer", 4.0), unit(4, "land", "tax_payer", 1.0, 20, 20),
        unit(4, "land", "civil_relief", 2.0, 5, 5), unit(4, "refine", "civil_relief", 0.5, reason="no space"),
        unit(4, "refine", "tax_payer", 0.5, reason="no key"), unit(4, "link", "", 3.0, 25, 7),
    ])  # fmt: skip
    write(root, "ops/unit", [
        unit(4, "land", "tax_payer", 0.2, 20, 20, run="r410"), unit(4, "refine", "tax_payer", 0.7, 20, 15, run="r410"),
        unit(4, "link", "", 1.0, 15, 3, run="r410"),
        # This closing was killed before it was one.
        unit(4, "link", "", 9.0, reason="killed", run="r499"),
    ])  # fmt: skip
    write(root, "ops/quality", [
        judged("tax_payer", 4, "20260304-x", "name_present", 3), judged("tax_payer", 4, "20260304-x", "uscc_valid", 5),
        judged("master_person", 2, "", "alive_present", 2), judged("master_person", 4, "", "alive_present", 1),
    ])  # fmt: skip
    return root


def deliver(root: Path, day: int, state: str, **more: Any) -> None:
    name = f"{march(day):%Y%m%d}-x"
    entry = Entry(source="tax_payer", delivery=name, date=march(day), night=march(day), state=state, **more)  # type: ignore[arg-type]
    path = root / "restricted" / "journal" / "tax_payer" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(entry.model_dump_json(), encoding="utf-8")


def write(root: Path, table: str, rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> None:
    write_deltalake(str(root / "governed" / table), pa.Table.from_pylist(rows, schema), mode="append")


def unit(
    day: int, name: str, source: str, seconds: float, rows_in: int | None = None, rows_out: int | None = None,
    reason: str = "", run: str = "",
) -> dict[str, Any]:  # fmt: skip
    said = {"run": run or f"r{day}0", "night": march(day), "unit": name, "source": source, "seconds": seconds}
    state = "failed" if reason else "done"
    return said | {"state": state, "reason": reason, "rows_in": rows_in, "rows_out": rows_out}


def ran(root: Path, day: int, minute: int, name: str, source: str, state: str, reason: str = "") -> None:
    """A unit of a night that has not closed."""
    figures.write(
        str(root),
        Figure(
            night=march(day),
            unit=name,
            source=source,
            started=at(day, minute),
            seconds=1,
            state=state,
            reason=reason,
        ),
    )


def judged(suite: str, day: int, delivery: str, rule: str, broken: int) -> dict[str, Any]:
    return {"source": suite, "delivery": delivery, "date": march(day), "rule": rule, "broken": broken}


def test_a_line_a_night_with_what_came_how_long_it_took_and_what_the_masters_held(lake: Path) -> None:
    told = {one["night"]: one for one in trend.nights(str(lake), [TAX], 30)}
    assert list(told) == [march(2), march(4), march(5)]
    second, fourth, fifth = told.values()
    assert (second["seconds"], second["closed"], second["person"]) == (180.0, at(2, 3), 2)
    assert (fourth["seconds"], fourth["closed"], fourth["person"]) == (180.0, at(4, 11), 3)
    figures = ("delivered", "accepted", "quarantined", "duplicates", "refused", "late", "failed")
    assert [fourth[f] for f in figures] == [20, 15, 4, 1, 0, 0, 1]
    assert [fifth[f] for f in figures] == [0, 0, 0, 0, 1, 1, 0]
    assert (fifth["closed"], fifth["seconds"], fifth["person"]) == (None, 0, None)


def test_a_master_that_was_made_anew_says_nothing_of_closings_before_it(lake: Path) -> None:
    shutil.rmtree(lake / "governed" / "master" / "person")
    for _ in range(3):
        write(lake, "master/person", [{"person_id": "d"}])
    assert [one["person"] for one in trend.nights(str(lake), [TAX], 30)] == [None, None, None]


def test_nights_of_before_are_left_out(lake: Path) -> None:
    assert [one["night"] for one in trend.nights(str(lake), [TAX], 2)] == [march(4), march(5)]


def test_each_unit_of_a_night_over_its_sources_each_as_of_its_last_closing(lake: Path) -> None:
    land, refine, link = trend.units(str(lake), march(4))
    assert land == {"unit": "land", "sources": 2, "failed": 0, "seconds": 2.2, "rows_in": 25, "rows_out": 25}
    assert refine == {"unit": "refine", "sources": 2, "failed": 1, "seconds": 1.2, "rows_in": 20, "rows_out": 15}
    assert link == {"unit": "link", "sources": None, "failed": 0, "seconds": 1.0, "rows_in": 15, "rows_out": 3}


def test_status_says_which_source_failed_and_why_and_not_one_that_was_mended(lake: Path) -> None:
    def said(*options: str) -> tuple[dict[str, Any], str]:
        call = ["status", "--lake", str(lake), *options]
        text = CliRunner().invoke(app, call).output
        return json.loads(CliRunner().invoke(app, [*call, "--json"]).output), text

    told, text = said()
    assert told["failed"] == [{"unit": "refine", "source": "civil_relief", "reason": "no space"}]
    assert told["unclosed"] == []
    assert "(night of 2026-03-04)" in text and "no space" in text and "no key" not in text
    assert said("--date", "2026-03-02")[0]["failed"] == []


def test_status_says_what_failed_in_a_night_that_did_not_close(lake: Path) -> None:
    ran(lake, 1, 0, "land", "tax_payer", "failed", "long ago, and a later night closed")
    ran(lake, 5, 0, "land", "civil_relief", "done")
    ran(lake, 5, 1, "land", "tax_payer", "failed", "no way in")
    ran(lake, 5, 2, "link", "", figures.STARTED)
    (told,) = state.status(str(lake))["unclosed"]
    assert told == {
        "night": "2026-03-05",
        "failed": [
            {"unit": "land", "source": "tax_payer", "reason": "no way in"},
            {"unit": "link", "source": "", "reason": state.NOT_ENDED},
        ],
    }
    text = CliRunner().invoke(app, ["status", "--lake", str(lake)]).output
    assert "night 2026-03-05 did not close" in text and "no way in" in text and "long ago" not in text
    assert [one["night"] for one in state.status(str(lake), march(1))["unclosed"]] == ["2026-03-01"]
    assert state.status(str(lake), march(4))["unclosed"] == []


def test_each_suite_of_each_night_with_its_worst_rule(lake: Path) -> None:
    def one(suite: str, day: int, delivered: int | None, broken: int, rule: str | None) -> dict[str, Any]:
        return {"suite": suite, "night": march(day), "delivered": delivered, "broken": broken, "rule": rule}

    assert trend.quality(str(lake), 30) == [
        one("master_person", 2, None, 2, "alive_present"),
        one("master_person", 4, None, 1, "alive_present"),
        one("tax_payer", 2, 10, 0, None),
        one("tax_payer", 4, 20, 8, "uscc_valid"),
    ]


def test_a_lake_before_its_first_night_has_no_trend(tmp_path: Path) -> None:
    assert trend.nights(str(tmp_path), [TAX], 30) == [] and trend.quality(str(tmp_path), 30) == []


def test_bars_are_as_high_as_the_values() -> None:
    assert (bars([0, 1, 2, 4]), bars([0, 0]), bars([])) == ("▁▃▅█", "▁▁", "")


def test_status_shows_one_night_or_the_trend(lake: Path) -> None:
    def said(*options: str) -> str:
        return CliRunner().invoke(app, ["status", "--lake", str(lake), *options]).output

    night = said("--date", "2026-03-04")
    assert "Night 夜 2026-03-04" in night and "2026-03-04 │ tax_payer" in night and "2026-03-02 │" not in night
    assert "below the set share" in said()
    shown = said("--days", "30")
    assert "03-05 02:11" in shown, "the time of Shanghai"
    assert "uscc_valid" in shown and "▁█" in shown
    told = json.loads(said("--days", "30", "--json"))
    assert (len(told["nights"]), len(told["quality"])) == (3, 4)
    assert [u["unit"] for u in json.loads(said("--date", "2026-03-04", "--json"))["units"]] == [
        "land",
        "refine",
        "link",
    ]


def test_one_night_and_many_are_two_questions(lake: Path) -> None:
    told = CliRunner().invoke(app, ["status", "--lake", str(lake), "--days", "3", "--date", "2026-03-04"])
    assert told.exit_code != 0 and "give one of them" in str(told.exception)
