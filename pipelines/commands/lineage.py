"""`rendi lineage`: where a column comes from, and what becomes of it, as the last night wrote it."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from pipelines import state
from pipelines.commands.shared import JsonOption, LakeOption, show
from pipelines.lineage.edge import Edge, zone
from pipelines.lineage.walk import DELIVERED, Column, Lineage, Path
from pipelines.settings import settings
from schemas import contract

# What people ask for: what is opened first, then the catalogue, and the tables that analysts read.
SHOWN = ("open", "catalog", "topic", "master")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(lineage)


def lineage(
    column: Annotated[str, typer.Argument(help="Such as master_person.sex or bronze/police_household.id_number.")],
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where a column comes from, back to what was delivered, and what becomes of it, forward to what is opened.

    Listed are the delivered columns whose value comes here, and what it becomes in masters, topics, catalogue and open
    datasets. --json lists all: the steps between, and with direct = false what only decides which value or row stands.
    """
    root = settings(lake=lake).root
    state.require(root)
    edges = state.open_table(root, "ops/lineage").to_pyarrow_table().to_pylist()
    known = Lineage(Edge(**edge) for edge in edges)
    asked = known.named(column)
    back, forward = known.back(asked), known.forward(asked)
    if as_json:
        told = {"column": _dotted(asked), "back": _rows(back, start=True), "forward": _rows(forward, start=False)}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    if zone(asked[0]) == DELIVERED:
        typer.echo(f"{_dotted(asked)} is a delivered column: {_label(asked)}")
    else:
        delivered = [{**row, "label": _label(p.start)} for p in _listed(back) for row in _rows([p], start=True)]
        named = {"column": "delivered column", "label": "label", "by": "by way of"}
        _shown(delivered, named, f"Back from {_dotted(asked)}", len(back), "that decide which value or row stands")
    ahead = _rows(_ahead(_listed(forward)), start=False)
    named = {"column": "becomes", "clear": "in the clear", "by": "by way of"}
    _shown(ahead, named, f"Forward from {_dotted(asked)}", len(forward), "on the way, or decided by it")


def _ahead(paths: list[Path]) -> list[Path]:
    return [path for one in SHOWN for path in paths if zone(path.end[0]) == one] or paths


def _listed(paths: list[Path]) -> list[Path]:
    """Those by which the value itself goes; all, where there is none."""
    return [path for path in paths if path.direct] or paths


def _shown(rows: list[dict[str, Any]], headings: dict[str, str], title: str, every: int, what: str) -> None:
    if rows:
        show(({**row, "clear": "yes" if row["clear"] else "no"} for row in rows), headings, title, as_json=False)
    else:
        typer.echo(f"{title}: nothing.")
    if every > len(rows):
        typer.echo(f"Besides, {every - len(rows)} {what}: --json lists them.")


def _rows(paths: Iterable[Path], start: bool) -> list[dict[str, Any]]:
    return [
        {
            "column": _dotted(path.start if start else path.end),
            "direct": path.direct,
            "clear": path.clear,
            "by": " → ".join(f"{edge.to_table}.{edge.to_column} ({edge.how})" for edge in path.edges),
        }
        for path in paths
    ]


def _dotted(column: Column) -> str:
    return ".".join(column)


def _label(column: Column) -> str:
    """The name by which the department knows a delivered column; its own word again where the contract is gone."""
    table, name = column
    source = table.split("/")[1]
    fields = contract.load(source).fields if source in contract.sources() else []
    return next((field.label for field in fields if field.name == name), name)
