"""`rendi source new|try`: draft what a new department needs, and judge a sample, both without a lake."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from catalog import draft as catalog_draft
from catalog import entry as entries
from catalog.resource import resources
from pipelines import draft, draft_pages
from pipelines.commands.shared import JsonOption, contracts, day, show
from pipelines.draft_kinds import SHARE
from pipelines.land import discover, read_pages, rows
from pipelines.link.subject import SUBJECTS
from pipelines.nightly import refined_by
from pipelines.protect.keyring import Key, KeyRing
from pipelines.refine.source import judged
from pipelines.session import start
from pipelines.settings import settings
from quality import gate
from quality import suite as suites
from quality.draft import draft as draft_suite
from schemas import authorities, relations
from schemas import contract as contract_files
from schemas.contract import Contract, Subject
from schemas.errors import RendiError
from schemas.pages import at
from schemas.record_key import with_key
from schemas.values import id_number
from schemas.values import text as texts

FILLING = ("filled", "made clean", "invalid")
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
    """Draft contract, suite and catalogue entry of a new source; read them, mend them, then `rendi source try`."""
    contract_path, suite_path, entry_path = (
        folder / f"{source}.yaml" for folder in (contract_files.FOLDER, suites.FOLDER, entries.FOLDER)
    )
    for path in (contract_path, suite_path, entry_path):
        if path.exists():
            raise RendiError(f"{path.name} exists in {path.parent.name}/: choose another name, or edit it")
    text = draft.contract(file, source, department, subject, mode)
    try:
        parsed = contract_files.parse(text, contract_path.name)
    except RendiError as error:
        raise RendiError(f"{error}. Nothing was drafted: change the heading in {file.name}, and draft again") from None
    contract_path.write_text(text, encoding="utf-8")
    suite_path.write_text(draft_suite(parsed), encoding="utf-8")
    entry_path.write_text(catalog_draft.draft(parsed), encoding="utf-8")
    typer.echo(
        f"drafted for {len(parsed.fields)} fields:\n"
        f"  schemas/contracts/{source}.yaml: look at names, kinds, key, mentions, pii, sharing and openness\n"
        f"  quality/suites/{source}.yaml: rules that the contract does not state already\n"
        f"  catalog/entries/{source}.yaml: category and abstract"
    )
    if not catalog_draft.known_provider(department):
        typer.echo(f"  {department} is new: add its name and credit code to catalog/codes/providers.csv")
    typer.echo(f"then: rendi source try {file} --source {source}")


def try_(
    file: FileArgument,
    source: Annotated[str, typer.Option(help="The source whose contract and suite to try.")],
    as_json: JsonOption = False,
) -> None:
    """Judge a sample by a source's contract and suite; no lake is read or written."""
    contract = contracts([source])[0]
    with TemporaryDirectory() as folder:
        _try(file if contract.format != "http" else _as_lines(file, contract, Path(folder)), contract, as_json)


def _as_lines(file: Path, contract: Contract, folder: Path) -> Path:
    """A saved page of an interface as a night would make lines of it; a file of lines stays as it is."""
    page = draft_pages.document(file)
    if page is None or contract.pages is None:
        return file
    found = at(page, contract.pages.rows)
    if not isinstance(found, list):
        raise RendiError(f"{file.name}: no list at '{contract.pages.rows}', where the contract says the records are")
    lines = folder / f"{file.stem}.jsonl"
    lines.write_text("".join(f"{read_pages.line(record)}\n" for record in found), encoding="utf-8")
    return lines


