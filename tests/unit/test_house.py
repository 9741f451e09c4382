"""Imports go one way: schemas ← quality, catalog ← pipelines; a unit imports no other unit, a DAG only a list."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parents[2]
BELOW = {
    "schemas": set(),
    "quality": {"schemas"},
    "catalog": {"schemas"},
    "demo": {"schemas"},
    "pipelines": {"schemas", "quality", "catalog", "demo"},
    "bench": {"schemas", "pipelines", "demo"},
}
UNITS = {"land", "refine", "link", "protect", "master", "topics", "publish"}


def imports(package: str) -> Iterator[tuple[Path, str]]:
    for path in (HOUSE / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield path, node.module
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


def test_packages_import_only_those_below_them() -> None:
    wrong = [
        f"{path.relative_to(HOUSE)} imports {name}"
        for package, below in BELOW.items()
        for path, name in imports(package)
        if (top := name.split(".")[0]) in BELOW and top != package and top not in below
    ]
    assert wrong == []


def test_a_unit_imports_no_other_unit() -> None:
    wrong = [
        f"{path.relative_to(HOUSE)} imports {name}"
        for path, name in imports("pipelines")
        if (parts := path.relative_to(HOUSE / "pipelines").parts)[0] in UNITS
        and name.startswith("pipelines.")
        and (other := name.split(".")[1]) in UNITS
        and other != parts[0]
    ]
    assert wrong == []


def test_dags_take_the_list_of_sources_from_the_house_and_nothing_else() -> None:
    allowed = {"airflow", "dags", *sys.stdlib_module_names}
    wrong = [
        f"{path.relative_to(HOUSE)} imports {name}"
        for path, name in imports("dags")
        if name.split(".")[0] not in allowed and name not in ("schemas.contract", "schemas.contract.sources")
    ]
    assert wrong == []
    assert ("nightly.py", "schemas.contract.sources") in {(path.name, name) for path, name in imports("dags")}


def test_a_dag_calls_commands_and_computes_nothing() -> None:
    """No loop over data, no file, no process, no network: all that stands in the folder's one alarm."""
    outside = {"open", "subprocess", "shutil", "urllib", "socket"}
    for path in (HOUSE / "dags").glob("*.py"):
        names = {n.id for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Name)}
        assert path.name == "alarm.py" or not names & outside, path.name


def test_every_source_has_a_suite_and_a_catalogue_entry() -> None:
    for contract in (HOUSE / "schemas" / "contracts").glob("*.yaml"):
        assert (HOUSE / "quality" / "suites" / contract.name).exists()
        assert (HOUSE / "catalog" / "entries" / contract.name).exists()


def test_no_two_test_files_bear_one_name() -> None:
    names = Counter(path.name for path in (HOUSE / "tests").rglob("test_*.py"))
    # pytest takes the second for the first, and refuses to collect both.
    assert [name for name, count in names.items() if count > 1] == []
