"""Bad deliveries: none ends the night of the other sources, none is lost, each has its reason in `rendi status`."""

import datetime as dt
import hashlib
import json
import os
import random
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from pipelines import about, nightly, state
from pipelines.cli import app
from pipelines.lake import Lake
from pipelines.land.land_files import original_folder
from pipelines.protect import keyring
from pipelines.report import Report
from schemas import contract
from tests.system.faults.conftest import Note
from tests.system.faults.deliveries import FAULTS, LINK, TRICKS, Fault, Given
from tests.system.faults.lakes import ALL, Clean

pytestmark = pytest.mark.timeout(3000)

FIRST, NIGHT = dt.date(2026, 3, 2), dt.date(2026, 4, 30)
# Source -> encoding, a column of a type, a column of free text.
TRIED = {
    "market_penalty": ("utf-8", "罚款金额(万元)", "行政相对人名称"),
    "market_register": ("gb18030", "注册资本(万元)", "企业名称"),
    "tax_payer": ("utf-8", "arrears_yuan", "name"),
    "grid_boundary": ("utf-8", "community_code", "grid_name"),
    "health_resident": ("", "birth_date", "address"),
    "civil_relief": ("", "月救助金额", "姓名"),
}
UNTOUCHED = "planning_address"


@dataclass(frozen=True)
class Bad:
    """A bad file in the landing folder."""

    fault: Fault
    source: str
    date: dt.date
    path: Path


@dataclass(frozen=True)
class After:
    """The night over all bad deliveries, and what `rendi status` says of it."""

    lake: Lake
    report: Report
    bad: list[Bad]
    deliveries: dict[tuple[str, str], dict[str, str]]
    not_taken: dict[str, str]
    table: str
    seconds: float


@pytest.fixture(scope="module")
def after(clean: Clean, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> After:
    """One night: a good delivery of each source first, then a bad one a day."""
    folder = tmp_path_factory.mktemp("bad")
    landing = folder / "landing"
    (landing / UNTOUCHED).mkdir(parents=True)
    shutil.copy(next((clean.city / "landing" / UNTOUCHED).glob(f"*_{FIRST:%Y%m%d}.*")), landing / UNTOUCHED)
    bad = [one for source in TRIED for one in delivered(source, clean, landing)]
    for name, _ in TRICKS:
        Path(os.fsdecode(os.fsencode(landing / "market_penalty") + b"/" + name)).write_bytes(b"x")
    (landing / "market_penalty" / LINK).symlink_to("/etc/hostname")
    lake = Lake(spark, str(folder / "lake"))
    about.create(lake.root)
    keys = keyring.load_or_create(folder / "lake.keys.json")
    about.bind_keys(lake.root, keys.identity())
    contracts = tuple(contract.load(s) for s in (*TRIED, UNTOUCHED))
    begun = time.monotonic()
    report = nightly.run(nightly.Night(lake, str(landing), NIGHT, contracts, keys))
    seconds = time.monotonic() - begun
    told = CliRunner().invoke(app, ["status", "--lake", lake.root, "--json"])
    status = json.loads(told.output)
    deliveries = {(d["source"], d["date"]): d for d in status["deliveries"]}
    not_taken = {one["path"]: one["reason"] for one in status["not_taken"]}
    shown = CliRunner().invoke(app, ["status", "--lake", lake.root])
    assert (told.exit_code, shown.exit_code) == (0, 0), shown.exception
    return After(lake, report, bad, deliveries, not_taken, shown.output, seconds)


def delivered(source: str, clean: Clean, landing: Path) -> list[Bad]:
    """The bad files of a source, a day each, behind a good one; `make test` tries one of each other source."""
    encoding, typed, free = TRIED[source]
    good = min((clean.city / "landing" / source).glob(f"*_{FIRST:%Y%m%d}*"))
    given = Given(source, good.suffix, encoding, good.read_bytes(), typed, free)
    (landing / source).mkdir()
    (landing / source / f"{source}_{FIRST:%Y%m%d}{given.ends}").write_bytes(given.data)
    faults = [f for f in FAULTS if not f.only or source in f.only]
    if not ALL and source != "market_penalty":
        faults = random.Random(source).sample(faults, 1)
    made = []
    for n, fault in enumerate(faults, 1):
        ends, data = fault.spoil(given)
        date = FIRST + dt.timedelta(days=n)
        made.append(Bad(fault, source, date, landing / source / f"{source}_{date:%Y%m%d}{ends}"))
        made[-1].path.write_bytes(data)
    return made


def test_no_bad_delivery_ends_the_night_of_the_others(after: After) -> None:
    assert (after.report.closed, after.report.failed) == (True, {})
    assert after.deliveries[UNTOUCHED, str(FIRST)]["state"] == "accepted"
    assert all(after.deliveries[source, str(FIRST)]["state"] == "accepted" for source in TRIED)


def test_every_bad_delivery_has_its_state_and_reason_in_the_status(after: After, note: Note) -> None:
    wrong = []
    for one in after.bad:
        told = after.deliveries[one.source, str(one.date)]
        state_, says = next(
            ((s, r) for name, s, r in one.fault.other if name == one.source), (one.fault.state, one.fault.says)
        )
        if told["state"] != state_ or not re.search(says, told["reason"]):
            wrong.append((one.fault.name, one.source, told["state"], told["reason"]))
    assert wrong == []
    for fault in FAULTS:
        tried = [after.deliveries[b.source, str(b.date)] for b in after.bad if b.fault is fault]
        states = ", ".join(sorted({t["state"] for t in tried}))
        note("delivery", fault.name, len(tried), f"{states}; the others' night closed", after.seconds)


def test_no_bad_delivery_is_lost(after: After) -> None:
    entries = {(e.source, e.date): e for e in state.deliveries(after.lake.root)}
    for one in after.bad:
        entry = entries[one.source, one.date]
        # The journal knows the very file, which lies where it was put until somebody mends it.
        digest = hashlib.sha256(one.path.read_bytes()).hexdigest()
        assert [p.sha256 for p in entry.parts] == [digest]
        (part,) = entry.parts
        kept = Path(original_folder(after.lake, entry)) / part.name
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == digest
        if entry.state == "accepted":
            assert entry.delivered == entry.accepted + entry.quarantined + entry.duplicates > 0
            rows = after.lake.read(f"bronze/{one.source}").where(f"_delivery = '{entry.delivery}'").count()
            assert rows == entry.delivered


def test_names_that_play_tricks_are_not_taken_and_said(after: After, note: Note) -> None:
    told = {Path(path).name: reason for path, reason in after.not_taken.items()}
    for name, reason in TRICKS:
        assert reason in told[name.decode("utf-8", "backslashreplace")], name
    assert "leads out of the landing folder" in told[LINK]
    assert "\\n" in after.table and "/[red]market_penalty_20260303.csv" in after.table
    outcome = f"{len(TRICKS)} names and a link not taken, each with its reason; the others' night closed"
    note("delivery", "path tricks in names", 1, outcome, after.seconds)
