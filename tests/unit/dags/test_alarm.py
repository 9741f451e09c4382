"""Who is told when a task failed or the masters are late: log and webhook, whatever becomes of the webhook."""

import asyncio
import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from dags.alarm import failed, late
from tests.webhook import served

RUN = SimpleNamespace(dag_id="nightly", run_id="scheduled__2026-03-03")
SAID = """Cannot execute spark-submit. Error code is: 1.
 rendi: planning_address: refused, below the set share
 Traceback (most recent call last): 440106199001011234
"""


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "rendi")
    return caplog


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str | None, object]]]:
    """What a webhook was posted: kind of content and body."""
    posted: list[tuple[str | None, object]] = []

    with served(lambda kind, body: posted.append((kind, body))) as address:
        monkeypatch.setenv("RENDI_WEBHOOK", f"{address}/hook")
        yield posted


def fail(task: str, said: str | None, source: str | None = None) -> None:
    error = RuntimeError(said) if said is not None else None
    failed(
        {"exception": error, "dag_run": RUN, "task_instance": SimpleNamespace(task_id=task, rendered_map_index=source)}
    )


def test_a_task_that_failed_is_told_with_what_rendi_said_last(
    told: list[tuple[str, object]], log: pytest.LogCaptureFixture
) -> None:
    fail("source", SAID, "planning_address")
    text = (
        "nightly scheduled__2026-03-03: source planning_address failed: "
        "rendi: planning_address: refused, below the set share"
    )
    assert told == [("application/json", {"text": text})]
    assert [(record.levelname, record.getMessage()) for record in log.records] == [("ERROR", text)]


@pytest.mark.parametrize("said", ["Error code is: 137. 440106199001011234", None])
def test_a_task_that_said_no_reason_is_told_without_its_output(
    said: str | None, told: list[tuple[str, object]], log: pytest.LogCaptureFixture
) -> None:
    fail("master", said)
    text = "nightly scheduled__2026-03-03: master failed: see the log of the task"
    assert told == [("application/json", {"text": text})] and log.messages == [text]


def test_masters_that_miss_their_deadline_are_told(
    told: list[tuple[str, object]], log: pytest.LogCaptureFixture
) -> None:
    asyncio.run(late({"dag_run": {"dag_id": RUN.dag_id, "dag_run_id": RUN.run_id}}, more="ignored"))
    text = "nightly scheduled__2026-03-03: the masters are late; the last closed night stays in force"
    assert told == [("application/json", {"text": text})] and log.messages == [text]


def test_without_a_webhook_the_log_is_told(monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv("RENDI_WEBHOOK", raising=False)
    fail("link", "rendi: link: no")
    assert log.messages == ["nightly scheduled__2026-03-03: link failed: rendi: link: no"]


@pytest.mark.parametrize(
    "address",
    ["hooks.example/s3cret", "http://[s3cret", "http://127.0.0.1:s3cret/", "http://.s3cret/", "http://h/s3cret é"],
)
def test_a_webhook_that_is_no_address_is_one_sentence_without_it(
    address: str, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RENDI_WEBHOOK", address)
    fail("link", "rendi: link: no")
    first, second = log.messages
    assert first.endswith("link failed: rendi: link: no")
    assert "see whether RENDI_WEBHOOK is an address" in second and "s3cret" not in second and "\n" not in second


def test_a_webhook_that_does_not_answer_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RENDI_WEBHOOK", "http://127.0.0.1:9/")
    fail("link", "rendi: link: no")
    assert len(log.messages) == 2 and log.messages[1].startswith("the webhook did not take it: ")
