"""`rendi doctor` where there is no lake yet, where none can be, and where its landing folder is gone."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.about import FORMAT
from pipelines.cli import app
from schemas.errors import RendiError


def test_a_lake_whose_folders_are_not_there_yet_is_looked_at(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["doctor", "--json", "--lake", str(tmp_path / "no" / "such" / "lake")])
    found = {row["what"]: row["say"] for row in json.loads(told.stdout)}
    assert "GiB free" in found["disk"] and found["lake"].startswith("none at ")


def test_a_lake_on_an_object_store_is_refused() -> None:
    told = CliRunner().invoke(app, ["doctor", "--lake", "s3a://city/lake"]).exception
    assert isinstance(told, RendiError) and "mount it as a path" in str(told)


@pytest.mark.parametrize(
    ("source", "folder", "fine"),
    [
        ("tax_payer", "typo", "NO"),
        ("tax_payer", "landing", "yes"),
        (None, "typo", "yes"),
        # It is asked in its database, and nothing of it lies in a folder.
        ("hr_social_insurance", "typo", "yes"),
    ],
)
def test_a_landing_folder_that_took_files_and_is_gone_is_not_fine(
    tmp_path: Path, source: str | None, folder: str, fine: str
) -> None:
    lake = tmp_path / "lake"
    for made in (lake / "restricted", tmp_path / "landing"):
        made.mkdir(parents=True)
    (lake / "format.json").write_text(json.dumps({"format": FORMAT}))
    if source:
        (lake / "restricted" / "journal" / source).mkdir(parents=True)
        (lake / "restricted" / "journal" / source / "20260302-a.json").write_text("{}")
    words = ["doctor", "--json", "--lake", str(lake), "--landing", str(tmp_path / folder)]
    found = {row["what"]: row for row in json.loads(CliRunner().invoke(app, words).stdout)}
    assert found["landing"]["fine"] == fine
    assert ("RENDI_LANDING" in found["landing"]["say"]) == (fine == "NO")
