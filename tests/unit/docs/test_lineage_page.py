"""What docs/lineage.md shows: the command's own output, and every word by which an edge says how."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake
from typer.testing import CliRunner

from pipelines.about import FORMAT
from pipelines.cli import app
from pipelines.lineage.edge import WAYS
from pipelines.lineage.facts import Facts

PAGE = (Path(__file__).parents[3] / "docs" / "lineage.md").read_text(encoding="utf-8")


def test_the_page_shows_what_the_command_prints(tmp_path: Path) -> None:
    (tmp_path / "format.json").write_text(json.dumps({"format": FORMAT}))
    rows = pa.Table.from_pylist([asdict(edge) for edge in Facts().all()])
    write_deltalake(str(tmp_path / "governed" / "ops" / "lineage"), rows)
    column, shown = re.search(r"\$ rendi lineage (\S+) --lake lake\n(.*?)```", PAGE, re.DOTALL).groups()  # type: ignore[union-attr]
    printed = CliRunner().invoke(app, ["lineage", column, "--lake", str(tmp_path)]).output
    assert [line.rstrip() for line in printed.splitlines()] == shown.splitlines()


def test_the_page_explains_every_word_of_how_and_no_other() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|$", PAGE, re.MULTILINE))
    assert told == {word: way.meaning for word, way in WAYS.items()}
