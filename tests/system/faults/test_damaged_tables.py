"""Cut files of Delta tables: `rendi doctor` names the table and what to do, a rebuild brings the rows back."""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from tests.system.faults.conftest import Note
from tests.system.faults.lakes import ALL, DATES, OF_RUNS, Clean, contents, differences, ran

pytestmark = pytest.mark.timeout(3000)

SEED = 10
RESTRICTED = ("bronze", "quarantine", "superseded", "silver", "link", "vault")
GOVERNED = ("record_version", "record", "master", "topic", "catalog", "ops")
KINDS = {
    "commit": "a commit is cut short",
    "checkpoint": "a checkpoint is cut short",
    "pointer": "the pointer to the last checkpoint is cut short",
    "data file": "a data file is missing or cut short",
}
RESTORED = "named by `rendi doctor`, restored by `rendi run --rebuild`"
BEGUN = "named by `rendi doctor`; `rendi run --rebuild` begins it anew, and earlier nights are not told again"

TOGETHER = {
    "silver/market_register": "commit",
    "superseded/planning_address": "commit",
    "bronze/planning_address": "commit",
    "bronze/market_register": "checkpoint",
    "master/person": "checkpoint",
    "record/police_household": "pointer",
}
Cut = dict[str, str]


def cases() -> Iterator[Cut]:
    """Several tables at once; in `make fault` also each kind of file in a table of every zone, and each zone alone."""
    yield TOGETHER
    if ALL:
        for kind in KINDS:
            yield {f"{zone}/?": kind for zone in (*RESTRICTED, *GOVERNED)}
        for zone in (*RESTRICTED, *GOVERNED):
            yield {f"{zone}/?": random.Random(f"{SEED} {zone}").choice(list(KINDS))}


@pytest.mark.parametrize("cut", cases(), ids=lambda cut: ", ".join(f"{t} {k}" for t, k in cut.items()))
def test_what_is_cut_is_named_and_a_rebuild_restores_it(
    cut: Cut, clean: Clean, lake: Path, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(clean.lake, lake)
    draw = random.Random(f"{SEED} {cut}")
    done = [one for table, kind in cut.items() if (one := damage(lake, table, kind, draw))]
    if not done:
        pytest.skip("no table of this zone has such a file after two nights")
    before = doctor(lake, monkeypatch)
    for table, kind in done:
        (said,) = [say for what, say in before.items() if what == f"table {table}"]
        assert said.startswith(KINDS[kind]) and "rendi run --rebuild" in said
    ran(clean.city, lake, DATES[-1], rebuild=True)
    assert [what for what in doctor(lake, monkeypatch) if what.startswith("table ")] == []
    # What these told of earlier nights stands nowhere else.
    begun = [table for table in OF_RUNS if any(lake.glob(f"restricted/damaged/*/{table.split('/', 1)[1]}"))]
    lost = sorted(f"{table} of {date}" for table in begun for date in DATES[:-1])
    assert differences(contents(lake), clean.contents[-1]) == lost
    for table, kind in done:
        note("damaged table", f"{kind} of {table}", 1, BEGUN if f"governed/{table}" in begun else RESTORED)


def damage(lake: Path, table: str, kind: str, draw: random.Random) -> tuple[str, str] | None:
    """Cut a file of the table, or of one of its zone; gives table and kind, None where there is none."""
    zone, name = table.split("/")
    top = lake / ("restricted" if zone in RESTRICTED else "governed") / zone
    globs = {"commit": "_delta_log/*.json", "checkpoint": "_delta_log/*.checkpoint.parquet"}
    globs |= {"pointer": "_delta_log/_last_checkpoint", "data file": "**/*.parquet"}
    files = sorted(top.glob(f"{'*' if name == '?' else name}/{globs[kind]}"))
    if kind == "data file":
        files = [
            f for f in files if f.parent.name != "_delta_log" and "_change_data" not in f.parts and in_force(f, top)
        ]
    if not files:
        return None
    file = draw.choice(files)
    data = file.read_bytes()
    kept = data[: int(len(data) * draw.uniform(0.1, 0.9))]
    file.write_bytes(kept.removesuffix(b"\n")[:-1])
    return f"{zone}/{file.relative_to(top).parts[0]}", kind


def in_force(file: Path, top: Path) -> bool:
    """Whether the newest version of its table names a data file."""
    from deltalake import DeltaTable  # noqa: PLC0415

    table = top / file.relative_to(top).parts[0]
    return str(file) in {uri.removeprefix("file://") for uri in DeltaTable(str(table)).file_uris()}


def doctor(lake: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What `rendi doctor` finds to be mended."""
    monkeypatch.chdir(lake.parent)
    told = CliRunner().invoke(app, ["doctor", "--lake", str(lake), "--json"])
    return {one["what"]: one["say"] for one in json.loads(told.output) if one["fine"] == "NO"}
