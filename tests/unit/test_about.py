"""A lake that was begun and not marked, as a kill leaves it, is begun anew; what is no lake is refused."""

from pathlib import Path

import pytest

from pipelines import about
from schemas.errors import RendiError


def test_a_lake_without_its_mark_is_begun_anew(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    (root / "restricted").mkdir(parents=True)
    (root / "format.json.new").write_text("{")
    about.create(str(root))
    assert (root / "format.json").exists()
    assert (root / "restricted").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("file", ["notes.txt", "restricted/somebody.csv"])
def test_a_folder_that_holds_anything_else_is_refused(tmp_path: Path, file: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("x")
    with pytest.raises(RendiError, match="is not a lake"):
        about.create(str(tmp_path))


@pytest.mark.parametrize("name", ["city [new]", "a|b", "a^b", "a\\b"])
def test_a_folder_whose_name_delta_rs_does_not_take_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RendiError, match="name another folder with --lake"):
        about.create(str(tmp_path / name / "lake"))
    assert not (tmp_path / name).exists()
