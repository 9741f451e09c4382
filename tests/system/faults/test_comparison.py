"""The comparison that all faults rest on: it tells what differs, and passes over what two runs may tell otherwise."""

import shutil
from pathlib import Path

from deltalake import DeltaTable

from pipelines.protect import scan
from tests.system.faults.lakes import DATES, Clean, contents, differences, log


def test_a_row_less_and_a_changed_or_left_over_file_are_differences(clean: Clean, lake: Path) -> None:
    shutil.copytree(clean.lake, lake)
    assert differences(contents(lake), clean.contents[-1]) == []
    DeltaTable(str(lake / "governed/master/person")).delete("sex = '1'")
    DeltaTable(str(lake / "governed/ops/unit")).delete(f"night = '{DATES[0]}' AND unit = 'link'")
    changed = [min(lake.glob(f"open/*/*/*{end}")) for end in (".parquet", ".json", ".csv", "SHA256SUMS")]
    changed += [min(lake.glob("restricted/journal/*/*")), lake / "format.json"]
    for file in changed:
        file.write_bytes(file.read_bytes() + b" ")
    left = lake / "restricted" / "original" / "left.new"
    left.touch()
    wanted = ["governed/master/person", f"governed/ops/unit of {DATES[0]}"]
    wanted += [str(file.relative_to(lake)) for file in (*changed, left)]
    assert differences(contents(lake), clean.contents[-1]) == sorted(wanted)


def test_how_many_rows_a_run_wrote_and_at_which_version_is_none(clean: Clean, lake: Path) -> None:
    shutil.copytree(clean.lake, lake)
    DeltaTable(str(lake / "governed/ops/unit")).update({"rows_out": "rows_out + 1", "seconds": "0.0"})
    DeltaTable(str(lake / "governed/master/person")).optimize.compact()
    assert differences(contents(lake), clean.contents[-1]) == []


def test_what_a_run_says_and_its_locks_name_nobody(clean: Clean) -> None:
    names = set(
        DeltaTable(str(clean.lake / "restricted/silver/police_household")).to_pyarrow_table()["name"].to_pylist()
    )
    said = log(clean.lake)
    assert "police_household" in said.read_text(encoding="utf-8")
    assert len(names) > 100
    assert scan.leaks([said, clean.lake / "locks"], names=names - {None}) == []
