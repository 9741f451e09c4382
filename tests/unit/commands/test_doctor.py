"""`rendi doctor` where there is no lake yet, where none can be, and where its landing folder or originals are gone."""

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.about import FORMAT
from pipelines.cli import app
from pipelines.deliveries import Entry, PartOf
from schemas.errors import RendiError


def test_a_lake_whose_folders_are_not_there_yet_is_looked_at(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["doctor", "--json", "--lake", str(tmp_path / "no" / "such" / "lake")])
    found = {row["what"]: row["say"] for row in json.loads(told.stdout)}
    assert "GiB free" in found["disk"] and found["lake"].startswith("none at ")


def test_a_lake_on_an_object_store_is_refused() -> None:
    told = CliRunner().invoke(app, ["doctor", "--lake", "s3a://city/lake"]).exception
    assert isinstance(told, RendiError) and "mount it as a path" in str(told)


def entry(source: str, *parts: PartOf) -> Entry:
    date = dt.date(2026, 3, 2)
    told = {"source": source, "delivery": "20260302-a", "date": date, "night": date, "state": "accepted"}
    return Entry(**told, parts=parts, delivered=len(parts))


def test_an_original_that_is_gone_or_cut_and_a_broken_journal_are_named(tmp_path: Path) -> None:
    lake, journal = tmp_path / "lake", tmp_path / "lake" / "restricted" / "journal" / "tax_payer" / "20260302-a.json"
    original = lake / "restricted" / "original" / "tax_payer" / "20260302-a"
    for folder in (journal.parent, original):
        folder.mkdir(parents=True)
    (lake / "format.json").write_text(json.dumps({"format": FORMAT}))
    parts = [PartOf(name=f"{n}.jsonl", sha256="0" * 64, size=3) for n in "ab"]
    journal.write_text(entry("tax_payer", *parts).model_dump_json())

    def said() -> dict[str, tuple[str, str]]:
        told = CliRunner().invoke(app, ["doctor", "--json", "--lake", str(lake)])
        return {row["what"]: (row["fine"], row["say"]) for row in json.loads(told.stdout)}

    (original / "b.jsonl").write_bytes(b"{}")
    fine, say = said()["originals"]
    assert fine == "NO" and say.startswith(f"{original}/a.jsonl and 1 more: gone or cut; put back from a backup")
    for part in parts:
        (original / part.name).write_bytes(b"{}\n")
    assert said()["originals"] == ("yes", "all there")
    journal.write_text('{"source":')
    assert said()["journal"] == ("NO", f"{journal} is no entry of the journal: put it back from a backup")


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
        (lake / "restricted" / "journal" / source / "20260302-a.json").write_text(entry(source).model_dump_json())
    words = ["doctor", "--json", "--lake", str(lake), "--landing", str(tmp_path / folder)]
    found = {row["what"]: row for row in json.loads(CliRunner().invoke(app, words).stdout)}
    assert found["landing"]["fine"] == fine
    assert ("RENDI_LANDING" in found["landing"]["say"]) == (fine == "NO")


def test_a_landing_folder_that_cannot_be_read_is_not_fine(tmp_path: Path) -> None:
    words = ["doctor", "--json", "--lake", str(tmp_path / "lake"), "--landing", "git://city"]
    found = {row["what"]: row for row in json.loads(CliRunner().invoke(app, words).stdout)}
    assert found["landing"]["fine"] == "NO" and "install it into .venv" in found["landing"]["say"]
