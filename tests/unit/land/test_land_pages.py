"""Paged JSON: every record once, whatever the pages do, or a reason why not."""

import json
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from interface import TOKEN, Interface, served

from pipelines.land import read_pages, web
from pipelines.land.read_pages import Fetched
from schemas import contract as contracts
from schemas.contract import Contract
from schemas.errors import RendiError
from schemas.pages import Pages

TAX = contracts.load("tax_payer")
DAY = date(2026, 3, 2)
RECORDS = [{"taxpayer_no": str(number), "name": "甲", "arrears_yuan": 1.5} for number in range(10)]
WAYS = [
    {"number": "page"},
    {"next": "data.next"},
    {"cursor": "cursor", "cursor_at": "data.cursor"},
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("RENDI_HTTP_TAX_PAYER_TOKEN", TOKEN)


def asking(interface: Interface, **way: Any) -> Contract:
    pages = {"total": "data.total", "rows": "data.rows", "per_second": 1000, **(way or {"number": "page"})}
    return TAX.model_copy(update={"format": "http", "url": interface.url, "pages": Pages.model_validate(pages)})


def fetched(interface: Interface, folder: Path, **way: Any) -> Fetched:
    return read_pages.fetch(asking(interface, **way), DAY, folder)


def numbers(found: Fetched) -> list[str]:
    lines = found.lines.read_text(encoding="utf-8").splitlines()
    assert len(lines) == found.records
    return sorted((json.loads(line)["taxpayer_no"] for line in lines), key=int)


def all_numbers(records: Sequence[Any] = RECORDS) -> list[str]:
    return [record["taxpayer_no"] for record in records]


@pytest.mark.parametrize("way", WAYS)
def test_all_pages_are_fetched_by_number_link_or_cursor_and_kept_as_they_came(
    tmp_path: Path, way: dict[str, str]
) -> None:
    with served(RECORDS) as interface:
        found = fetched(interface, tmp_path / "f", **way)
    assert (numbers(found), found.reason) == (all_numbers(), "")
    pages = sorted(found.pages.iterdir())
    assert [len(json.loads(page.read_bytes())["data"]["rows"]) for page in pages] == [3, 3, 3, 1]
    assert sorted(path.name for path in (tmp_path / "f").iterdir()) == ["pages", "tax_payer_20260302.jsonl"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", ["drop", "cut", "truncated", 429, 500, 503])
def test_what_passes_is_asked_for_again_and_nothing_is_counted_twice(tmp_path: Path, fault: Any, way: Any) -> None:
    with served(RECORDS, faults=[None, fault, fault]) as interface:
        found = fetched(interface, tmp_path / "f", **way)
    assert (numbers(found), found.reason, len(interface.asked)) == (all_numbers(), "", 6)


@pytest.mark.parametrize(("fault", "said"), [("drop", "breaks off"), ("truncated", "cut short"), (500, "answers 500")])
def test_an_interface_that_stays_broken_is_given_up_with_a_sentence(tmp_path: Path, fault: Any, said: str) -> None:
    with (
        served(RECORDS, faults=[None, *[fault] * 20]) as interface,
        pytest.raises(RendiError, match=f"^tax_payer: the interface at 127.0.0.1 .*{said}.*6 times"),
    ):
        fetched(interface, tmp_path / "f")
    assert len(interface.asked) == 7


def test_a_page_that_comes_again_adds_nothing(tmp_path: Path) -> None:
    class Stuttering(Interface):
        def page(self, query: dict[str, list[str]]) -> dict[str, Any]:
            return super().page({"page": [str([1, 1, 2, 3, 3, 4][int(query["page"][0]) - 1])]})

    with served(RECORDS) as interface:
        interface.__class__ = Stuttering
        found = fetched(interface, tmp_path / "f")
    assert (numbers(found), found.reason, len(interface.asked)) == (all_numbers(), "", 6)


@pytest.mark.parametrize("way", WAYS)
def test_a_page_in_place_of_another_is_asked_for_once_again(tmp_path: Path, way: dict[str, str]) -> None:
    with served(RECORDS, faults=[None, "repeat"]) as interface:
        found = fetched(interface, tmp_path / "f", **way)
    assert (numbers(found), found.reason) == (all_numbers(), "")
    assert len(list(found.pages.iterdir())) == 4


def test_a_record_that_changes_and_moves_behind_pages_that_were_read_is_asked_for_once_again(tmp_path: Path) -> None:
    class Sorted(Interface):
        """By time of change, so that a record which changes goes to the end, and those behind it forward by one."""

        def page(self, query: dict[str, list[str]]) -> dict[str, Any]:
            if len(self.asked) == 2:
                first, *rest = self.records
                self.records = [*rest, {**first, "name": "乙"}]
            return super().page(query)

    with served(RECORDS) as interface:
        interface.__class__ = Sorted
        found = fetched(interface, tmp_path / "f")
    # The total agreed the first time, too: record 0 stood there twice, and record 3 on no page.
    assert (numbers(found), found.reason, len(interface.asked)) == (all_numbers(), "", 8)
    assert len(list(found.pages.iterdir())) == 4


def test_records_of_one_key_that_stay_where_they_are_are_what_the_department_holds(tmp_path: Path) -> None:
    again = [*RECORDS, {**RECORDS[0], "name": "乙"}, {"name": "丙"}, {"name": "丁"}, 7]
    with served(again) as interface:
        found = fetched(interface, tmp_path / "f")
    assert (found.records, found.reason, len(interface.asked)) == (14, "", 10)


def test_a_page_that_never_comes_refuses_the_whole(tmp_path: Path) -> None:
    class Stuck(Interface):
        def page(self, query: dict[str, list[str]]) -> dict[str, Any]:
            return super().page({"page": [query["page"][0].replace("2", "1")]})

    with served(RECORDS) as interface:
        interface.__class__ = Stuck
        found = fetched(interface, tmp_path / "f")
    assert found.reason == "the interface says 10 records, and gave 7 different ones (3 came again), twice in a row"


def test_the_same_records_in_other_pages_and_another_order_are_the_same_file(tmp_path: Path) -> None:
    reordered = [dict(reversed(record.items())) for record in reversed(RECORDS)]
    texts = []
    for folder, records, size in (("a", RECORDS, 3), ("b", reordered, 4), ("c", RECORDS[5:] + RECORDS[:5], 1)):
        with served(records, size=size) as interface:
            texts.append(fetched(interface, tmp_path / folder).lines.read_bytes())
    assert texts[0] == texts[1] == texts[2]


def test_records_that_move_from_page_to_page_while_they_are_fetched_are_refused(tmp_path: Path) -> None:
    class Moving(Interface):
        def page(self, query: dict[str, list[str]]) -> dict[str, Any]:
            self.records = [*self.records[-1:], *self.records[:-1]]
            return super().page(query)

    with served(RECORDS) as interface:
        interface.__class__ = Moving
        found = fetched(interface, tmp_path / "f")
    assert "10 records, and gave" in found.reason and "came again" in found.reason


@pytest.mark.parametrize("times", [1, 2])
def test_a_total_that_changes_in_between_is_asked_for_once_again_and_then_refused(tmp_path: Path, times: int) -> None:
    with served(RECORDS, faults=[None, "more", *[None, "more"] * (times - 1)]) as interface:
        found = fetched(interface, tmp_path / "f")
    expected = "" if times == 1 else "the total changed from 10 to 11 while the pages were fetched, twice in a row"
    assert found.reason == expected


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ({"number": "page", "total": "data.count"}, "page 1 has no number at 'data.count'"),
        ({"number": "page", "rows": "data.total"}, "page 1 has no list at 'data.total'"),
    ],
)
def test_a_document_of_another_shape_is_refused_with_the_place(tmp_path: Path, way: dict[str, str], said: str) -> None:
    with served(RECORDS) as interface:
        assert fetched(interface, tmp_path / "f", **way).reason.startswith(said)


