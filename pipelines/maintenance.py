"""Maintenance: small files become large ones, and files that nobody can need any more go (rule 4).

What a table says does not change: compaction commits no change, and carries on the mark of what the table has seen.
Removed is only what stands in no newest version and in none of the last two closed nights; the ledger
governed/ops/maintenance names each file before it goes. Without Spark, and with every lock held.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, write_deltalake

from pipelines import disk, state
from pipelines.direct_commit import FILES
from pipelines.locks import held

LEDGER = "ops/maintenance"
NIGHTS = 2
# Bytes from which on a file is large; and so many small ones in one partition are worth a rewrite.
LARGE = 100 << 20
MANY = 8
# A checkpoint lets the log forget its oldest versions, which a closed night may still name.
_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
_COLUMNS = pa.schema(
    [
        ("at", pa.timestamp("us", "UTC")),
        ("table", pa.string()),
        ("compacted", pa.int64()),
        ("into", pa.int64()),
        ("removed", pa.int64()),
        ("bytes", pa.int64()),
        ("files", pa.list_(pa.string())),
        ("kept_versions", pa.list_(pa.int64())),
    ]
)


@dataclass
class Done:
    """What was done to one table: how many files were compacted into how many, how many went, of what size and which
    (by their paths within the table).
    """

    table: str
    kept_versions: list[int]
    compacted: int = 0
    into: int = 0
    removed: int = 0
    bytes: int = 0
    files: list[str] = field(default_factory=list)


def maintain(root: str, locks: list[str], keep_days: int, dry_run: bool = False, many: int = MANY) -> list[Done]:
    """Compact and clean every table of a lake; gives what was done, or would be.

    locks: the names of all that write to the lake. keep_days: how long a file stays after it left its table. many: how
    many small files of a partition are worth a rewrite. RendiError where somebody writes.
    """
    state.require(root)
    with ExitStack() as stack:
        for lock in locks:
            stack.enter_context(held(root, lock))
        closed = state.closed_nights(root)[:NIGHTS]
        versions = {}
        # All of them can be read before the first is written anew, or the ledger would not tell of it.
        for table, path in tables(root):
            with state.readable(table):
                versions[table] = DeltaTable(str(path)).version()
        found = []
        for table, path in tables(root):
            with state.readable(table), disk.said(root):
                # A table that was made anew has none of them.
                newest = versions[table]
                done = Done(table, sorted({night[table] for night in closed if night.get(table, newest + 1) <= newest}))
                _compact(path, done, many, dry_run)
                gone = _vacuum(path, done, keep_days, dry_run=True)
            done.files, done.removed = sorted(gone), len(gone)
            done.bytes = sum((path / name).stat().st_size for name in gone)
            if done.compacted or done.removed:
                found.append((path, done))
        told = [done for _, done in found]
        if told and not dry_run:
            _enter(root, told)
            for path, done in found:
                if done.removed:
                    _vacuum(path, done, keep_days, dry_run=False)
        return told


def tables(root: str) -> Iterator[tuple[str, Path]]:
    """Name and place of every table of a lake."""
    for log in sorted(Path(root).glob("*/*/*/_delta_log")):
        yield f"{log.parents[1].name}/{log.parent.name}", log.parent


def _compact(path: Path, done: Done, many: int, dry_run: bool) -> None:
    table = DeltaTable(str(path))
    files: list[dict[str, Any]] = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    small = Counter(
        tuple(value for name, value in file.items() if name.startswith("partition."))
        for file in files
        if file["size_bytes"] < LARGE
    )
    if max(small.values(), default=0) < many:
        return
    if dry_run:
        done.compacted = sum(count for count in small.values() if count > 1)
        done.into = sum(1 for count in small.values() if count > 1)
        return
    what = table.optimize.compact(
        target_size=LARGE, commit_properties=_mark(table), post_commithook_properties=_HOOKS, **FILES
    )
    done.compacted, done.into = what["numFilesRemoved"], what["numFilesAdded"]


def _vacuum(path: Path, done: Done, keep_days: int, dry_run: bool) -> list[str]:
    table = DeltaTable(str(path))
    return table.vacuum(
        retention_hours=24 * keep_days,
        dry_run=dry_run,
        enforce_retention_duration=False,
        # Change files are named by no version, and go by age alone: who has not read them takes all rows (rule 10).
        full=True,
        keep_versions=done.kept_versions,
        commit_properties=_mark(table),
        post_commithook_properties=_HOOKS,
    )


def _mark(table: DeltaTable) -> CommitProperties | None:
    """What the table's newest mark says, to be said again: a mark that lies far back could leave the log."""
    said = (commit.get("userMetadata") for commit in table.history())
    mark = next((text for text in said if text and text != "{}"), None)
    return CommitProperties(custom_metadata={"userMetadata": mark}) if mark else None


def _enter(root: str, told: list[Done]) -> None:
    now = dt.datetime.now(dt.UTC)
    rows = pa.Table.from_pylist([{"at": now, **asdict(done)} for done in told], _COLUMNS)
    write_deltalake(str(Path(root, "governed", LEDGER)), rows, mode="append", schema_mode="merge")
