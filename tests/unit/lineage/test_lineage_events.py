"""OpenLineage events: as the specification has them, into the file always, and to a server that may be down."""

import datetime as dt
import json
import logging
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from pipelines import figures
from pipelines.lake import Lake
from pipelines.lineage.told import Told
from schemas.errors import RendiError
from tests.unit.lineage.lineage_spec import edges_of, validate

DATE = dt.date(2026, 3, 2)
RUN = uuid.uuid4().hex


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake of one source, as refine leaves it; no test here needs Spark."""
    made = Lake(None, str(tmp_path / "lake"))  # type: ignore[arg-type]
    rows = pa.table({"decision_no": ["1"], "amount_wan": pa.array([1.5]), "_night": [DATE]})
    for zone in ("bronze", "silver"):
        write_deltalake(made.path(f"{zone}/market_penalty"), rows)
    return made


def told(lake: Lake, url: str | None = None, error: BaseException | None = None) -> list[dict[str, Any]]:
    """The events of one refine of market_penalty, as the file has them."""
    one = Told(lake, RUN, DATE, url).start("refine", "market_penalty", str(uuid.uuid4()))
    one.end(error)
    return kept(lake)


def kept(lake: Lake) -> list[dict[str, Any]]:
    file = Path(lake.root) / "governed" / "ops" / "openlineage" / "2026-03-02.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_unit_tells_that_it_starts_and_that_it_is_complete(lake: Lake) -> None:
    start, complete = told(lake)
    validate(start)
    validate(complete)
    assert [e["eventType"] for e in (start, complete)] == ["START", "COMPLETE"]
    assert start["run"]["runId"] == complete["run"]["runId"] != str(uuid.UUID(RUN))
    assert complete["job"] == {"namespace": "rendi", "name": "refine.market_penalty", "facets": {}}
    assert complete["run"]["facets"]["parent"]["run"]["runId"] == str(uuid.UUID(RUN))
    assert complete["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2026-03-02T00:00:00+08:00"
    assert [d["name"] for d in complete["inputs"]] == ["bronze/market_penalty"]


def test_outputs_are_the_tables_that_there_are_with_their_columns(lake: Lake) -> None:
    _, complete = told(lake)
    (silver,) = complete["outputs"]
    assert silver["name"] == "silver/market_penalty"
    assert [(f["name"], f["type"], f["ordinal_position"]) for f in silver["facets"]["schema"]["fields"]] == [
        ("decision_no", "string", 1),
        ("amount_wan", "double", 2),
        ("_night", "date", 3),
    ]


def test_the_facet_says_the_same_as_the_edges(lake: Lake) -> None:
    _, complete = told(lake)
    facts = Told(lake, RUN, DATE, None).facts.of("refine", "market_penalty")
    assert edges_of(complete) == {e for e in facts if e.to_table == "silver/market_penalty"}


def test_a_failure_says_why_but_of_a_foreign_error_only_its_kind(lake: Lake) -> None:
    *_, failed = told(lake, error=RendiError("the sum does not add up"))
    validate(failed)
    assert failed["eventType"] == "FAIL"
    assert failed["run"]["facets"]["errorMessage"]["message"] == "the sum does not add up"
    *_, foreign = told(lake, error=ValueError("张三 340104199001011234"))
    assert foreign["run"]["facets"]["errorMessage"]["message"] == "ValueError"


def test_of_a_unit_that_was_killed_the_next_run_tells(lake: Lake) -> None:
    killed = figures.Figure(
        night=DATE, unit="link", source="", started=dt.datetime.now(dt.UTC), seconds=0, state=figures.STARTED,
        run=str(uuid.uuid4()),
    )  # fmt: skip
    Told(lake, RUN, DATE, None).start("link", "", killed.run)
    Told(lake, RUN, DATE, None).abort(killed)
    start, aborted = kept(lake)
    validate(aborted)
    assert [e["eventType"] for e in (start, aborted)] == ["START", "ABORT"]
    assert (start["run"]["runId"], start["job"]) == (aborted["run"]["runId"], aborted["job"])
    assert start["run"]["facets"]["parent"] == aborted["run"]["facets"]["parent"]
    assert "before it could say why" in aborted["run"]["facets"]["errorMessage"]["message"]


def test_a_server_gets_the_events_that_the_file_holds(lake: Lake, server) -> None:
    assert told(lake, server.url) == server.got
    assert len(server.got) == 2


@pytest.mark.parametrize("down", ["refuses", "fails"])
def test_a_server_that_is_down_costs_one_sentence_and_no_event(
    lake: Lake, server, down: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.status = 503
    url = server.url if down == "fails" else "http://127.0.0.1:9/"
    with caplog.at_level(logging.WARNING):
        assert len(told(lake, url)) == 2
    (sentence,) = caplog.messages
    assert "the night goes on" in sentence and "2026-03-02.jsonl" in sentence
    # It was asked once, not once an event.
    assert server.asked == (1 if down == "fails" else 0)


def test_facts_that_cannot_be_read_leave_the_error_to_the_unit(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RendiError("credit.sql: no view 'master_persn'")

    monkeypatch.setattr("schemas.topic.load", broken)
    one = Told(lake, RUN, DATE, None).start("topics", "", str(uuid.uuid4()))
    one.end(RendiError("what the unit says itself"))
    start, failed = kept(lake)
    assert (start["outputs"], failed["eventType"]) == ([], "FAIL")
    assert failed["run"]["facets"]["errorMessage"]["message"] == "what the unit says itself"