def test_an_error_message_in_place_of_a_page_is_not_quoted_and_may_be_about_the_token(tmp_path: Path) -> None:
    page = b'{"code": 401, "message": "token of Zhang San expired", "data": null}'
    with served(RECORDS, faults=[page, page]) as interface:
        found = fetched(interface, tmp_path / "f")
    assert found.reason == (
        "page 1 has no number at 'data.total', where the total should be: is the contract's 'pages' right, is the page "
        "an error message, or has the token run out?"
    )


def test_a_total_that_no_computer_counts_to_is_refused(tmp_path: Path) -> None:
    page = json.dumps({"data": {"total": "1" * 5000, "rows": []}}).encode()
    with served(RECORDS, faults=[page, page]) as interface:
        found = fetched(interface, tmp_path / "f")
    assert found.reason == "page 1 has a number of 5000 digits at 'data.total', which is no total"


@pytest.mark.parametrize(
    ("way", "page", "said"),
    [
        ({"next": "data.next"}, {"next": "http://[bad/"}, "has an address that is none: ask the department"),
        ({"next": "data.next"}, {"next": "?at=\ud800"}, "has an address that is none: ask the department"),
        (WAYS[2], {"cursor": "\ud800"}, "the cursor at 'data.cursor' holds half a character: ask the department"),
    ],
)
def test_a_next_page_that_cannot_be_asked_for_is_told_in_a_sentence(
    tmp_path: Path, way: dict[str, str], page: dict[str, str], said: str
) -> None:
    first = json.dumps({"data": {"total": 10, "rows": RECORDS[:3], **page}}).encode()
    with served(RECORDS, faults=[first]) as interface, pytest.raises(RendiError, match=f"{said}$"):
        fetched(interface, tmp_path / "f", **way)
    assert len(interface.asked) == 1


