"""What may be opened, and that everything else is refused."""

import json
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
import yaml
from pydantic import ValidationError

from catalog.dataset import open_datasets
from catalog.entry import Item, OpenEntry
from catalog.openness import identifies, least_open, may_choose, opened
from catalog.resource import Resource, resources
from schemas.errors import RendiError

DAY = date(2025, 9, 3)
ENTITY_JOIN = "master_legal_entity: master_legal_entity.entity_id = record_market_penalty.offender_entity_id"


@cache
def catalogue() -> list[Resource]:
    return resources()


def opening(dataset: str, at: str = "market_penalty") -> list[Resource]:
    """The repository's catalogue where resource `at` has the one open dataset `trial`."""
    common = "name: trial\nserial: 99\ntitle: t\ntitle_en: t\nabstract: a\nabstract_en: a\n"
    added = OpenEntry.model_validate(yaml.safe_load(common + dataset))
    return [replace(r, datasets=(added,)) if r.name == at else replace(r, datasets=()) for r in catalogue()]


def refused(dataset: str, message: str, at: str = "market_penalty") -> None:
    with pytest.raises(RendiError, match=message):
        open_datasets(opening(dataset, at))


def test_no_open_dataset_shows_an_item_that_identifies_a_person() -> None:
    everything = catalogue()
    by_table = {resource.table: resource for resource in everything}
    shown = [
        (source.split(".")[0], source.split(".")[1], dataset.entry.count)
        for dataset in open_datasets(everything)
        for item in dataset.entry.items
        for source in item.sources
    ]
    assert len(shown) > 20
    for table, name, count in shown:
        item = by_table[table].item(name)
        assert item is not None
        how = identifies(item, by_table[table].subject)
        assert how is None or (how == "quasi" and count), (table, name)


@pytest.mark.parametrize("kind", ["id_number", "phone", "person_name", "token", "mask", "taxpayer_no", "student_no"])
def test_some_kinds_of_value_always_identify(kind: str) -> None:
    assert identifies(Item(name="a", label="a", kind=kind), "legal_entity") == "direct"


def test_an_address_identifies_a_person_and_not_a_company() -> None:
    address = Item(name="a", label="a", kind="address", openness="无条件开放")
    assert identifies(address, "person") == "direct"
    assert identifies(address, "legal_entity") is None


def test_every_closed_item_of_every_resource_is_refused() -> None:
    tried = 0
    for resource in catalogue():
        for item in resource.items:
            if item.openness == "无条件开放":
                continue
            tried += 1
            table = f"table: {resource.table}\nitems: [{{name: x, from: {resource.table}.{item.name}}}]"
            refused(table, "takes only what is 无条件开放")
    assert tried > 100


def test_counting_lowers_a_quasi_identifier_and_no_other() -> None:
    sex = Item(name="sex", label="性别", pii="quasi")
    assert opened(sex, "person", 10) == "无条件开放"
    assert opened(sex, "person", 9) == opened(sex, "person", None) == "不予开放"
    assert opened(Item(name="n", label="n", pii="direct"), "person", 10) == "不予开放"
    assert opened(Item(name="d", label="d", pii="quasi", sensitive=True), "person", 10) == "不予开放"


def test_a_set_is_as_open_as_its_least_open_item() -> None:
    grades = ["无条件开放", "有条件开放", "不予开放"]
    items = [Item(name="a", label="a", openness=grade) for grade in grades]  # type: ignore[arg-type]
    assert [least_open(items[:n]) for n in (1, 2, 3)] == grades
    assert least_open([]) == "不予开放"


def test_counts_of_few_people_are_refused() -> None:
    text = "table: master_person\nitems: [{name: sex, from: master_person.sex}]\ncount: people\n"
    refused(text, "不予开放 here", "person")
    refused(text + "minimum: 9", "不予开放 here", "person")


def test_rows_of_persons_are_refused_even_without_their_items() -> None:
    refused(
        "table: record_grid_boundary\njoins: {master_person: 'true'}\n"
        "items: [{name: a, from: record_grid_boundary.grid_name}]",
        "has a row a person",
    )


