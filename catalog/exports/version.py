"""A version of an open dataset: its folder open/<resource code>/<version>/, whole or not there."""

import re
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pyarrow as pa

from catalog.catalogue import Catalogue
from catalog.catalogue import load as load_catalogue
from catalog.dataset import OpenDataset
from catalog.exports import checksums, csv, frictionless, json, parquet
from catalog.exports.published import PublishedFile
from catalog.exports.table import arrange

FORMATS: dict[str, Callable[[pa.Table, Path], None]] = {
    "csv": csv.write,
    "json": json.write,
    "parquet": parquet.write,
}

# A resource code with a hyphen: other folders are none of Rendi's.
_HOME = re.compile(r"[1-3][0-9]{6,}-[0-9]{6}")


def versions(home: Path) -> list[str]:
    """The versions (business dates) of the dataset in `home`, oldest first; half-written ones are none."""
    if not home.exists():
        return []
    return sorted(p.name for p in home.iterdir() if p.is_dir() and not p.name.startswith("."))


def _files(folder: Path, dataset: OpenDataset, version: str, rows: int, final: Path) -> list[PublishedFile]:
    paths = [(suffix, f"{dataset.name}.{suffix}") for suffix in FORMATS]
    return [
        PublishedFile(
            final / name, suffix, version, rows, (folder / name).stat().st_size, checksums.sha256(folder / name)
        )
        for suffix, name in paths
    ]


def _same(home: Path, version: str, dataset: OpenDataset, fresh: list[PublishedFile], catalogue: Catalogue) -> bool:
    """Whether the version that stands says and holds the same as the fresh files."""
    described = home / version / frictionless.NAME
    if not described.exists():
        return False
    text = frictionless.descriptor(dataset, fresh, version, catalogue)
    return described.read_text(encoding="utf-8") == text and checksums.hold(home / version)


def write(
    rows: pa.Table | Iterable[pa.RecordBatch],
    dataset: OpenDataset,
    folder: Path,
    day: date,
    catalogue: Catalogue | None = None,
) -> list[PublishedFile]:
    """Publish a dataset as of the business date `day`, in every format, with data package and checksums.

    rows: what `dataset.sql(day)` gave, in any order. folder: the root of what is open. Returns the files of the version
    in force: the newest one up to `day` where its content is the same (then nothing is written), else a new one. A
    version of the same day with other content is replaced. Nothing is written where the columns are not the dataset's.
    """
    catalogue = catalogue or load_catalogue()
    table = arrange(rows, dataset)
    home, version = folder / dataset.folder, day.isoformat()
    # What a killed run left behind is of no use to anybody.
    for left in (*home.glob(".*.new"), *home.glob(".*.old")):
        shutil.rmtree(left)
    fresh = home / f".{version}.new"
    fresh.mkdir(parents=True)
    for suffix, writer in FORMATS.items():
        writer(table, fresh / f"{dataset.name}.{suffix}")
    files = _files(fresh, dataset, version, table.num_rows, home / version)
    earlier = [v for v in versions(home) if v <= version]
    if earlier and _same(home, earlier[-1], dataset, files, catalogue):
        standing = _files(fresh, dataset, earlier[-1], table.num_rows, home / earlier[-1])
        shutil.rmtree(fresh)
        return standing
    frictionless.write(fresh, frictionless.descriptor(dataset, files, version, catalogue))
    checksums.write(fresh, [file.name for file in files] + [frictionless.NAME])
    if (home / version).exists():
        (home / version).rename(home / f".{version}.old")
    fresh.rename(home / version)
    shutil.rmtree(home / f".{version}.old", ignore_errors=True)
    return files


def withdraw(folder: Path, datasets: Iterable[OpenDataset]) -> None:
    """Remove every version of what is no longer among the open datasets from `folder`, the root of what is open."""
    kept = {dataset.folder for dataset in datasets}
    for home in folder.glob("*/"):
        if _HOME.fullmatch(home.name) and home.name not in kept:
            shutil.rmtree(home)
