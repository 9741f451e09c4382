"""A city whose making was interrupted is not taken for a whole one, and is made anew."""

import os
import subprocess
from pathlib import Path

import pytest

import demo
from demo import city
from demo.truth import Truth

HOUSE = Path(__file__).parents[3]


def test_the_readme_is_the_last_file_that_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Truth, "close", interrupted)
        for _ in ("a new city", "one that replaces a half-made one"):
            with pytest.raises(KeyboardInterrupt):
                demo.write(tmp_path, people=400, days=1)
            assert any((tmp_path / "landing").rglob("*.csv")) and not (tmp_path / city.WHOLE).exists()
    demo.write(tmp_path, people=400, days=1)
    readme = tmp_path / city.WHOLE
    assert "for 400 people" in readme.read_text(encoding="utf-8") and not (tmp_path / city.HALF).exists()
    with monkeypatch.context() as patched:
        patched.setattr(Truth, "close", interrupted)
        with pytest.raises(KeyboardInterrupt):
            demo.write(tmp_path, people=400, days=1)
    assert not readme.exists()


@pytest.fixture
def made(tmp_path: Path):
    """made(word, …) calls `make` in a folder whose `rendi` tells what it is asked for and what city it finds."""
    rendi = tmp_path / "bin" / "rendi"
    rendi.parent.mkdir()
    rendi.write_text('#!/bin/sh\necho "$@"; find city -type f | sort\n')
    rendi.chmod(0o755)

    def call(*words: str) -> str:
        command = ["make", "-f", str(HOUSE / "Makefile"), "-o", ".venv/ready", f"BIN={rendi.parent}", *words]
        clean = {name: value for name, value in os.environ.items() if name not in ("PEOPLE", "MAKEFLAGS", "MAKELEVEL")}
        return subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=True).stdout

    return call


def files(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x for 400 people")


def test_make_removes_what_is_left_of_a_half_made_city_and_nothing_else(made, tmp_path: Path) -> None:
    files(tmp_path / "city", city.HALF, "landing/a/a.csv", "truth/person.csv", "notes.txt")
    assert made("city/README.md", "PEOPLE=500").splitlines() == [
        "demo --out city --people 500 --days 3",
        "city/notes.txt",
    ]


def test_make_leaves_alone_what_no_demonstration_began(made, tmp_path: Path) -> None:
    files(tmp_path / "city", "landing/a/a.csv")
    assert "city/landing/a/a.csv" in made("city/README.md")


def test_make_says_that_a_city_of_another_size_stays(made, tmp_path: Path) -> None:
    files(tmp_path / "city", city.WHOLE)
    said = "city/ has another number of people than 500"
    assert said in made("run", "PEOPLE=500") and "city/ has" not in made("run", "PEOPLE=400") + made("run")