def test_an_interface_that_never_ends_is_left(tmp_path: Path) -> None:
    class Endless(Interface):
        def page(self, query: dict[str, list[str]]) -> dict[str, Any]:
            here = int((query.get("cursor") or ["0"])[0])
            return {"data": {"total": 5, "rows": RECORDS[:2], "next": f"?cursor={here + 1}"}}

    with served(RECORDS) as interface:
        interface.__class__ = Endless
        found = fetched(interface, tmp_path / "f", next="data.next")
    assert found.records == 2 and "says 5 records" in found.reason and len(interface.asked) == 8


def test_no_more_pages_are_asked_for_than_the_contract_and_the_interface_allow(tmp_path: Path) -> None:
    with served(RECORDS, faults=[None, 429.001]) as interface:
        fetched(interface, tmp_path / "f", number="page", per_second=20)
    times = [asked for asked, _, _ in interface.asked]
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert sum(pauses) >= 1.0 + 3 * 0.05 - 0.02 and pauses[1] >= 0.98


def test_the_second_round_waits_for_its_turn_as_well(tmp_path: Path) -> None:
    with served(RECORDS, total=99) as interface:
        fetched(interface, tmp_path / "f", number="page", per_second=20)
    times = [asked for asked, _, _ in interface.asked]
    assert len(times) > 4 and min(later - sooner for sooner, later in pairwise(times)) >= 0.03


def test_an_interface_that_wants_to_be_left_alone_for_long_is_left_alone(tmp_path: Path) -> None:
    with (
        served(RECORDS, faults=[429.999]) as interface,
        pytest.raises(RendiError, match="wants to be left alone for 999 seconds: try later"),
    ):
        fetched(interface, tmp_path / "f")
    assert len(interface.asked) == 1


@pytest.mark.parametrize("fault", [301, 302, 404])
def test_what_does_not_pass_is_not_asked_for_again(tmp_path: Path, fault: int) -> None:
    with (
        served(RECORDS, faults=[fault]) as interface,
        pytest.raises(RendiError, match=f"answers {fault}: is the contract's 'url' right"),
    ):
        fetched(interface, tmp_path / "f")
    assert len(interface.asked) == 1


def test_the_token_goes_to_no_other_server(tmp_path: Path) -> None:
    with served(RECORDS) as other, served(RECORDS, elsewhere=other.url) as interface:
        with pytest.raises(RendiError, match="lies on another server"):
            fetched(interface, tmp_path / "f", next="data.next")
        assert other.asked == []


@pytest.mark.parametrize("token", ["another-secret", "secret with blanks", ""])
def test_no_message_and_no_log_holds_the_token_or_the_address(
    tmp_path: Path,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RENDI_HTTP_TAX_PAYER_TOKEN", token)
    caplog.set_level("DEBUG")
    with served(RECORDS, faults=["drop", 500]) as interface:
        monkeypatch.setenv("RENDI_HTTP_TAX_PAYER", f"{interface.url}?key=another-secret")
        with pytest.raises(RendiError, match="RENDI_HTTP_TAX_PAYER_TOKEN") as caught:
            fetched(interface, tmp_path / "f")
    told = capfd.readouterr()
    warned = "".join(record.getMessage() for record in caplog.records if record.levelname != "DEBUG")
    assert "secret" not in str(caught.value) + told.out + told.err + warned


def test_values_stay_as_written_and_what_is_no_record_stays_a_line(tmp_path: Path) -> None:
    odd = [{"taxpayer_no": "1", "arrears_yuan": 1.10, "tags": [1, None]}, 7, None, {"name": "\ud800"}]
    lines = [read_pages.line(record) for record in odd]
    assert lines[0] == '{"arrears_yuan": "1.1", "tags": "[1,null]", "taxpayer_no": "1"}'
    assert lines[1:] == ["7", "null", '{"name": "\\ud800"}']

    class Written(Interface):
        def page(self, query: dict[str, list[str]]) -> dict[str, Any]:
            return {"data": {"total": 1, "rows": [{"taxpayer_no": "1", "arrears_yuan": 10**20}]}}

    with served([]) as interface:
        interface.__class__ = Written
        found = fetched(interface, tmp_path / "f")
    assert json.loads(found.lines.read_text()) == {"arrears_yuan": "100000000000000000000", "taxpayer_no": "1"}


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({"total": "t", "rows": "r"}, "by one of 'number', 'next' and 'cursor'"),
        ({"total": "t", "rows": "r", "number": "page", "next": "n"}, "by one of"),
        ({"total": "t", "rows": "r", "cursor": "c"}, "go together"),
        ({"total": "t", "rows": "r", "numbr": "page"}, "did you mean 'number'"),
    ],
)
def test_a_contract_that_does_not_say_how_pages_follow_is_refused(pages: dict[str, str], said: str) -> None:
    text = (contracts.FOLDER / "tax_payer.yaml").read_text(encoding="utf-8")
    http = "value: http}\n  - {property: url, value: 'https://tax.city/list'}\n  - property: pages\n    value: "
    with pytest.raises(RendiError, match=said):
        contracts.parse(text.replace("value: jsonl}", f"{http}{json.dumps(pages)}"), "tax_payer.yaml")
