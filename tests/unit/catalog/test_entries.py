"""Entries and resources: what the catalogue says, and how a wrong entry is refused."""

import re
from typing import get_args

import pytest
import stdnum.cn.uscc

from catalog import codelists
from catalog.entry import Entry, Item, load, parse
from catalog.resource import Described, Resource, resources
from catalog.rows import item_rows, resource_rows
from pipelines.publish.publish import described
from pipelines.topics.topics import FOLDER
from schemas import contract as contracts
from schemas import topic
from schemas.errors import RendiError

TOPIC = """
kind: topic
category: '210001001'
serial: 9
title: 试验
title_en: Trial
abstract: 试验
abstract_en: Trial
provider: 政法委
subject: place
sharing: {condition: 依申请}
items:
  - {name: grid_code, label: 网格编码}
"""


def only(text: str, *described: Described) -> Resource:
    return next(r for r in resources(described, {"trial": parse(text, "trial")}, {}) if r.name == "trial")


def said_open(name: str) -> Item:
    return Item(name=name, label=name, sharing="无条件共享", openness="无条件开放")


@pytest.fixture(scope="module")
def topics() -> dict[str, Resource]:
    found = resources([described(one) for one in topic.load(FOLDER)])
    return {one.name: one for one in found if one.kind == "topic"}


@pytest.fixture(scope="module")
def everything() -> list[Resource]:
    return resources()


def test_every_source_master_and_topic_has_an_entry(everything: list[Resource]) -> None:
    by_kind = {kind: {r.name for r in everything if r.kind == kind} for kind in ("source", "master", "topic")}
    assert by_kind["source"] >= set(contracts.sources()) >= {"police_household", "urban_component"}
    relations = {"person_person", "person_legal_entity", "person_place", "legal_entity_place"}
    assert by_kind["master"] == {"person", "legal_entity", "place"} | relations
    assert by_kind["topic"] >= {"credit", "household", "health", "relief", "grid"}


def test_rows_answer_every_element_of_the_core_metadata() -> None:
    described = [r for r in resource_rows(resources()) if r["code"]]
    assert described
    for row in described:
        empty = {key for key, value in row.items() if value in ("", None, [])}
        # A resource without conditions, opening or open datasets has none to tell.
        assert empty <= {"sharing_condition", "opening_condition", "open_datasets"}, row["name"]
        assert (row["sharing_condition"] != "") or row["sharing"] == "无条件共享"
        assert re.fullmatch(r"[123]\d{2}\d{3}\d+/\d{6}", row["code"])
        assert row["code"].startswith(row["category_code"])


def test_items_come_from_the_contract() -> None:
    rows = [row for row in item_rows(resources()) if row["resource"] == "market_register"]
    contract = contracts.load("market_register")
    assert [(r["name"], r["label"], r["openness"]) for r in rows] == [
        (f.name, f.label, f.openness) for f in contract.fields
    ]
    assert [r["position"] for r in rows] == list(range(1, len(contract.fields) + 1))


def test_an_item_that_a_statute_publishes_names_the_register_and_stays_closed() -> None:
    (row,) = [r for r in item_rows(resources()) if (r["resource"], r["name"]) == ("market_register", "legal_rep")]
    assert row["published_in"] == "国家企业信用信息公示系统"
    assert row["openness"] == "不予开放"


def test_provider_codes_are_credit_codes() -> None:
    for row in codelists.load("providers").values():
        assert stdnum.cn.uscc.is_valid(row["code"]), row["name"]


def test_a_source_without_an_entry_stands_as_a_closed_draft() -> None:
    (draft,) = resources((), {}, {"market_penalty": contracts.load("market_penalty")})
    assert (draft.state, draft.code, draft.datasets) == ("draft", "", ())
    assert [item.name for item in draft.items][:2] == ["decision_no", "uscc"]


def test_a_described_topic_takes_its_items_from_its_table_and_their_class_from_the_entry() -> None:
    said = (said_open("grid_code"), said_open("new_column"))
    header = Described("topic", "trial", "试验", "试验", said)
    known, new = only(TOPIC.replace("网格编码}", "网格编码, openness: 无条件开放}"), header).items
    assert (known.name, known.openness) == ("grid_code", "无条件开放")
    assert (new.name, new.openness, new.sharing) == ("new_column", "不予开放", "有条件共享")


