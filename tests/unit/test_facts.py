"""The facts by which a source, a crosswalk and a record are kept: what code lists say is among them (rule 10)."""

from collections.abc import Callable

import pytest

from pipelines.link import link
from pipelines.link.subject import PERSON
from pipelines.nightly import refined_by
from pipelines.protect import protect
from pipelines.protect.keyring import Key, KeyRing
from schemas import codelists, contract

KEYS = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"c" * 16),))
HOUSEHOLD, URBAN = (contract.load(s) for s in ("police_household", "urban_component"))
FACTS: dict[str, Callable[[], str]] = {
    "refine": lambda: refined_by(HOUSEHOLD, KEYS).facts,
    "link": lambda: link._facts([HOUSEHOLD], PERSON),
    "protect": lambda: protect._facts(HOUSEHOLD, KEYS),
}


def rewritten(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list in which a text more stands for its first code."""
    told, known = codelists.rows(name), codelists.rows
    more = ({**told[0], "aliases": f"{told[0]['aliases']}|又一个"}, *told[1:])
    monkeypatch.setattr(codelists, "rows", lambda asked: more if asked == name else known(asked))


@pytest.mark.parametrize(
    ("unit", "name"),
    [("refine", "ethnic"), ("link", "variant"), ("link", "surname"), ("protect", "variant"), ("protect", "surname")],
)
def test_another_text_in_a_code_list_is_another_fact(unit: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = FACTS[unit]()
    assert FACTS[unit]() == before
    rewritten(name, monkeypatch)
    assert FACTS[unit]() != before


def test_a_list_that_no_field_of_a_source_uses_is_none_of_its_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [refined_by(one, KEYS).facts for one in (HOUSEHOLD, URBAN)]
    rewritten("crs", monkeypatch)
    after = [refined_by(one, KEYS).facts for one in (HOUSEHOLD, URBAN)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False]
