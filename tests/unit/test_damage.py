"""What is cut among a table's files is found, whatever a reader would go around."""

from pathlib import Path

import deltalake
import pyarrow as pa
import pytest

from pipelines.damage import Damage, damaged
from pipelines.mend import advice

TABLE = "silver/market_register"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of three commits and a checkpoint."""
    path = tmp_path / "restricted" / TABLE
    for n in range(3):
        deltalake.write_deltalake(str(path), pa.table({"a": [n]}), mode="append")
    deltalake.DeltaTable(str(path)).create_checkpoint()
    return path


def found(table: Path) -> list[tuple[str, bool]]:
    return [(Path(d.file).name, d.spare) for d in damaged(str(table.parents[2])) if d.table == TABLE]


def cut(file: Path) -> str:
    file.write_bytes(file.read_bytes()[:-20])
    return file.name


def test_a_whole_table_is_whole(table: Path) -> None:
    assert found(table) == []


def test_a_cut_commit_is_a_loss(table: Path) -> None:
    name = cut(table / "_delta_log" / f"{1:020d}.json")
    assert found(table) == [(name, False)]


def test_a_commit_of_nothing_is_a_loss(table: Path) -> None:
    (table / "_delta_log" / f"{2:020d}.json").write_bytes(b"")
    assert found(table) == [(f"{2:020d}.json", False)]


def test_a_cut_checkpoint_is_spare_as_long_as_the_commits_are_there(table: Path) -> None:
    name = cut(next((table / "_delta_log").glob("*.checkpoint.parquet")))
    assert found(table) == [(name, True)]
    (table / "_delta_log" / f"{0:020d}.json").unlink()
    assert found(table) == [(name, False)]


def test_a_cut_checkpoint_is_spare_too_where_an_older_one_and_what_followed_are_there(table: Path) -> None:
    log = table / "_delta_log"
    for n in range(2):
        deltalake.write_deltalake(str(table), pa.table({"a": [n]}), mode="append")
    deltalake.DeltaTable(str(table)).create_checkpoint()
    # Delta forgets commits that are older than a month.
    (log / f"{0:020d}.json").unlink()
    (log / f"{1:020d}.json").unlink()
    name = cut(sorted(log.glob("*.checkpoint.parquet"))[-1])
    assert found(table) == [(name, True)]
    (log / f"{3:020d}.json").unlink()
    assert found(table) == [(name, False)]


def test_a_cut_pointer_is_spare(table: Path) -> None:
    (table / "_delta_log" / "_last_checkpoint").write_text('{"vers')
    assert found(table) == [("_last_checkpoint", True)]


def test_a_cut_data_file_is_a_loss(table: Path) -> None:
    name = cut(next(table.glob("*.parquet")))
    assert found(table) == [(name, False)]


@pytest.mark.parametrize(
    ("table", "spare", "says"),
    [
        ("silver/tax_payer", False, "makes it anew from bronze"),
        ("bronze/tax_payer", False, "lands it again from the originals"),
        ("bronze/hr_social_insurance", False, "from a backup"),
        ("decision/alias", False, "from a backup"),
        ("ops/run", False, "not told again"),
        ("bronze/hr_social_insurance", True, "nothing is lost"),
    ],
)
def test_what_to_do_depends_on_where_else_it_stands(table: str, spare: bool, says: str) -> None:
    assert says in advice(Damage(table, Path("x"), "f", "what", spare), ["hr_social_insurance"])
