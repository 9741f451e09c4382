"""`rendi sql`, `rendi explain`: the lake as the last closed night left it, read without Spark."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from pipelines import state
from pipelines.commands.shared import JsonOption, LakeOption, show
from pipelines.settings import settings
from schemas import contract
from schemas.errors import RendiError, nearest
from schemas.recorded import ENTITY_ID, id_column

# What people say -> the master.
MASTER = {"person": "person", "entity": "legal_entity", "legal_entity": "legal_entity", "place": "place"}
ZONES = ("master", "topic", "record", "record_version", "catalog")
LISTED = ("record_id", "_date", "_night", "_delivery", "_file", "_row")


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.command()(sql)
    app.command()(explain)


def sql(
    query: Annotated[str, typer.Argument(help="DuckDB SQL, such as: SELECT count(*) FROM person")],
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the governed tables, as the last closed night left them.

    Masters and topics go by their name (person, credit), every table by <zone>_<name> (record_tax_payer, ops_unit);
    <master>_attributes has a row an entity and item: source, rule, as_of, authoritative.
    """
    connection = opened(settings(lake=lake).root)
    names, rows = _asked(connection, query)
    show(rows, {name: name for name in names}, "", as_json)
    if not rows and not as_json:
        typer.echo("0 rows")


def explain(
    subject: Annotated[str, typer.Argument(help="person, entity or place")],
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Its identifier.")],
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Each attribute of one entity, the source that won and why, what lost, and the records behind it."""
    master = master_of(subject)
    connection = opened(settings(lake=lake).root)
    current, found = entity(connection, master, identifier)
    history = _rows(
        connection, f"SELECT * FROM master_{master}_history WHERE id = ? ORDER BY item, valid_from", [current]
    )
    if not found and not history:
        raise RendiError(f"the last closed night knows no {subject} '{identifier}'")
    told: dict[str, Any] = {
        "id": current,
        "redirected_from": identifier if current != identifier else None,
        "entity": {k: v for k, v in found[0].items() if k != "attributes"} if found else None,
        "attributes": _rows(connection, f"SELECT * EXCLUDE (id) FROM {master}_attributes WHERE id = ?", [current]),
        "lost": _rows(connection, f"SELECT * EXCLUDE (id) FROM master_{master}_conflict WHERE id = ?", [current]),
        "history": history,
        "records": _records(connection, subject, current),
    }
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, default=str))
        return
    if current != identifier:
        typer.echo(f"{identifier} was merged into {current}")
    items = [{"item": k, "value": v} for k, v in (told["entity"] or {}).items()]
    show(items, {"item": "item", "value": "value"}, subject, as_json=False)
    for part in ("attributes", "lost", "history", "records"):
        if told[part]:
            show(told[part], {k: k for k in told[part][0]}, part, as_json=False)


def opened(root: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with a view for every governed table of the last closed night, and no other access."""
    state.require(root)
    versions = state.closed_versions(root)
    if not versions:
        raise RendiError("no night has closed yet in this lake: see `rendi status`")
    connection = duckdb.connect()
    for table, version in versions.items():
        zone, name = table.split("/", 1)
        if zone in ZONES:
            connection.register(f"{zone}_{name}", state.open_table(root, table, version).to_pyarrow_dataset())
            if zone in ("master", "topic"):
                connection.execute(f'CREATE VIEW "{name}" AS FROM "{zone}_{name}"')
    for name in sorted(log.parent.name for log in Path(root, "governed", "ops").glob("*/_delta_log")):
        connection.register(f"ops_{name}", state.open_table(root, f"ops/{name}").to_pyarrow_dataset())
    for master in state.MASTERS:
        if f"master/{master}" in versions:
            _attributes(connection, root, master, versions[f"master/{master}"])
    connection.execute("SET enable_external_access = false")
    return connection


def master_of(subject: str) -> str:
    """The master that people mean by a word; RendiError names the nearest where there is none."""
    if subject not in MASTER:
        raise RendiError(f"no subject '{subject}'{nearest(subject, MASTER)}; say person, entity or place")
    return MASTER[subject]


def entity(connection: duckdb.DuckDBPyConnection, master: str, identifier: str) -> tuple[str, list[dict[str, Any]]]:
    """The identifier in force, redirects followed, and its row of the master; none where it has no entity."""
    current = _redirected(connection, master, identifier)
    key = ENTITY_ID[master]  # type: ignore[index]
    return current, _rows(connection, f'SELECT * FROM "{master}" WHERE "{key}" = ?', [current])


def _attributes(connection: duckdb.DuckDBPyConnection, root: str, master: str, version: int) -> None:
    """The view that turns the struct `attributes` into rows."""
    schema = state.open_table(root, f"master/{master}", version).to_pyarrow_dataset().schema
    key = ENTITY_ID[master]  # type: ignore[index]
    parts = [
        f'SELECT "{key}" AS id, \'{item.name}\' AS item, unnest(attributes."{item.name}") FROM "{master}" '
        f'WHERE attributes."{item.name}".source IS NOT NULL'
        for item in schema.field("attributes").type
    ]
    connection.execute(f'CREATE VIEW "{master}_attributes" AS {" UNION ALL ".join(parts)}')


def _redirected(connection: duckdb.DuckDBPyConnection, master: str, identifier: str) -> str:
    """The identifier in force: redirects are followed to their end."""
    names = {r[0] for r in connection.execute("SELECT view_name FROM duckdb_views()").fetchall()}
    if f"{master}_redirect" not in names:
        return identifier
    for _ in range(100):
        next_one = connection.execute(f"SELECT id FROM {master}_redirect WHERE old_id = ?", [identifier]).fetchall()
        if not next_one:
            return identifier
        identifier = next_one[0][0]
    raise RendiError(f"the redirects of {identifier} run in a circle: run `rendi run --rebuild`")


def _records(connection: duckdb.DuckDBPyConnection, subject: str, identifier: str) -> list[dict[str, Any]]:
    """The records that name the entity: source, role and where they were delivered."""
    names = {r[0] for r in connection.execute("SHOW TABLES").fetchall()}
    parts = []
    for source in contract.sources():
        for mention in contract.load(source).mentions:
            if mention.subject == MASTER[subject] and f"record_{source}" in names:
                column = id_column(mention.role, mention.subject)
                parts.append(
                    f"SELECT '{source}' AS source, '{mention.role}' AS role, {', '.join(LISTED)} "
                    f'FROM record_{source} WHERE "{column}" = $id'
                )
    return _rows(connection, " UNION ALL ".join(parts), {"id": identifier}) if parts else []


def _rows(connection: duckdb.DuckDBPyConnection, query: str, values: Any = None) -> list[dict[str, Any]]:
    return _asked(connection, query, values)[1]


def _asked(
    connection: duckdb.DuckDBPyConnection, query: str, values: Any = None
) -> tuple[list[str], list[dict[str, Any]]]:
    """The names of the columns, and the rows; RendiError in one sentence where DuckDB refuses the query."""
    try:
        found = connection.execute(query, values)
        # DuckDB gives nothing for a query of blanks, semicolons and comments.
        if found is None:
            raise RendiError("there is no query: give one, such as SELECT count(*) FROM person")
        names = _unique(d[0] for d in found.description or [])
        return names, [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    except duckdb.Error as error:
        raise RendiError(_sentence(str(error))) from None


def _sentence(said: str) -> str:
    """What DuckDB says of a query, without the query itself: its values may be a person's."""
    first, *more = said.splitlines()
    # The tables are registered: what fails there is a file that is cut or gone.
    if "the stream registered as" in first:
        return f"{first}: `rendi doctor` names what is damaged"
    hints = [line for line in more if line.startswith(("Candidate", "Did you mean"))]
    if first.startswith("Catalog Error: Table with name"):
        hints.append("SHOW TABLES lists the tables")
    return "; ".join([first.rstrip("!"), *hints])


def _unique(names: Iterable[str]) -> list[str]:
    """Each name once, as DuckDB numbers them in a subquery: person_id, person_id_1."""
    found: list[str] = []
    for name in names:
        one, more = name, 0
        while one in found:
            more += 1
            one = f"{name}_{more}"
        found.append(one)
    return found
