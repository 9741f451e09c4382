"""Rows in and out of each unit, by what moved in the tables."""

import datetime as dt

from pipelines.deliveries import Entry
from pipelines.figures import Figure
from pipelines.flow import flows
from pipelines.lineage.edge import Edge

NIGHT = dt.date(2026, 3, 2)


def ran(unit: str, source: str) -> Figure:
    return Figure(
        night=NIGHT, unit=unit, source=source, started=dt.datetime(2026, 3, 3, tzinfo=dt.UTC), seconds=1, state="done"
    )


def edge(unit: str, origin: str, target: str) -> Edge:
    return Edge(unit, origin, "a", target, "a", "same")


def delivered(source: str, night: int, rows: int) -> Entry:
    day = dt.date(2026, 3, night)
    return Entry(source=source, delivery=f"{day}-{rows}", date=day, night=day, state="accepted", delivered=rows)


def test_units_take_in_what_moved_where_they_read_and_give_out_what_moved_where_they_write() -> None:
    edges = [
        edge("land", "landing/tax_payer", "bronze/tax_payer"),
        edge("refine", "bronze/tax_payer", "silver/tax_payer"),
        edge("refine", "bronze/tax_payer", "quarantine/tax_payer"),
        edge("refine", "bronze/civil_relief", "silver/civil_relief"),
        edge("link", "silver/tax_payer", "link/entity"),
        edge("link", "silver/civil_relief", "link/entity"),
        edge("link", "link/entity", "link/cluster"),
    ]
    moved = {"bronze/tax_payer": 10, "silver/tax_payer": 7, "quarantine/tax_payer": 2, "bronze/civil_relief": 100,
             "silver/civil_relief": 90, "link/entity": 30}  # fmt: skip
    units = [ran("land", "tax_payer"), ran("refine", "tax_payer"), ran("link", "")]
    entries = [delivered("tax_payer", 2, 10), delivered("tax_payer", 2, 1), delivered("tax_payer", 1, 500)]
    assert flows(units, edges, moved, entries) == [(11, 10), (10, 9), (97, 30)]


def test_publish_gives_out_the_catalogue_whose_tables_lineage_names_otherwise() -> None:
    edges = [edge("publish", "master/person", "catalog/person"), edge("publish", "master/person", "open/307")]
    moved = {"master/person": 50, "catalog/item": 8, "catalog/resource": 2, "topic/credit": 4}
    assert flows([ran("publish", "")], edges, moved, []) == [(50, 10)]
