"""`rendi quarantine list|show|correct|replay|dismiss` and `rendi pin`."""

from typing import Annotated, Any

import duckdb
import typer

from pipelines import decisions, nightly, state
from pipelines.commands.inspect import entity, master_of
from pipelines.commands.shared import (
    DateOption,
    JsonOption,
    LakeOption,
    contracts,
    day,
    decided_on,
    open_lake,
    show,
)
from pipelines.settings import settings
from schemas import authorities
from schemas.errors import RendiError, nearest

SourceArgument = Annotated[str, typer.Argument(help="The source, such as police_household.")]
RowArgument = Annotated[str, typer.Argument(metavar="ROW", help="The row, as `rendi quarantine list` names it.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept with the decision.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    group = typer.Typer(
        help="Rows that broke a critical rule, until someone mends or dismisses them.", no_args_is_help=True
    )
    group.command("list")(listed)
    group.command("show")(shown)
    group.command()(correct)
    group.command()(replay)
    group.command()(dismiss)
    app.add_typer(group, name="quarantine")
    app.command()(pin)


def listed(
    source: Annotated[str | None, typer.Argument(help="Only this source, case by case.")] = None,
    lake: LakeOption = None,
    every: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Without a source: cases by source and rule. With one: its cases, each with its newest row."""
    root = settings(lake=lake).root
    state.require(root)
    if source is None:
        rows = [found for contract in contracts() for found in _ask(root, contract.source, BY_RULE, every)]
        columns: tuple[str, ...] = ("source", "rule", "message", "cases", "rows")
    else:
        contracts([source])
        rows = _ask(root, source, BY_CASE, every)
        columns = ("rule", "message", "rows", "first_date", "last_date", "status", "newest_row")
    show(rows, {c: c for c in columns}, "Quarantine 隔离", as_json)


BY_RULE = """
SELECT $source AS source, rule, any_value(message) AS message, count(DISTINCT who) AS cases, count(*) AS rows
FROM broken GROUP BY rule ORDER BY cases DESC, rule"""
BY_CASE = """
SELECT rule, any_value(message) AS message, count(*) AS rows, min(_date) AS first_date, max(_date) AS last_date,
  CASE WHEN bool_or(status = 'open') THEN 'open' ELSE max_by(status, _date) END AS status,
  max_by(_delivery || '/' || _file || ':' || _row, (_date, _row)) AS newest_row
FROM broken WHERE $source IS NOT NULL GROUP BY who, rule ORDER BY rule, newest_row"""


def shown(source: SourceArgument, row: RowArgument, lake: LakeOption = None, as_json: JsonOption = False) -> None:
    """One row as it was delivered, and every rule that it broke. It shows what people delivered: mind who looks on."""
    found = _row(settings(lake=lake).root, source, row)
    if as_json:
        show([found], {}, "", as_json=True)
        return
    delivered = [{"field": f, "delivered": v} for f, v in found["delivered"].items()]
    if found["_malformed"] is not None:
        delivered = [{"field": "(line)", "delivered": found["_malformed"]}]
    show(delivered, {"field": "field", "delivered": "delivered"}, f"{row} ({found['status']})", as_json=False)
    show(found["failed"], {c: c for c in ("rule", "column", "message")}, "broke", as_json=False)


def correct(
    source: SourceArgument,
    row: RowArgument,
    field: Annotated[str, typer.Argument(help="The field to correct.")],
    value: Annotated[str, typer.Argument(help="What it should be, as the department would deliver it.")],
    reason: ReasonOption,
    lake: LakeOption = None,
    date: DateOption = None,
) -> None:
    """Correct one field of a quarantined row; `rendi quarantine replay` or the next night applies it."""
    root = settings(lake=lake).root
    found = _row(root, source, row)
    contracts([source])[0].field(field)
    address = {"delivery": found["_delivery"], "file": found["_file"], "row": str(found["_row"])}
    decisions.decide(
        root, "correction", decided_on(root, date), source=source, field=field, value=value, reason=reason, **address
    )
    typer.echo("kept; run `rendi quarantine replay` to apply it now, or leave it to the next night")


def dismiss(
    source: SourceArgument, row: RowArgument, reason: ReasonOption, lake: LakeOption = None, date: DateOption = None
) -> None:
    """Say that a quarantined row will not be mended."""
    root = settings(lake=lake).root
    found = _row(root, source, row)
    address = {"delivery": found["_delivery"], "file": found["_file"], "row": str(found["_row"])}
    decisions.decide(root, "dismissal", decided_on(root, date), source=source, reason=reason, **address)
    typer.echo("kept; run `rendi quarantine replay` to apply it now, or leave it to the next night")


def replay(source: SourceArgument, lake: LakeOption = None, date: DateOption = None) -> None:
    """Judge a source's open rows again, with their corrections; what passes enters silver."""
    chosen = settings(lake=lake)
    state.require(chosen.root)
    contract, night = contracts([source])[0], day(date)
    opened, keys = open_lake(chosen)
    passed = nightly.replayed(opened, contract, keys, night)
    typer.echo(f"{passed} rows passed and are in silver; the units behind it take them up with the next run")


def pin(
    subject: Annotated[str, typer.Argument(help="person, entity or place")],
    identifier: Annotated[str, typer.Argument(metavar="ID")],
    item: Annotated[str, typer.Argument(help="The item, such as name.")],
    source: Annotated[str, typer.Argument(help="The source that is right for it; an empty text takes the pin back.")],
    reason: ReasonOption,
    lake: LakeOption = None,
    date: DateOption = None,
) -> None:
    """Decide that for one entity of the last closed night and one of its items a certain source is right."""
    root = settings(lake=lake).root
    state.require(root)
    subject = master_of(subject)
    items = [i.name for i in authorities.load(subject, contracts()).items]  # type: ignore[arg-type]
    if item not in items:
        raise RendiError(f"no item '{item}' in schemas/authority/{subject}.yaml{nearest(item, items)}")
    if source:
        contracts([source])
    _require_entity(root, subject, identifier)
    decisions.decide(
        root, "pin", decided_on(root, date), subject=subject, id=identifier, item=item, source=source, reason=reason
    )
    typer.echo("kept; the next run of `master` applies it")


def _require_entity(root: str, subject: str, identifier: str) -> None:
    """A pin of an identifier that nothing bears would be kept, and never applied. It follows its entity's redirects."""
    connection = duckdb.connect()
    connection.register(subject, state.closed(root, f"master/{subject}"))
    redirect = f"{subject}_redirect"
    if f"master/{redirect}" in state.closed_versions(root):
        connection.register(redirect, state.closed(root, f"master/{redirect}"))
    if not entity(connection, subject, identifier)[1]:
        raise RendiError(
            f"the last closed night knows no {subject} '{identifier}': find its identifier with `rendi sql`"
        )


def _ask(root: str, source: str, query: str, every: bool) -> list[dict[str, Any]]:
    if not state.exists(root, f"quarantine/{source}"):
        return []
    connection = duckdb.connect()
    connection.register("quarantine", state.open_table(root, f"quarantine/{source}").to_pyarrow_dataset())
    open_only = "" if every else "WHERE status = 'open'"
    connection.execute(
        "CREATE TEMP VIEW broken AS SELECT *, coalesce(record_id, row_hash) AS who, "
        "failed.rule AS rule, failed.message AS message FROM "
        f"(SELECT * EXCLUDE (failed), unnest(failed) AS failed FROM quarantine {open_only})"
    )
    with state.readable(f"quarantine/{source}"):
        found = connection.execute(query, {"source": source})
        names = [d[0] for d in found.description or []]
        return [dict(zip(names, r, strict=True)) for r in found.fetchall()]


def _row(root: str, source: str, row: str) -> dict[str, Any]:
    state.require(root)
    contracts([source])
    delivery, _, rest = row.partition("/")
    file, _, number = rest.rpartition(":")
    if not number.isdigit():
        raise RendiError(f"'{row}' is no row: copy it from `rendi quarantine list {source}`, such as 2026…/file.csv:17")
    connection = duckdb.connect()
    connection.register("quarantine", state.open_table(root, f"quarantine/{source}").to_pyarrow_dataset())
    with state.readable(f"quarantine/{source}"):
        found = connection.execute(
            "SELECT * FROM quarantine WHERE _delivery = ? AND _file = ? AND _row = ?", [delivery, file, int(number)]
        )
        names = [d[0] for d in found.description or []]
        rows = [dict(zip(names, r, strict=True)) for r in found.fetchall()]
    if not rows:
        raise RendiError(f"quarantine of {source} holds no row {row}; see `rendi quarantine list {source}`")
    return rows[0]
