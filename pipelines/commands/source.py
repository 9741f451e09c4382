"""`rendi source new|try`: draft what a new department needs, and judge a sample, both without a lake."""

from pathlib import Path
from typing import Annotated

import typer
from pyspark.sql import functions as F

from pipelines import draft
from pipelines.commands.shared import JsonOption, contracts, day, show
from pipelines.land import discover, rows
from pipelines.nightly import refined_by
from pipelines.protect.keyring import Key, KeyRing
from pipelines.refine.refine import judged
from pipelines.refine.standardise import with_key
from pipelines.session import start
from pipelines.settings import settings
from quality import gate
from quality import suite as suites
from quality.draft import draft as draft_suite
from schemas import contract as contract_files
from schemas.errors import RendiError

FileArgument = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="A sample of what the department delivers.")
]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    group = typer.Typer(help="Sources: draft a new one, try a sample.", no_args_is_help=True)
    group.command()(new)
    group.command("try")(try_)
    app.add_typer(group, name="source")


def new(
    file: FileArgument,
    source: Annotated[str, typer.Option(help="Its name: small letters, digits and _.")],
    department: Annotated[str, typer.Option(help="The department, in Chinese.")],
    subject: Annotated[str, typer.Option(help="person, legal_entity or place")],
    mode: Annotated[str, typer.Option(help="full (the whole population each time) or delta (changes)")] = "full",
) -> None:
    """Draft contract and suite of a new source from a sample; read them, mend them, then `rendi source try`."""
    contract_path = contract_files.FOLDER / f"{source}.yaml"
    suite_path = suites.FOLDER / f"{source}.yaml"
    for path in (contract_path, suite_path):
        if path.exists():
            raise RendiError(f"{path.name} exists in {path.parent.name}/: choose another name, or edit it")
    text = draft.contract(file, source, department, subject, mode)
    parsed = contract_files.parse(text, contract_path.name)
    contract_path.write_text(text, encoding="utf-8")
    suite_path.write_text(draft_suite(parsed), encoding="utf-8")
    typer.echo(
        f"drafted schemas/contracts/{contract_path.name} and quality/suites/{suite_path.name}: {len(parsed.fields)} "
        "fields. Look at kinds, keys, pii, sharing and openness; then:\n"
        f"  rendi source try {file} --source {source}"
    )


def try_(
    file: FileArgument,
    source: Annotated[str, typer.Option(help="The source whose contract and suite to try.")],
    as_json: JsonOption = False,
) -> None:
    """Judge a sample by a source's contract and suite; no lake is read or written."""
    contract = contracts([source])[0]
    today = day(None)
    delivery = discover.single(str(file), contract, today)
    header = rows.check_header(delivery, contract)
    if header.missing:
        raise RendiError(f"{file.name}: {header.reason}")
    chosen = settings()
    spark = start(chosen.master, chosen.driver_memory)
    # Keys of the moment: nothing of a trial is kept, so nothing has to be recognised again.
    key = Key("k1", bytes(32))
    trial = KeyRing(bytes(32), bytes(32), (key,), (key,))
    made = refined_by(contract, trial)
    read = rows.read(spark, delivery, contract).withColumns(
        {"_delivery": F.lit("trial"), "_date": F.lit(today), "_night": F.lit(today), "_hash": F.lit("")}
    )
    verdicts = judged(with_key(read, contract), made).persist()
    judgement = gate.judge(verdicts, made.suite)
    total, bad = verdicts.count(), verdicts.where(F.size("failed") > 0).count()
    severities = {r.name: r for r in made.suite.row_rules}
    broken = [
        {"rule": name, "severity": severities[name].severity, "rows": n, "message": severities[name].meta.message}
        for name, n in sorted(judgement.rules.items(), key=lambda i: -i[1])
        if n
    ]
    if as_json:
        show([{"rows": total, "quarantined": bad, "rules": broken, "refused": judgement.refused}], {}, "", as_json=True)
        return
    typer.echo(f"{total:,} rows; {bad:,} would go to quarantine, {total - bad:,} pass (before duplicates are removed)")
    for reason in judgement.refused:
        typer.echo(f"the delivery would be refused: {reason}")
    show(broken, {c: c for c in ("rule", "severity", "rows", "message")}, "Rules broken", as_json=False)
