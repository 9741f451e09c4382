"""`rendi lineage`: where a column comes from, and what becomes of it, as the last night wrote it."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from pipelines import state
from pipelines.commands.shared import JsonOption, LakeOption, show
from pipelines.lineage.edge import Edge
from pipelines.lineage.walk import OPEN, Lineage, Path
from pipelines.settings import settings
from schemas import contract
from schemas.errors import RendiError


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(lineage)


def lineage(
    column: Annotated[str, typer.Argument(help="Such as master_person.sex or bronze/police_household.id_number.")],
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where a column comes from, back to what was delivered, and what becomes of it, forward to what is opened.

    A column that only decides something (which value stands, which rows there are) is counted, not listed; --json lists
    it too, with direct = false.
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
    delivered = [{**row, "label": _label(row["column"])} for row in _rows((p for p in back if p.direct), start=True)]
    headings = {"column": "delivered column", "label": "label", "by": "by way of"}
    _shown(delivered, headings, f"Back from {_dotted(asked)}", len(back), "decide which value stands or which rows")
    # What is opened comes last in the flow and first in what people ask.
    ahead = sorted((p for p in forward if p.direct), key=lambda p: (p.end[0].split("/")[0] != OPEN, p.end))
    headings = {"column": "becomes", "clear": "in the clear", "by": "by way of"}
    _shown(_rows(ahead, start=False), headings, f"Forward from {_dotted(asked)}", len(forward), "are decided by it")


def _shown(rows: list[dict[str, Any]], headings: dict[str, str], title: str, every: int, what: str) -> None:
    if rows:
        show(({**row, "clear": "yes" if row["clear"] else "no"} for row in rows), headings, title, as_json=False)
    else:
        typer.echo(f"{title}: nothing.")
    if every > len(rows):
        typer.echo(f"{every - len(rows)} more {what}: --json lists them.")


def _rows(paths: Iterable[Path], start: bool) -> list[dict[str, Any]]:
    return [
        {
            "column": _dotted(path.start if start else path.end),
            "direct": path.direct,
            "clear": path.clear,
            "by": " ▸ ".join(f"{edge.how} {edge.to_table}.{edge.to_column}" for edge in path.edges),
        }
        for path in paths
    ]


def _dotted(column: tuple[str, str]) -> str:
    return ".".join(column)


def _label(column: str) -> str:
    """The name by which the department knows a delivered column."""
    table, name = column.split(".")
    source = table.split("/")[1]
    if source not in contract.sources():
        return ""
    try:
        return contract.load(source).field(name).label
    except RendiError:
        return ""
