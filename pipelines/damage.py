"""What is damaged among a lake's tables: files of their logs that were cut short, and data files that are not whole.

Looked at without Spark, file by file: a reader that goes around a broken hint or checkpoint would say that all is fine.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.lake import GOVERNED


@dataclass(frozen=True)
class Damage:
    """One table's damage. file: that is broken, relative to the table; spare: nothing is lost where it is removed."""

    table: str
    path: Path
    file: str
    what: str
    spare: bool


def damaged(root: str) -> Iterator[Damage]:
    """The first thing that is wrong with each table of the lake at a local path, by table."""
    for zone in ("restricted", "governed"):
        for log in sorted(Path(root, zone).glob("*/*/_delta_log")):
            path = log.parent
            if (zone == "governed") == (path.parent.name in GOVERNED):
                table = f"{path.parent.name}/{path.name}"
                for file, what, spare in _of(path, log):
                    yield Damage(table, path, file, what, spare)


def _of(path: Path, log: Path) -> Iterator[tuple[str, str, bool]]:
    """What is lost first: after it nothing needs to be said of what is spare."""
    whole = True
    for commit in sorted(log.glob("*.json")):
        if commit.stem.isdigit() and not _is_commit(commit):
            yield f"_delta_log/{commit.name}", "a commit is cut short", False
            return
    cut = [checkpoint for checkpoint in sorted(log.glob("*.checkpoint*.parquet")) if not _is_parquet(checkpoint)]
    told = not cut or _is_told(log, {_number(checkpoint) for checkpoint in cut})
    for checkpoint in cut:
        whole = False
        yield f"_delta_log/{checkpoint.name}", "a checkpoint is cut short", told
        if not told:
            return
    hint = log / "_last_checkpoint"
    if hint.exists() and not _is_hint(hint):
        whole = False
        yield "_delta_log/_last_checkpoint", "the pointer to the last checkpoint is cut short", True
    if not whole:
        return
    try:
        files = pa.table(deltalake.DeltaTable(str(path)).get_add_actions(flatten=True)).to_pydict()
    except deltalake.exceptions.DeltaError as error:
        yield "_delta_log", f"its log cannot be read ({type(error).__name__})", False
        return
    for name, size in zip(files["path"], files["size_bytes"], strict=True):
        file = path / unquote(name)
        if not file.exists() or file.stat().st_size != size:
            yield name, "a data file is missing or cut short", False
            return


def _is_told(log: Path, cut: set[int]) -> bool:
    """Whether a log says all without the checkpoints that are cut: from its beginning on, or from a whole one."""
    commits = {_number(p) for p in log.glob("*.json") if p.stem.isdigit()}
    whole = {_number(p) for p in log.glob("*.checkpoint*.parquet")} - cut
    newest = max(commits, default=-1)
    return any(commits >= set(range(first + 1, newest + 1)) for first in (-1, *whole))


def _number(file: Path) -> int:
    return int(file.name.split(".", 1)[0])


def _is_commit(file: Path) -> bool:
    try:
        actions = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    except ValueError:
        return False
    return bool(actions) and all(isinstance(action, dict) for action in actions)


def _is_parquet(file: Path) -> bool:
    try:
        pq.read_metadata(file)
    except (pa.ArrowInvalid, OSError):
        return False
    return True


def _is_hint(file: Path) -> bool:
    try:
        return "version" in json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, TypeError):
        return False