def test_names_of_parties_are_shown_only_where_sole_traders_can_be_told() -> None:
    text = "table: record_market_penalty\nitems: [{name: name, from: record_market_penalty.name}]"
    refused(text, "join master_legal_entity")
    (dataset,) = [d for d in open_datasets(opening(f"{text}\njoins: {{{ENTITY_JOIN}}}")) if d.name == "trial"]
    assert "master_legal_entity.kind IN ('法人', '非法人组织')" in dataset.sql(DAY)


@pytest.mark.parametrize(
    ("read", "message"),
    [
        ("record_tax_payer.phone_masked", r"expression reads \['record_tax_payer.phone_masked'\]"),
        ("RECORD_TAX_PAYER.`Phone_Masked`", r"expression reads \['record_tax_payer.phone_masked'\]"),
        # A backslash and a quotation mark hide nothing.
        (r"'\'', record_tax_payer.phone_masked, ''", r"expression reads \['record_tax_payer.phone_masked'\]"),
        ("record_tax_payer.warned[0].message", r"expression reads \['record_tax_payer.warned'\]"),
        ("record_tax_payer.arrears_yuan", r"expression reads \['record_tax_payer.arrears_yuan'\]"),
        ("phone_masked", "'phone_masked' has to be written as table.column"),
        ("PHONE_MASKED", "'PHONE_MASKED' has to be written as table.column"),
        ("default.record_tax_payer.phone_masked", "has to be written as table.column"),
        ("(SELECT MAX(record_tax_payer.phone_masked) FROM record_tax_payer)", "a query or \\*"),
        ("TO_JSON(STRUCT(*))", "a query or \\*"),
        ("1) AS a, (record_tax_payer.phone_masked", "is not one SQL expression"),
    ],
)
def test_an_expression_reads_only_what_from_names_in_whatever_way_it_is_written(read: str, message: str) -> None:
    item = {
        "name": "uscc",
        "from": "master_legal_entity.uscc",
        "expression": f"CONCAT(master_legal_entity.uscc, {read})",
    }
    refused(
        "table: record_tax_payer\n"
        "joins: {master_legal_entity: master_legal_entity.entity_id = record_tax_payer.entity_id}\n"
        f"items: [{json.dumps(item)}]",
        message,
    )


TAXPAYERS = (
    "table: record_tax_payer\nitems: [{name: name, from: master_legal_entity.name}]\n"
    "joins: {master_legal_entity: 'master_legal_entity.entity_id = record_tax_payer.entity_id%s'}\n"
)


@pytest.mark.parametrize(
    "condition",
    [
        "record_tax_payer.arrears_yuan > 0",
        "RECORD_TAX_PAYER.ARREARS_YUAN > 0",
        "master_legal_entity.name IS NOT NULL OR record_tax_payer.arrears_yuan > 0",
        "record_tax_payer.phone_masked IS NOT NULL",
        'record_tax_payer.entity_id = "e1"',
        "record_tax_payer.entity_id <> master_legal_entity.entity_id",
        "arrears_yuan > 0",
    ],
)
def test_the_rows_of_a_dataset_are_not_chosen_by_what_may_not_be_opened(condition: str) -> None:
    said = "may not be opened|the catalogue knows no item|as table.column"
    refused(f"{TAXPAYERS % ''}where: {json.dumps(condition)}", f"open.trial, where: .*({said})")
    refused(TAXPAYERS % f" AND ({condition})", f"joins.master_legal_entity: .*({said})")


def test_rows_are_chosen_by_what_is_open_and_joined_by_identifiers() -> None:
    chosen = 'record_tax_payer.tax_credit_grade = "A"'
    assert open_datasets(opening(f"{TAXPAYERS % f' AND {chosen}'}where: '{chosen}'"))
    refused(
        TAXPAYERS.replace("record_tax_payer.entity_id", "record_tax_payer.entty_id") % "",
        "no column 'record_tax_payer.entty_id'; did you mean 'entity_id'",
    )
    refused(TAXPAYERS % " AND master_person.person_id = record_tax_payer.entity_id", "neither 'table' nor in 'joins'")


