"""`rendi doctor` where there is no lake yet, and where none can be."""

import json
from pathlib import Path

from typer.testing import CliRunner

from pipelines.cli import app
from schemas.errors import RendiError


def test_a_lake_whose_folders_are_not_there_yet_is_looked_at(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["doctor", "--json", "--lake", str(tmp_path / "no" / "such" / "lake")])
    found = {row["what"]: row["say"] for row in json.loads(told.stdout)}
    assert "GiB free" in found["disk"] and found["lake"].startswith("none at ")


def test_a_lake_on_an_object_store_is_refused() -> None:
    told = CliRunner().invoke(app, ["doctor", "--lake", "s3a://city/lake"]).exception
    assert isinstance(told, RendiError) and "mount it as a path" in str(told)
