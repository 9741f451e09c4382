"""`rendi alias`: the stewards' CSV of superseded ID numbers, and what may belong into it."""

import datetime as dt
import json
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from pipelines import decisions
from pipelines.about import FORMAT
from pipelines.cli import app
from pipelines.commands import alias
from schemas.errors import RendiError

# Made up, of a county code that is no longer given out.
OLD, NEW, OTHER = "11010519491231002X", "110105194912310038", "110105194912310054"
HEADER = "number,same_as,valid_from,reason\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / "format.json").write_text(json.dumps({"format": FORMAT}))
    return lake


def told(root: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["alias", *words, "--lake", str(root)])
    assert done.exit_code == 0, done.exception
    return done.output


def written(folder: Path, *lines: str) -> Path:
    file = folder / "aliases.csv"
    file.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8-sig")
    return file


def test_the_stewards_file_is_taken_over_once_and_an_empty_same_as_withdraws(root: Path, tmp_path: Path) -> None:
    file = written(tmp_path, f"{OLD.lower()},{NEW},2026-02-20,letter of 20 February", f"{OTHER},,,never was one")
    assert told(root, "take", str(file), "--date", "2026-03-02") == "1 aliases decided, 1 stood already\n"
    assert told(root, "take", str(file)) == "0 aliases decided, 2 stood already\n"
    (standing,) = json.loads(told(root, "list", "--json"))
    assert (standing["number"], standing["same_as"], standing["night"]) == (OLD, NEW, "2026-03-02")
    told(root, "take", str(written(tmp_path, f"{OLD},,,the letter was about another")), "--date", "2026-03-03")
    assert json.loads(told(root, "list", "--json")) == []
    assert [(r["same_as"], r["night"]) for r in decisions.decided(str(root), "alias")] == [
        (NEW, dt.date(2026, 3, 2)),
        ("", dt.date(2026, 3, 3)),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{OLD[:-1]}1,{NEW},,x", "line 2: number is no ID number of 18 digits"),
        (f"{OLD},{NEW[:-1]},,x", "line 2: same_as is no ID number of 18 digits"),
        (f"{OLD},{OLD},,x", "line 2: number and same_as are one number"),
        (f"{OLD},{NEW},,", "line 2: reason is empty"),
        (f"{OLD},{NEW},,x\n{OLD},{OTHER},,y", "line 3: number stands on an earlier line"),
        (f"{OLD}", "line 2: reason is empty"),
    ],
)
def test_a_mistake_in_the_file_is_told_by_its_line_and_names_no_number(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(RendiError) as error:
        alias.read(written(tmp_path, line))
    assert said in str(error.value)
    assert not any(number in str(error.value) for number in (OLD[:17], NEW[:17], OTHER))


def test_a_misspelt_column_another_encoding_and_a_missing_file_are_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "aliases.csv"
    with pytest.raises(RendiError, match="no file"):
        alias.read(file)
    file.write_text(HEADER.replace("same_as", "sameas"))
    with pytest.raises(RendiError, match="no column 'same_as'; did you mean 'sameas'"):
        alias.read(file)
    file.write_bytes(f"{HEADER}{OLD},{NEW},,户籍更正\n".encode("gb18030"))
    with pytest.raises(RendiError, match="not readable as CSV in UTF-8"):
        alias.read(file)


def crosswalk(root: Path, *rows: tuple[str, str, str | None, str | None]) -> None:
    """record_id, version, number, name of persons' own mentions."""
    columns = {"record_id": pa.string(), "version": pa.string(), "name": pa.string(), "source": pa.string()}
    columns |= {"role": pa.string(), "keys": pa.list_(pa.string()), "left_on": pa.date32()}
    table = pa.Table.from_pylist(
        [
            {"record_id": one, "version": version, "name": name, "source": "police_household", "role": "self"}
            | {"keys": [f"id_number:{number}"] if number else [], "left_on": None}
            for one, version, number, name in rows
        ],
        pa.schema(columns.items()),
    )
    deltalake.write_deltalake(root / "restricted" / "link" / "person_record", table)


def test_a_record_that_changed_its_number_under_its_name_is_proposed(root: Path, tmp_path: Path) -> None:
    assert json.loads(told(root, "propose", "--json")) == []
    crosswalk(
        root,
        ("corrected", "", NEW, "张伟"),
        ("corrected", "d/f/1", OLD, "张伟"),
        ("bearer", "", OLD, "张伟"),
        # The key was given to another; a number came where none was; nothing changed.
        ("reissued", "", OTHER, "王芳"),
        ("reissued", "d/f/2", NEW, "李强"),
        ("filled", "", OTHER, "赵敏"),
        ("filled", "d/f/3", None, "赵敏"),
        ("moved", "", OTHER, "孙丽"),
        ("moved", "d/f/4", OTHER, "孙丽"),
    )
    (one,) = json.loads(told(root, "propose", "--json"))
    assert (one["number"], one["same_as"], one["record_id"], one["borne_by"]) == (OLD, NEW, "corrected", 1)
    told(root, "take", str(written(tmp_path, f"{OLD},{NEW},,letter")))
    assert json.loads(told(root, "propose", "--json")) == []
