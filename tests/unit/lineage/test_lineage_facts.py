"""This installation's lineage: masters back to the sources that authority names, nothing that identifies opened."""

import re

import pytest

from catalog.dataset import open_datasets
from catalog.resource import resources
from pipelines.lineage.edge import OWN, ROWS, WAYS, Edge
from pipelines.lineage.facts import Facts
from pipelines.lineage.walk import Lineage
from pipelines.publish.publish import described
from pipelines.topics.topics import FOLDER
from schemas import authorities, contract, topic
from schemas.recorded import ENTITY_ID, recorded

CONTRACTS = contract.load_all()


@pytest.fixture(scope="module")
def edges() -> list[Edge]:
    return Facts().all()


@pytest.fixture(scope="module")
def lineage(edges: list[Edge]) -> Lineage:
    return Lineage(edges)


def test_every_edge_stands_once_and_says_how_in_a_known_word(edges: list[Edge]) -> None:
    assert len(edges) == len(set(edges)) > 3000
    assert {edge.how for edge in edges} == set(WAYS)


def test_a_unit_reads_only_what_units_before_it_wrote_or_it_writes_itself(edges: list[Edge]) -> None:
    order = ["land", "refine", "link", "protect", "master", "topics", "publish"]
    writer = {edge.to_table: order.index(edge.unit) for edge in edges}
    assert [e for e in edges if writer.get(e.from_table, -1) > order.index(e.unit)] == []
    assert {e.from_table.split("/")[0] for e in edges if e.from_table not in writer} == {"landing"}


@pytest.mark.parametrize("subject", list(ENTITY_ID))
def test_an_item_comes_from_the_sources_that_authority_names_and_from_no_other(
    edges: list[Edge], lineage: Lineage, subject: contract.Subject
) -> None:
    authority = authorities.load(subject, CONTRACTS)
    for item in (*authority.items, *authority.lists):
        # A list's columns are fields of one.
        made = {c: [c] for c in item.columns} if isinstance(item, authorities.Item) else {item.name: [*item.columns]}
        for column, parts in made.items():
            into = [e for e in edges if (e.to_table, e.to_column) == (f"master/{subject}", column)]
            stated = {e.from_table for e in into if e.how in ("stands", "gathered")}
            named = {f"record/{s.source}" for s in item.sources if any(_reads(s, part, item) for part in parts)}
            assert stated == named, column
            back = {path.start[0] for path in lineage.back((f"master/{subject}", column))}
            assert {table.replace("record/", "bronze/") for table in named} <= back != set()


# What only the record of a source keeps: no master or topic asks for it.
RECORD_ALONE = {("company_register", column) for column in ("province", "city", "scope")}


def test_every_delivered_field_reaches_a_master_or_a_topic(edges: list[Edge]) -> None:
    further: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for edge in edges:
        further.setdefault((edge.from_table, edge.from_column), set()).add((edge.to_table, edge.to_column))
    lost = set()
    for one in CONTRACTS:
        for field in one.fields:
            reached = waiting = {(f"bronze/{one.source}", field.name)}
            while waiting:
                waiting = {to for column in waiting for to in further.get(column, set())} - reached
                reached = reached | waiting
            if not any(table.startswith(("master/", "topic/")) and column != ROWS for table, column in reached):
                lost.add((one.source, field.name))
    assert lost == RECORD_ALONE


def _reads(statement: authorities.Statement, column: str, item: authorities.Item | authorities.Gathered) -> bool:
    """Whether a statement's SQL has a word that is a column of its source's record."""
    columns = recorded(next(c for c in CONTRACTS if c.source == statement.source))
    texts = [re.sub("'[^']*'", "", statement.reads(column, role, item.values)) for role in statement.roles]
    return any(word in columns for text in texts for word in re.findall(r"\w+", text))


def test_the_community_in_a_record_comes_from_the_standard_address_that_its_address_finds(lineage: Lineage) -> None:
    told = {path.start: path for path in lineage.back(("record/police_household", "home_community_code"))}
    assert told["bronze/planning_address", "community_code"].direct
    assert not told["bronze/police_household", "address"].direct


def test_what_is_published_reaches_back_to_what_was_delivered(lineage: Lineage) -> None:
    datasets = open_datasets(resources([described(one) for one in topic.load(FOLDER)]))
    assert len(datasets) > 5
    for dataset in datasets:
        table = f"open/{dataset.folder}"
        assert lineage.columns[table] == {column.name for column in dataset.columns}
        assert all(lineage.back((table, column.name)) for column in dataset.columns)


def test_a_delivered_column_that_is_opened_leads_to_its_dataset(lineage: Lineage) -> None:
    for delivered in ("uscc", "name", "status"):
        ends = {p.end: p for p in lineage.forward(("bronze/market_register", delivered))}
        assert ends["open/307008001-000002", delivered].clear
    ends = {p.end for p in lineage.forward(("bronze/market_penalty", "amount_wan")) if p.direct}
    assert ("open/307008002-000002", "amount_wan") in ends


def test_no_direct_identifier_reaches_an_open_item_in_the_clear(lineage: Lineage) -> None:
    looked_at = 0
    for one in CONTRACTS:
        direct = [f.name for f in (*one.fields, *one.derived) if f.pii == "direct"]
        starts = [(f"silver/{one.source}", name) for field in direct for name in (field, f"{field}_raw")]
        starts += [(f"bronze/{one.source}", field) for field in direct]
        for start in starts:
            for path in lineage.forward(start):
                looked_at += path.end[0].startswith("open/") and path.end[1] != ROWS
                assert not (path.end[0].startswith("open/") and path.direct and path.clear), path
    assert looked_at > 20


def test_no_direct_identifier_leaves_restricted_in_the_clear(lineage: Lineage) -> None:
    governed = ("record", "record_version", "master", "topic", "open")
    for one in CONTRACTS:
        for field in (f for f in (*one.fields, *one.derived) if f.pii == "direct"):
            for path in lineage.forward((f"silver/{one.source}", field.name)):
                assert not (path.end[0].startswith(governed) and path.direct and path.clear), path


def test_catalogue_items_stand_for_columns_that_there_are(lineage: Lineage, edges: list[Edge]) -> None:
    told = {(e.to_table, e.to_column) for e in edges if e.how == "described"}
    for resource in resources([described(one) for one in topic.load(FOLDER)]):
        assert {(f"catalog/{resource.name}", item.name) for item in resource.items} <= told
    made = {(e.to_table, e.to_column) for e in edges}
    missing = {
        (e.from_table, e.from_column)
        for e in edges
        if e.how == "described"
        and (e.from_table, e.from_column) not in made
        and e.from_column not in OWN[e.from_table.split("/")[0]]
    }
    assert missing == set()
