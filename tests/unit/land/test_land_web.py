"""One document of an interface: waited for, read to its end, and judged."""

import json
from itertools import pairwise

import pytest
from interface import TOKEN, Interface, served

from pipelines.land import web
from pipelines.land.web import TRIES, Answer, Web
from schemas import contract as contracts
from schemas.errors import RendiError

TAX = contracts.load("tax_payer")
WHOLE = json.dumps({"data": {"total": 1, "rows": [{"name": "甲\n", "tax": -1.5e-7, "ok": True}]}}, ensure_ascii=False)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("RENDI_HTTP_TAX_PAYER_TOKEN", TOKEN)


def ask(interface: Interface) -> Answer:
    return Web(TAX, 1000).ask(interface.url)


@pytest.mark.parametrize("said", ["0", "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Foo 2015 07:28:00 GMT", "soon"])
def test_a_time_to_wait_that_is_over_or_none_does_not_shorten_our_own(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(web, "FIRST_WAIT", 0.1)
    with served([], faults=[said] * 3) as interface:
        ask(interface)
    times = [asked for asked, _, _ in interface.asked]
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert len(pauses) == 3 and all(pause >= least for pause, least in zip(pauses, (0.1, 0.2, 0.4), strict=True))


def test_a_page_that_dribbles_is_left_and_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LONGEST_PAGE", 0.2)
    with served([], faults=["dribble"]) as interface:
        assert ask(interface).document["data"]["total"] == 0
    assert len(interface.asked) == 2
    with (
        served([], faults=["dribble"] * TRIES) as interface,
        pytest.raises(RendiError, match=r"takes longer than .* minutes for a page, 6 times: try later"),
    ):
        ask(interface)


def test_a_large_page_is_read_whole() -> None:
    records = [{"number": number} for number in range(20_000)]
    with served(records, size=len(records)) as interface:
        assert ask(interface).document["data"]["rows"] == records


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    data = WHOLE.encode("utf-8-sig")
    with served([], faults=[data]) as interface:
        assert ask(interface) == Answer(data, json.loads(WHOLE))


def test_a_document_is_cut_short_wherever_it_ends_too_early() -> None:
    data = WHOLE.encode()
    with served([]) as interface:
        for at in range(len(data)):
            interface.faults = [data[:at], data]
            assert ask(interface).data == data
    assert len(interface.asked) == 2 * len(data)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b"\xef\xbb\xbf\r\n<!DOCTYPE html>",
            "a page, e.g. of a login, .* 'url' right, and is RENDI_HTTP_TAX_PAYER_TOKEN",
        ),
        ("<html>登录".encode("gb18030"), "a page, e.g. of a login"),
        ('{"name": "甲乙"}'.encode("gb18030"), "is not in utf-8: is the contract's 'encoding' right"),
        (b'{"tax": NaN}', r"is not JSON as the standard has it \(NaN is not JSON\): ask the department"),
        (b'{"tax": 1, "tax": 2}', r"not JSON .* \(a key stands twice in an object\)"),
        (b'{"name": "a\x01b"}', r"not JSON .* \(Invalid control character at: line 1 column 12"),
        (b'{"name": 1,}', r"not JSON .* \(Expecting property name"),
        (b'{"name": 1} {', r"not JSON .* \(Extra data"),
        (b"denied", r"not JSON .* \(Expecting value"),
        (b'{"total": ' + b"1" * 5000 + b"}", r"not JSON .*5000 digits\): ask"),
    ],
)
def test_what_no_further_try_would_mend_is_told_by_its_cause_at_once(body: bytes, said: str) -> None:
    with (
        served([], faults=[body]) as interface,
        pytest.raises(RendiError, match=f"^tax_payer: the interface at 127.0.0.1 gives .*{said}"),
    ):
        ask(interface)
    assert len(interface.asked) == 1