@pytest.mark.parametrize(("header", "entry"), [("无条件", "有条件"), ("有条件", "无条件"), ("不予", "有条件")])
def test_an_item_is_shared_and_open_as_the_less_of_what_header_and_entry_say(header: str, entry: str) -> None:
    said = Item.model_validate(
        {"name": "grid_code", "label": "网格", "sharing": f"{header}共享", "openness": f"{header}开放"}
    )
    text = TOPIC.replace("网格编码}", f"网格编码, kind: code, sharing: {entry}共享, openness: {entry}开放}}")
    text = text.replace("{condition: 依申请}", "{condition: 依申请, basis: 法}")
    (item,) = only(text, Described("topic", "trial", "试验", "试验", (said,))).items
    less = "不予" if "不予" in (header, entry) else "有条件"
    assert (item.sharing, item.openness) == (f"{less}共享", f"{less}开放")
    assert (item.label, item.kind) == ("网格编码", "code")


def test_the_catalogue_says_of_every_item_of_a_topic_what_its_header_says(topics: dict[str, Resource]) -> None:
    for one in topic.load(FOLDER):
        kept = {item.name: (item.sharing, item.openness) for item in topics[one.name].items}
        assert kept == {item.name: (item.sharing, item.openness) for item in one.items}, one.name


def test_what_a_topic_masks_stands_as_a_persons_mask(topics: dict[str, Resource]) -> None:
    masked = [item for one in topics.values() for item in one.items if item.name.endswith("_masked")]
    assert masked
    assert {item.kind for item in masked} == {"mask"}


def test_a_described_topic_without_an_entry_is_a_draft() -> None:
    (draft,) = resources([Described("topic", "fresh", "新", "新主题", (said_open("a"),))], {}, {})
    assert (draft.table, draft.state, draft.openness) == ("topic_fresh", "draft", "不予开放")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("abstract_en", "abstrct_en"), "trial.yaml.*abstract_en|trial.yaml.*did you mean"),
        (("provider: 政法委", "provider: 政法为"), "政法为.*providers.csv"),
        (("'210001001'", "'210001009'"), "210001009.*categories.csv"),
        (("label: 网格编码", "label: 网格编码, knd: text"), "did you mean 'kind'"),
        (("label: 网格编码", "label: 网格编码, kind: txt"), "kinds.csv; did you mean 'text'"),
        (("sharing: {condition: 依申请}", ""), "sharing.condition is missing"),
        (("label: 网格编码", "label: 网格编码, sharing: 不予共享"), "sharing.basis is missing"),
        (("label: 网格编码", "label: 网格员, kind: person_name, openness: 有条件开放"), "identifies a person"),
        (("label: 网格编码", "label: 病, sensitive: true, openness: 无条件开放"), "is sensitive"),
        (("items:", "related: [gird]\nitems:"), "no resource 'gird'"),
        (("items:", "registers: {grid_cod: {register: a, statute: b}}\nitems:"), "did you mean 'grid_code'"),
        (("title: 试验\n", ""), "needs 'title' and 'provider'"),
    ],
)
def test_a_wrong_entry_is_refused_with_the_place_and_the_nearest_word(change: tuple[str, str], message: str) -> None:
    assert change[0] in TOPIC
    with pytest.raises(RendiError, match=message):
        only(TOPIC.replace(*change, 1))


def test_an_entry_of_a_source_that_has_no_contract_is_refused() -> None:
    entry = load()["market_penalty"].model_copy(update={"name": "market_penalti"})
    with pytest.raises(RendiError, match="did you mean 'market_penalty'"):
        resources((), {"market_penalti": entry}, {"market_penalty": contracts.load("market_penalty")})


def test_a_code_stands_once() -> None:
    one = parse(TOPIC, "one")
    entries: dict[str, Entry] = {"one": one, "two": one.model_copy(update={"name": "two"})}
    with pytest.raises(RendiError, match="210001001/000009 stands twice"):
        resources((), entries, {})


def test_files_that_are_not_entries_are_refused() -> None:
    for text in ("- a", "a: b: c", "kind: sauce"):
        with pytest.raises(RendiError, match=r"trial\.yaml"):
            parse(text, "trial")


def test_every_format_of_a_contract_has_its_entry() -> None:
    formats = get_args(contracts.Contract.model_fields["format"].annotation)
    assert set(formats) - codelists.load("formats").keys() == set()
