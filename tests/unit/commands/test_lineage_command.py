"""`rendi lineage`: both ways, as a table and as JSON, and one sentence for what nobody knows."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from pipelines import cli
from pipelines.about import FORMAT
from pipelines.lineage.facts import Facts


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that holds nothing but its mark and what lineage says."""
    root = tmp_path_factory.mktemp("lineage") / "lake"
    root.mkdir()
    (root / "format.json").write_text(json.dumps({"format": FORMAT}))
    rows = pa.Table.from_pylist([asdict(edge) for edge in Facts().all()])
    write_deltalake(str(root / "governed" / "ops" / "lineage"), rows)
    return root


@pytest.fixture
def ask(lake: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """`rendi lineage …` as a person calls it: exit code, what it printed, and what it said of an error."""

    def call(*words: str, root: Path = lake) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rendi", "lineage", *words, "--lake", str(root)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(ended.value.code or 0), said.out, said.err.strip()

    return call


def test_a_master_column_is_shown_back_to_the_departments_own_words_and_forward_to_what_is_opened(ask) -> None:
    code, out, _ = ask("master_person.ethnic")
    assert code == 0
    assert "bronze/police_household.ethnic" in out and "民族" in out
    assert "catalog/person.ethnic" in out and "open/" not in out
    assert "open/101001001-000002.sex" in ask("master/person.sex")[1]


def test_json_lists_what_only_decides_too(ask) -> None:
    code, out, _ = ask("master_person.sex", "--json")
    told = json.loads(out)
    back = {row["column"]: row for row in told["back"]}
    assert (code, told["column"]) == (0, "master/person.sex")
    assert back["bronze/police_household.sex"]["direct"] and not back["bronze/police_household.updated_at"]["direct"]
    forward = {row["column"]: row for row in told["forward"]}
    assert forward["open/101001001-000002.sex"]["clear"] and not forward["open/101001001-000002.people"]["clear"]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("master_persn.sex", "did you mean 'master_person'?"),
        ("master_person.sexx", "no column 'sexx' in master/person; did you mean 'sex'?"),
        ("record_tax_payer._night", "record/tax_payer._night is Rendi's own"),
    ],
)
def test_an_unknown_column_is_one_sentence_with_the_nearest_right_word(ask, column: str, said: str) -> None:
    code, out, error = ask(column)
    assert (code, out) == (1, "")
    assert said in error and "\n" not in error


def test_a_lake_without_lineage_says_what_to_do(ask, tmp_path: Path) -> None:
    (tmp_path / "format.json").write_text(json.dumps({"format": FORMAT}))
    code, _, error = ask("master_person.sex", root=tmp_path)
    assert code == 1 and "ops/lineage" in error and "run the night first" in error
