"""`rendi maintain`: compact the tables, and remove the files that nobody can need any more."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.commands.shared import JsonOption, LakeOption, show
from pipelines.maintenance import LEDGER, maintain
from pipelines.nightly import locks
from pipelines.settings import settings


def register(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command("maintain")(maintained)


def maintained(
    lake: LakeOption = None,
    keep_days: Annotated[int, typer.Option(min=0, help="How many days a file stays after it left its table.")] = 7,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Turn many small files into few, and remove those that no newest version and no closed night still reads.

    The versions of the last two closed nights stay readable. The ledger governed/ops/maintenance says what went.
    """
    done = maintain(settings(lake=lake).root, locks(), keep_days, dry_run)
    columns = {c: c for c in ("table", "compacted", "into", "removed", "bytes")}
    show([asdict(one) for one in done], columns, "Files 文件" + (" (dry run)" if dry_run else ""), as_json)
    if not as_json and not dry_run:
        typer.echo(f"{sum(d.removed for d in done):,} files are gone; the ledger is governed/{LEDGER}")