def _try(file: Path, contract: Contract, as_json: bool) -> None:
    today = day(None)
    delivery = discover.single(str(file), contract, today)
    header = rows.check_header(delivery, contract)
    if header.missing:
        raise RendiError(f"{file.name}: {header.reason}")
    # It reads every byte, and says what is wrong with a damaged archive before Spark meets it.
    rows.count(delivery, contract)
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
    counted = verdicts.agg(
        F.count("*").alias("rows"),
        F.count_if(F.size("failed") > 0).alias("bad"),
        (F.count("_key") - F.count_distinct("_key")).alias("repeated"),
        *(c for f in contract.fields for c in _filling(f.name)),
        *(c for name, text in _unmarked(contract).items() for c in _numbers(name, text)),
    ).first()
    assert counted is not None
    examples = _examples(verdicts)
    rules = {r.name: r for r in made.suite.row_rules}
    broken = [
        {
            "rule": name,
            "severity": rules[name].severity,
            "rows": n,
            "such as": ", ".join(map(str, examples[name])),
            "message": rules[name].meta.message,
        }
        for name, n in sorted(judgement.rules.items(), key=lambda i: -i[1])
        if n
    ]
    filled = [
        {"field": f.name, "kind": f.kind, **{what: counted[f"{f.name} {what}"] for what in FILLING}}
        for f in contract.fields
    ]
    to_do = [*_to_mark(contract, counted.asDict()), *_to_do(contract)]
    if as_json:
        figures = {"rows": counted["rows"], "quarantined": counted["bad"], "repeated": counted["repeated"]}
        told = {"fields": filled, "rules": broken, "refused": judgement.refused, "to_do": to_do}
        show([{**figures, **told}], {}, "", as_json=True)
        return
    typer.echo(
        f"{counted['rows']:,} rows; {counted['bad']:,} would go to quarantine, {counted['rows'] - counted['bad']:,} "
        f"pass; {counted['repeated']:,} repeat a key of the file"
    )
    for reason in judgement.refused:
        typer.echo(f"the delivery would be refused: {reason}")
    show(filled, {c: c for c in ("field", "kind", *FILLING)}, "What stands in the fields", as_json=False)
    heads = {c: c for c in ("rule", "severity", "rows", "such as", "message")}
    show(broken, heads, "Rules broken; rows are counted from 1, without the header", as_json=False)
    for what in to_do:
        typer.echo(f"before the night: {what}")


def _to_do(contract: Contract) -> Iterator[str]:
    """What the source lacks yet, or what would stop the whole night, in files that a sample does not touch."""
    everyone = contracts()
    if not contract.mentions:
        yield f"schemas/contracts/{contract.source}.yaml: without 'mentions' no record reaches a master"
    minted = sorted({m.subject for m in contract.mentions if m.mints})
    checks: tuple[Callable[[], object], ...] = (
        *(partial(subject.mentions, contract) for subject in SUBJECTS),
        *(partial(_stated, contract, subject, everyone) for subject in minted),
        partial(relations.load, everyone),
        resources,
    )
    for check in checks:
        try:
            check()
        except RendiError as error:
            yield str(error)


def _unmarked(contract: Contract) -> dict[str, Column]:
    """Field -> its values as delivered, of all that no one marked as a person's. A credit code may look like one's."""
    fields = [f.name for f in contract.fields if f.pii is None and f.kind != "uscc"]
    read_out = [d.name for d in contract.derived if d.pii is None and d.part != "uscc"]
    delivered = {name: F.coalesce(f"{name}_raw", F.col(name).cast("string")) for name in fields}
    return delivered | {name: F.col(name).cast("string") for name in read_out}


def _numbers(name: str, delivered: Column) -> list[Column]:
    """How many values there are, and how many look like ID numbers of 18 characters, whatever their check character."""
    number = id_number.form(texts.tidy(delivered))
    like = (F.length(number) == 18) & id_number.born(number).isNotNull()
    return [F.count(delivered).alias(f"{name} values"), F.count_if(like).alias(f"{name} numbers")]


def _to_mark(contract: Contract, counted: dict[str, int]) -> Iterator[str]:
    for name in _unmarked(contract):
        numbers, values = counted[f"{name} numbers"], counted[f"{name} values"]
        if numbers and numbers >= SHARE * values:
            yield (
                f"schemas/contracts/{contract.source}.yaml: {name}: {numbers:,} of {values:,} values look like ID "
                "numbers and would stand in the clear: mark it `pii: direct`"
            )


def _stated(contract: Contract, subject: Subject, everyone: tuple[Contract, ...]) -> None:
    said = authorities.load(subject, everyone).said
    if contract.source not in {statement.source for _, _, statement in said}:
        raise RendiError(f"schemas/authority/{subject}.yaml: no item has {contract.source} as a source")


def _filling(field: str) -> list[Column]:
    """How many values of a judged field are there, how many had to be made clean, and how many are none of the kind."""
    value, raw = F.col(field), F.col(f"{field}_raw")
    there = (value.isNotNull(), value.isNotNull() & raw.isNotNull(), value.isNull() & raw.isNotNull())
    return [F.count_if(condition).alias(f"{field} {what}") for what, condition in zip(FILLING, there, strict=True)]


def _examples(verdicts: DataFrame) -> dict[str, list[int]]:
    """Rule -> the first rows that break it, by number: a value would show on the screen what nobody has to see."""
    rules = F.explode(F.concat("failed.rule", "warned.rule")).alias("rule")
    rows = verdicts.select(rules, "_row").groupBy("rule").agg(F.sort_array(F.collect_list("_row")).alias("rows"))
    return {row["rule"]: row["first"] for row in rows.select("rule", F.slice("rows", 1, 3).alias("first")).collect()}
