"""`rendi alias list|propose|take`: ID numbers that were superseded or corrected, which stewards keep as a CSV."""

import csv
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from stdnum.cn import ric

from pipelines import decisions, state
from pipelines.commands.shared import DateOption, JsonOption, LakeOption, decided_on, show
from pipelines.link import names
from pipelines.link.persons import KIND
from pipelines.link.subject import PERSON
from pipelines.settings import settings
from schemas.crosswalk import NOW, SELF
from schemas.errors import RendiError, nearest

COLUMNS = ("number", "same_as", "valid_from", "reason")
_CHANGED = """
    WITH own AS (
        SELECT record_id, source, version, name, substr(keys[1], length($kind) + 1) AS number
        FROM crosswalk WHERE role = $role AND left_on IS NULL AND starts_with(keys[1], $kind)
    )
    SELECT DISTINCT then_.number, own.number, own.source, own.record_id, then_.name, own.name,
        (SELECT count(*) FROM own AS o WHERE o.version = $now AND o.number = then_.number)
    FROM own JOIN own AS then_ USING (source, record_id)
    WHERE own.version = $now AND then_.version <> $now AND own.number <> then_.number
    ORDER BY ALL
"""


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    group = typer.Typer(help="ID numbers that were superseded or corrected (别名).", no_args_is_help=True)
    group.command("list")(listed)
    group.command()(propose)
    group.command()(take)
    app.add_typer(group, name="alias")


def listed(lake: LakeOption = None, as_json: JsonOption = False) -> None:
    """The aliases that stand, each with its date and reason: personal data in the clear."""
    root = settings(lake=lake).root
    state.require(root)
    rows = [{c: one[c] for c in (*COLUMNS, "night")} for one in _standing(root).values()]
    show(rows, {c: c for c in (*COLUMNS, "night")}, "Aliases 别名", as_json)


def propose(lake: LakeOption = None, as_json: JsonOption = False) -> None:
    """Records whose own ID number changed while their name stayed: personal data in the clear.

    What is right of it, a steward copies into the CSV. `borne_by` counts the records that bear the old number still.
    """
    root = settings(lake=lake).root
    state.require(root)
    rows = proposals(root)
    columns = ("number", "same_as", "source", "record_id", "borne_by")
    show(rows, {c: c for c in columns}, "Numbers that may be one person's 待核别名", as_json)


def take(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8 with the columns number, same_as, valid_from, reason.")],
    lake: LakeOption = None,
    date: DateOption = None,
) -> None:
    """Take over the stewards' CSV: what it says that does not stand yet is decided, from the next night on.

    An empty same_as withdraws the alias of a number. What the file does not name stays as it is.
    """
    root = settings(lake=lake).root
    state.require(root)
    rows = read(file)
    standing = {number: one["same_as"] for number, one in _standing(root).items()}
    new = [row for row in rows if standing.get(row["number"], "") != row["same_as"]]
    if new:
        decisions.decide_all(root, "alias", decided_on(root, date), new)
    typer.echo(f"{len(new)} aliases decided, {len(rows) - len(new)} stood already")


def read(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV of aliases; RendiError names line and column, and never a number."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            for column in COLUMNS:
                if column not in (reader.fieldnames or ()):
                    hint = nearest(column, reader.fieldnames or ())
                    raise RendiError(f"{file.name}: no column '{column}'{hint}; it needs {', '.join(COLUMNS)}")
            rows = [{c: (row[c] or "").strip() for c in COLUMNS} for row in reader]
    except FileNotFoundError:
        raise RendiError(f"no file {file}") from None
    except (UnicodeDecodeError, csv.Error):
        raise RendiError(f"{file.name}: not readable as CSV in UTF-8: save it in that form") from None
    for line, row in enumerate(rows, 2):
        for column in ("number", "same_as"):
            row[column] = row[column].upper()
            if not _holds(row[column]) and (row[column] or column == "number"):
                raise RendiError(f"{file.name}: line {line}: {column} is no ID number of 18 digits (GB 11643)")
        if row["number"] == row["same_as"]:
            raise RendiError(f"{file.name}: line {line}: number and same_as are one number")
        if not row["reason"]:
            raise RendiError(f"{file.name}: line {line}: reason is empty: say who knows it and since when")
    said = [row["number"] for row in rows]
    for line, number in enumerate(said, 2):
        if number in said[: line - 2]:
            raise RendiError(f"{file.name}: line {line}: number stands on an earlier line already: keep one of them")
    return rows


def proposals(root: str) -> list[dict[str, Any]]:
    """Old and new ID number of records that changed theirs under a name that agrees, without those decided already."""
    if not state.exists(root, PERSON.record):
        return []
    connection = duckdb.connect()
    connection.register("crosswalk", state.open_table(root, PERSON.record).to_pyarrow_dataset())
    found = connection.execute(_CHANGED, {"now": NOW, "role": SELF, "kind": KIND}).fetchall()
    decided = {row["number"] for row in decisions.decided(root, "alias")}
    columns = ("number", "same_as", "source", "record_id", "borne_by")
    return [
        dict(zip(columns, (number, same_as, source, record_id, borne_by), strict=True))
        for number, same_as, source, record_id, before, now, borne_by in found
        if number not in decided and before and now and names.compatible(before, now)
    ]


def _standing(root: str) -> dict[str, dict[str, Any]]:
    """Number -> the latest decision on it, where that is not a withdrawal."""
    latest = {row["number"]: row for row in decisions.decided(root, "alias")}
    return {number: row for number, row in latest.items() if row["same_as"]}


def _holds(number: str) -> bool:
    formed = len(number) == 18 and number.isascii() and number[:17].isdecimal()
    return formed and ric.calc_check_digit(number) == number[17]
