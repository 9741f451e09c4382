"""Compaction and vacuum of a lake: what tables say stays, what nobody can need goes, and the next night is the same."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from demo import write
from pipelines import about, nightly, state
from pipelines.lake import Lake
from pipelines.locks import held
from pipelines.maintenance import LEDGER, Done, maintain, tables
from pipelines.protect.keyring import load_or_create
from schemas import contract
from schemas.errors import RendiError

pytestmark = pytest.mark.timeout(1500)

SOURCES = ("police_household", "planning_address")
DAYS = [dt.date(2026, 3, day) for day in (2, 3, 4, 5)]


class Nights:
    """Three nights of a city of 300 people, maintained; a fourth follows, here and in a copy that was not."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.folder, self.spark = folder, spark
        write(folder / "city", people=300, seed=5, days=len(DAYS))
        self.root, self.twin = folder / "lake", folder / "twin"
        for day in DAYS[:3]:
            self.run(self.root, day)
        shutil.copytree(self.root, self.twin)
        self.before = rows(self.root)
        self.marks = marks(spark, self.root)
        self.dry = maintain(str(self.root), nightly.locks(), keep_days=0, dry_run=True, many=2)
        self.files = files(self.root)
        self.done = maintain(str(self.root), nightly.locks(), keep_days=0, many=2)

    def run(self, root: Path, day: dt.date) -> None:
        lake = Lake(self.spark, str(root))
        about.create(lake.root)
        keys = load_or_create(self.folder / "keys.json")
        contracts = tuple(contract.load(s) for s in SOURCES)
        night = nightly.Night(lake, str(self.folder / "city" / "landing"), day, contracts, keys)
        assert nightly.run(night).failed == {}


def rows(root: Path, versions: dict[str, int] | None = None) -> dict[str, list[str]]:
    """Every table's rows but those of ops, of the newest version or of those that are given."""
    found = {}
    for table, path in tables(str(root)):
        if not table.startswith("ops/") and (versions is None or table in versions):
            read = DeltaTable(str(path), version=versions[table] if versions else None).to_pyarrow_table()
            found[table] = sorted(map(repr, read.select(sorted(read.column_names)).to_pylist()))
    return found


def marks(spark: SparkSession, root: Path) -> dict[str, object]:
    lake = Lake(spark, str(root))
    return {table: lake.seen(table) for table, _ in tables(str(root))}


def files(root: Path) -> set[Path]:
    return {p.relative_to(root) for p in root.glob("*/*/*/**/*.parquet") if "_delta_log" not in p.parts}


@pytest.fixture(scope="module")
def nights(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    return Nights(spark, tmp_path_factory.mktemp("maintenance"))


def test_what_the_tables_say_stays(nights: Nights) -> None:
    assert rows(nights.root) == nights.before
    assert marks(nights.spark, nights.root).items() >= nights.marks.items()


def test_a_dry_run_does_nothing_and_names_the_same_tables(nights: Nights) -> None:
    assert nights.files == files(nights.twin)
    assert {d.table for d in nights.dry if d.compacted} == {d.table for d in nights.done if d.compacted}


def test_small_files_become_few(nights: Nights) -> None:
    compacted = [d for d in nights.done if d.compacted]
    assert {"link/person_event", "master/place"} <= {d.table for d in compacted}
    assert all(d.into < d.compacted for d in compacted)


def test_closed_versions_of_the_last_two_nights_stay_readable_and_older_ones_do_not(nights: Nights) -> None:
    last, before, first = state.closed_nights(str(nights.root))
    for versions in (last, before):
        assert rows(nights.root, versions) == rows(nights.twin, versions)
    with pytest.raises(FileNotFoundError):
        rows(nights.root, first)


def test_the_ledger_names_what_went(nights: Nights) -> None:
    told = state.open_table(str(nights.root), LEDGER).to_pyarrow_table().drop_columns(["at"]).to_pylist()
    assert [Done(**row) for row in told] == nights.done
    gone = nights.files - files(nights.root)
    roots = {table: path.relative_to(nights.root) for table, path in tables(str(nights.root))}
    assert {roots[d.table] / name for d in nights.done for name in d.files} == gone
    assert sum(d.removed for d in nights.done) == len(gone) > 0
    assert sum(d.bytes for d in nights.done) == sum((nights.twin / p).stat().st_size for p in gone)


def test_nothing_is_removed_while_somebody_writes(nights: Nights) -> None:
    with held(str(nights.root), SOURCES[0]), pytest.raises(RendiError, match="is being written by"):
        maintain(str(nights.root), nightly.locks(), keep_days=0)


def test_the_next_night_comes_to_the_same(nights: Nights) -> None:
    for root in (nights.root, nights.twin):
        nights.run(root, DAYS[3])
    after, wanted = rows(nights.root), rows(nights.twin)
    assert after.keys() == wanted.keys()
    assert [table for table in wanted if after[table] != wanted[table]] == []


def test_files_of_the_last_days_stay(nights: Nights) -> None:
    assert [d for d in maintain(str(nights.root), nightly.locks(), keep_days=7) if d.removed] == []