def test_rows_are_not_joined_with_a_table_of_which_nothing_is_open() -> None:
    text = (
        "table: master_legal_entity\nitems: [{name: name, from: master_legal_entity.name}]\n"
        "joins: {%s: 'master_legal_entity.entity_id = %s.entity_id'}"
    )
    assert open_datasets(opening(text % ("record_tax_payer", "record_tax_payer")))
    closed = "master_legal_entity_place"
    refused(text % (closed, closed), f"open.trial: nothing of {closed} may be opened")


def test_counts_may_be_chosen_by_what_is_closed_but_neither_identifies_nor_is_sensitive() -> None:
    text = (
        "table: master_person\nitems: [{name: sex, from: master_person.sex}]\n"
        "count: people\nminimum: 10\nwhere: master_person."
    )
    assert open_datasets(opening(f"{text}basis = 'own_record'", "person"))
    for closed in ("marital_status = '20'", "person_id = 'x'", "name_masked LIKE '王%'"):
        refused(text + closed, "may not be opened", "person")
    quasi = Item(name="sex", label="性别", pii="quasi")
    assert may_choose(quasi, "person", counted=True) and not may_choose(quasi, "person", counted=False)


PAID = (
    "table: record_hr_social_insurance\n"
    "joins: {master_person: master_person.person_id = record_hr_social_insurance.person_id}\n"
    "items: [{name: sex, from: master_person.sex}]\ncount: people\nminimum: 10\n"
)


def test_people_are_counted_and_not_their_records() -> None:
    (dataset,) = open_datasets(opening(PAID, "hr_social_insurance"))
    sql = dataset.sql(DAY)
    assert "COUNT(*)" not in sql
    assert "COUNT(DISTINCT record_hr_social_insurance.person_id) AS people" in sql
    for table in ("record_hr_social_insurance", "master_person"):
        assert f"COUNT(DISTINCT {table}.person_id) >= 10" in sql
    # master_person alone has a row a person, and places are no people.
    (population,) = [one for one in open_datasets(catalogue()) if one.name == "population"]
    assert "COUNT(*) AS people" in population.sql(DAY)
    (places,) = open_datasets(
        opening("table: master_place\nitems: [{name: kind, from: master_place.kind}]\ncount: places\nminimum: 10")
    )
    assert "HAVING COUNT(*) >= 10" in places.sql(DAY)


@pytest.mark.parametrize("table", ["record_civil_marriage", "topic_household"])
def test_people_are_not_counted_over_a_table_that_does_not_tell_them_apart(table: str) -> None:
    text = f"table: {table}\njoins: {{master_person: 'true'}}\nitems: [{{name: sex, from: master_person.sex}}]\n"
    refused(f"{text}count: people\nminimum: 10", f"{table} has no person_id")


def test_the_name_of_a_count_is_a_name() -> None:
    with pytest.raises(ValidationError, match="count"):
        opening(PAID.replace("count: people", "count: people, MAX(master_person.name_masked) AS x"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("table: master_plase\nitems: [{name: a, from: master_plase.kind}]", "did you mean 'master_place'"),
        ("table: master_place\nitems: [{name: a, from: master_place.knd}]", "did you mean 'kind'"),
        ("table: master_place\nitems: [{name: a, from: master_person.sex}]", "neither 'table' nor in 'joins'"),
        ("table: master_place\nitems: [{name: a, from: [master_place.kind, master_place.grid_code]}]", "'expression'"),
    ],
)
def test_a_dataset_of_what_does_not_exist_is_refused(text: str, message: str) -> None:
    refused(text, message)


def test_a_draft_is_not_published() -> None:
    drafted = [replace(r, state="draft") if r.name == "market_penalty" else r for r in catalogue()]
    names = {dataset.name for dataset in open_datasets(drafted)}
    assert "companies" in names
    assert "penalties" not in names
