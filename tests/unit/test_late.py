"""Who is late: what the contracts promise, against what the nights took."""

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import state
from pipelines.about import FORMAT
from pipelines.cli import app
from pipelines.deliveries import Entry
from pipelines.late import late
from schemas import contract
from schemas.contract import Contract
from schemas.errors import RendiError


def march(number: int) -> dt.date:
    return dt.date(2026, 3, number)


def entry(source: str, date: int, state: str = "accepted", night: int | None = None) -> Entry:
    day, taken = march(date), march(night or date)
    return Entry(source=source, delivery=f"{day:%Y%m%d}-{state}", date=day, night=taken, state=state)  # type: ignore[arg-type]


def promised(source: str, every: int = 1, due: str = "02:00") -> Contract:
    return contract.load(source).model_copy(update={"every_days": every, "due": due})


PENALTY, TAX, RELIEF = (promised(s) for s in ("market_penalty", "tax_payer", "civil_relief"))


def names(told: list[dict]) -> list[tuple]:
    return [(one["source"], one["state"], one["last"], one["since"]) for one in told]


def test_a_source_is_late_from_the_day_after_its_last_delivery_ran_out() -> None:
    weekly = promised("market_penalty", every=7, due="01:30")
    entries = [entry("market_penalty", 2)]
    assert late(entries, [weekly], march(8)) == []
    assert late(entries, [weekly], march(11)) == [
        {
            "source": "market_penalty",
            "every": 7,
            "due": "01:30",
            "last": "2026-03-02",
            "state": "late",
            "since": "2026-03-09 01:30",
        }
    ]


def test_a_source_is_late_from_the_hour_on_at_which_it_was_due() -> None:
    evening, entries = promised("market_penalty", due="18:00"), [entry("market_penalty", 2)]
    assert late(entries, [evening], march(3), dt.datetime(2026, 3, 3, 2)) == []
    for now in (dt.datetime(2026, 3, 3, 18), dt.datetime(2026, 3, 4, 0, 5)):
        assert names(late(entries, [evening], march(3), now)) == [
            ("market_penalty", "late", "2026-03-02", "2026-03-03 18:00")
        ]
    assert late(entries, [evening], march(2), dt.datetime(2026, 3, 4)) == []


def test_a_source_that_delivered_for_the_night_is_not_late() -> None:
    assert late([entry("market_penalty", 2), entry("market_penalty", 3)], [PENALTY], march(3)) == []


def test_a_source_that_never_delivered_is_never_and_not_late() -> None:
    assert names(late([], [PENALTY], march(3))) == [("market_penalty", "never", None, None)]


def test_the_same_content_again_is_a_delivery_and_a_refused_or_waiting_one_is_none() -> None:
    entries = [entry(s, 2) for s in ("market_penalty", "tax_payer", "civil_relief")]
    entries += [entry("market_penalty", 3, "skipped"), entry("tax_payer", 3, "refused")]
    entries += [entry("civil_relief", 3, "landed")]
    told = late(entries, [PENALTY, TAX, RELIEF], march(3))
    assert [one["source"] for one in told] == ["civil_relief", "tax_payer"]


def test_a_source_that_was_only_refused_is_late_since_it_began() -> None:
    entries = [entry("tax_payer", 2, "refused"), entry("tax_payer", 3, "refused")]
    assert names(late(entries, [TAX], march(3))) == [("tax_payer", "late", None, "2026-03-02 02:00")]


def test_what_a_later_night_took_does_not_excuse_an_earlier_one() -> None:
    entries = [entry("tax_payer", 2), entry("tax_payer", 3, night=5)]
    assert names(late(entries, [TAX], march(4))) == [("tax_payer", "late", "2026-03-02", "2026-03-03 02:00")]
    assert names(late(entries, [TAX], march(5))) == [("tax_payer", "late", "2026-03-03", "2026-03-04 02:00")]


def test_a_delivery_that_was_replaced_afterwards_had_come() -> None:
    entries = [entry("tax_payer", 3, "replaced"), entry("tax_payer", 3, night=5)]
    assert late(entries, [TAX], march(3)) == []


def test_the_longest_late_come_first_and_those_that_never_delivered_last() -> None:
    told = late([entry("market_penalty", 3), entry("tax_payer", 2)], [RELIEF, PENALTY, TAX], march(9))
    assert [one["source"] for one in told] == ["tax_payer", "market_penalty", "civil_relief"]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with a journal and no table: two nights, in the second of which one of two sources came."""
    (tmp_path / "format.json").write_text(json.dumps({"format": FORMAT}))
    for one in (entry("market_penalty", 2), entry("tax_payer", 2), entry("tax_payer", 3)):
        file = tmp_path / "restricted" / "journal" / one.source / f"{one.delivery}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(one.model_dump_json())
    return tmp_path


def told(lake: Path, *options: str) -> dict:
    return json.loads(CliRunner().invoke(app, ["status", "--lake", str(lake), "--json", *options]).output)


def test_status_tells_who_is_late_as_of_the_last_night_or_another(lake: Path) -> None:
    def by_state(which: str, *options: str) -> list[str]:
        return [one["source"] for one in told(lake, *options)["late"] if one["state"] == which]

    assert state.last_night(str(lake)) == march(3)
    assert by_state("late") == ["market_penalty"]
    assert by_state("late", "--date", "2026-03-02") == []
    assert set(by_state("never")) == set(contract.sources()) - {"market_penalty", "tax_payer"}
    parts = "deliveries masters catalogue late not_taken failed unclosed unread units"
    assert set(told(lake)) == set(parts.split()) and len(told(lake)["deliveries"]) == 3


def test_the_table_of_the_late_stands_behind_the_others_and_names_the_night(lake: Path) -> None:
    said = CliRunner().invoke(app, ["status", "--lake", str(lake)]).output
    assert said.index("Deliveries") < said.index("Masters") < said.index("Late 逾期 (night of 2026-03-03)")
    assert "2026-03-03 02:00" in said


def test_in_a_lake_without_a_night_nobody_is_late(tmp_path: Path) -> None:
    (tmp_path / "format.json").write_text(json.dumps({"format": FORMAT}))
    assert told(tmp_path)["late"] == []


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("value: '02:00'", "value: '2 am'", "due"),
        # YAML reads this as 720.
        ("value: '02:00'", "value: 12:00", "due"),
        ("frequency, value: 1", "frequency, value: 0", "every_days"),
        ("frequency, value: 1, unit: d", "frequency, value: 1, unit: m", "write frequency in the unit 'd'"),
    ],
)
def test_a_promise_that_cannot_be_computed_with_does_not_parse(written: str, instead: str, said: str) -> None:
    text = (contract.FOLDER / "market_penalty.yaml").read_text(encoding="utf-8")
    assert written in text
    with pytest.raises(RendiError, match=said):
        contract.parse(text.replace(written, instead), "market_penalty.yaml")
