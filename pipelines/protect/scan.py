"""The leak scan: what stands in the clear where nothing may, without ever repeating it.

It reads Delta tables through `deltalake` and all else as files, so it needs no Spark. A column is cut to its distinct
values, one pattern of Arrow's finds the few that can hold evidence, and only those are judged one by one.
"""

import gzip
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pipelines.protect.evidence import (
    LATIN_NAME_LIKE,
    NAME_LIKE,
    NUMBER_LIKE,
    Known,
    holds_name,
    known,
    number_kinds,
)
from schemas.errors import RendiError

_ROWS = 131_072
_BYTES = 8 * 1024 * 1024
# They hold no text: checksums of Hadoop's, and the pictures and fonts of Data Docs.
_NO_TEXT = {".crc", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".woff", ".woff2", ".ttf", ".eot"}


@dataclass(frozen=True, order=True)
class Finding:
    """One place with clear values: table or file, column or first line, kind, and how many cells or lines."""

    place: str
    where: str
    kind: str
    count: int


def leaks(paths: Iterable[Path], names: Iterable[str] = (), public: Iterable[str] = ()) -> list[Finding]:
    """Every place below `paths` with a valid ID number, a phone number or a known full name; empty where all is well.

    paths: Delta tables, files or folders of both; Parquet is read by column, any other file by line (also gzipped).
    names: full names, found as a whole cell or set off from other words. public: values that are no leak although
    they look like one: registration numbers of 15 digits, offices' phone numbers, labels that are also someone's name.
    RendiError for what is absent or cannot be looked into: a check that did not run has found nothing out.
    """
    told = known(names, public)
    return sorted(finding for path in paths for finding in _scan(path, told))


def _scan(path: Path, told: Known) -> Iterator[Finding]:
    if not path.exists():
        raise RendiError(f"The leak scan finds no {path}: give it folders, tables or files that are there.")
    if path.is_file():
        yield from _scan_file(path, told)
        return
    for folder, subfolders, files in os.walk(path):
        here = Path(folder)
        if "_delta_log" in subfolders:
            subfolders.clear()
            yield from _scan_table(here, told)
        else:
            for name in files:
                yield from _scan_file(here / name, told)


def _scan_table(table: Path, told: Known) -> Iterator[Finding]:
    try:
        yield from _scan_columns(str(table), DeltaTable(table).to_pyarrow_dataset(), told)
    except (DeltaError, pa.ArrowException) as error:
        raise RendiError(f"The leak scan cannot read {table} ({type(error).__name__}): rebuild the table.") from None
    # The log repeats what was said with each commit, and of an older table the least and greatest value of each column.
    for entry in (table / "_delta_log").glob("*.json"):
        yield from _scan_lines(entry, told)
    for checkpoint in (table / "_delta_log").glob("*.parquet"):
        yield from _scan_file(checkpoint, told)


def _scan_file(path: Path, told: Known) -> Iterator[Finding]:
    if path.suffix in _NO_TEXT:
        return
    if path.suffix == ".parquet":
        try:
            yield from _scan_columns(str(path), ds.dataset(path, format="parquet"), told)
        except pa.ArrowException as error:
            raise RendiError(f"The leak scan cannot read {path} ({type(error).__name__}): publish it again.") from None
    else:
        yield from _scan_lines(path, told)


def _scan_columns(place: str, dataset: ds.Dataset, told: Known) -> Iterator[Finding]:
    counts: Counter[tuple[str, str]] = Counter()
    for batch in dataset.to_batches(batch_size=_ROWS):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            for where, texts in _texts(name, column):
                distinct = pc.value_counts(texts)
                for index, kind in _judged(distinct.field("values"), told):
                    counts[where, kind] += distinct.field("counts")[index].as_py()
    for (where, kind), count in counts.items():
        yield Finding(place, where, kind, count)


def _scan_lines(path: Path, told: Known) -> Iterator[Finding]:
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    before = 0
    for lines in _blocks_of_lines(path):
        for index, kind in _judged(pa.array(lines, pa.large_string()), told):
            counts[kind] += 1
            first.setdefault(kind, before + index + 1)
        before += len(lines)
    for kind, count in counts.items():
        yield Finding(str(path), f"line {first[kind]}", kind, count)


def _judged(texts: pa.Array, told: Known) -> Iterator[tuple[int, str]]:
    """The index and the kind of every piece of evidence, in the order of the texts for each kind."""
    for index, text in _matching(texts, NUMBER_LIKE):
        for kind in number_kinds(text, told):
            yield index, kind
    if told.names:
        for index, text in _matching(texts, LATIN_NAME_LIKE if told.latin else NAME_LIKE):
            if holds_name(text, told):
                yield index, "full_name"


def _matching(texts: pa.Array, pattern: str) -> Iterator[tuple[int, str]]:
    found = pc.indices_nonzero(pc.match_substring_regex(texts, pattern))
    return zip(found.to_pylist(), texts.take(found).to_pylist(), strict=True)


def _texts(path: str, column: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """All texts of a column, however deep: `phones[].mask`, `attributes.name.source`, `labels{key}`."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        yield from _texts(path, column.dictionary_decode())
    elif pa.types.is_struct(kind):
        for name, child in zip([child.name for child in kind], column.flatten(), strict=True):
            yield from _texts(f"{path}.{name}", child)
    elif pa.types.is_map(kind):
        start, end = column.offsets[0].as_py(), column.offsets[-1].as_py()
        yield from _texts(f"{path}{{key}}", column.keys.slice(start, end - start))
        yield from _texts(f"{path}{{value}}", column.items.slice(start, end - start))
    elif pa.types.is_nested(kind):
        yield from _texts(f"{path}[]", column.flatten())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        yield path, column.cast(pa.large_string())
    elif pa.types.is_integer(kind):
        yield path, column.filter(pc.greater(column.cast(pa.int64()), 10**10)).cast(pa.large_string())
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        decoded = [value and value.decode("utf-8", "replace") for value in column.to_pylist()]
        yield path, pa.array(decoded, pa.large_string())


def _blocks_of_lines(path: Path) -> Iterator[list[str]]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            while block := file.readlines(_BYTES):
                if any(b"\0" in line for line in block):
                    raise RendiError(f"The leak scan cannot look into {path}: it is not text; move it elsewhere.")
                yield [_decode(line) for line in block]
    except (OSError, EOFError) as error:
        raise RendiError(f"The leak scan cannot read {path} ({type(error).__name__}): see that it is whole.") from None


def _decode(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("gb18030", "replace")
