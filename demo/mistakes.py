"""Spoil a rendered extract: which rows and fields of it, by the rates of errors.yaml, and what was there before."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from demo import faults
from demo.deliver import csv_lines, json_lines
from demo.text import Ints, Text, generator, plain

HERE = Path(__file__).parent
SMALL = 50
"""From this many rows on, each kind of mistake is made at least once on the first date."""


@dataclass
class Spoiled:
    """What was spoiled: `row` is the position in the sheet, or the row's identifier once it is `numbered`."""

    row: Ints
    field: list[str]
    kind: list[str]
    original: list[str | None]

    def at(self, chosen: Ints) -> "Spoiled":
        """Only some of the entries."""
        pick = chosen.tolist()
        return Spoiled(
            self.row[chosen],
            [self.field[i] for i in pick],
            [self.kind[i] for i in pick],
            [self.original[i] for i in pick],
        )


def together(parts: list[Spoiled]) -> Spoiled:
    """All entries of several."""
    return Spoiled(
        np.concatenate([np.zeros(0, dtype=np.int64), *[part.row for part in parts]]),
        [word for part in parts for word in part.field],
        [word for part in parts for word in part.kind],
        [word for part in parts for word in part.original],
    )


@dataclass
class Sheet:
    """An extract as delivered: columns, the subject of each row, and the broken line that stands in a row's place."""

    columns: dict[str, Text]
    subject: Ints
    broken: Text
    spoiled: Spoiled

    def __len__(self) -> int:
        return len(self.subject)

    def at(self, rows: Ints) -> "Sheet":
        """The sheet's rows at these positions, in this order, each at most once."""
        index = pa.array(rows)
        position = np.full(len(self), -1, dtype=np.int64)
        position[rows] = np.arange(len(rows))
        kept = self.spoiled.at(np.flatnonzero(position[self.spoiled.row] >= 0))
        kept.row = position[kept.row]
        columns = {name: column.take(index) for name, column in self.columns.items()}
        return Sheet(columns, self.subject[rows], self.broken.take(index), kept)

    def followed_by(self, other: "Sheet") -> "Sheet":
        """This sheet's rows and then another's."""
        later = Spoiled(other.spoiled.row + len(self), other.spoiled.field, other.spoiled.kind, other.spoiled.original)
        columns = {
            name: pa.concat_arrays([plain(column), plain(other.columns[name])]) for name, column in self.columns.items()
        }
        return Sheet(
            columns,
            np.r_[self.subject, other.subject],
            pa.concat_arrays([plain(self.broken), plain(other.broken)]),
            together([self.spoiled, later]),
        )


class Mistakes:
    """The rates of errors.yaml and the labels that stand in place of codes."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rates: dict[str, Any] = yaml.safe_load((HERE / "errors.yaml").read_text(encoding="utf-8"))
        self.labels: dict[str, dict[str, str]] = {}
        with (HERE / "data" / "labels.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                self.labels.setdefault(row["list"], {})[row["code"]] = row["label"]

    def make(self, source: str, columns: dict[str, Text], subject: Ints, day: int, file_format: str) -> Sheet:
        """A clean extract with the mistakes of its department."""
        rng = generator(self.seed, "mistakes", source, day)
        draw = random.Random(int(rng.integers(2**60)))
        least = 1 if day == 0 and len(subject) >= SMALL else 0
        columns = {name: plain(column) for name, column in columns.items()}
        parts: list[Spoiled] = []
        for name in columns:
            taken = np.zeros(len(subject), dtype=bool)
            for kind, rate, recorded in self._kinds(source, name):
                rows = _pick(taken, columns[name], rate, least, rng)
                spoiled = self._spoil(columns, name, kind, rows, draw)
                taken[spoiled.row] = True
                parts.append(spoiled if recorded else spoiled.at(np.zeros(0, dtype=np.int64)))
        sheet = Sheet(columns, subject, pa.nulls(len(subject), pa.string()), together(parts))
        sheet = self._repeat(sheet, self._rates(source, "rows"), least, rng)
        return _break(sheet, self._rates(source, "lines"), least, file_format, rng, draw)

    def _kinds(self, source: str, name: str) -> Iterator[tuple[str, float, bool]]:
        """Mistakes and lawful forms of a field, with their rates, and whether the truth records them."""
        for kind, rate in self._rates(source, name).items():
            yield kind, rate, True
        forms = self.rates["forms"]
        for kind, rate in forms.get(source, {}).get(name, forms["any"].get(name, {})).items():
            yield kind, rate, False

    def _rates(self, source: str, name: str) -> dict[str, float]:
        found: dict[str, float] = self.rates.get(source, {}).get(name, self.rates["any"].get(name, {}))
        return found

    def _spoil(self, columns: dict[str, Text], name: str, kind: str, rows: Ints, draw: random.Random) -> Spoiled:
        """Change the rows of one column (two, for swapped axes); rows on which the kind has no effect drop out."""
        index = pa.array(rows)
        before = columns[name].take(index).to_pylist()
        needs = {
            key: column.take(index) for key, column in columns.items() if key in ("id_number", "latitude", "longitude")
        }
        around = pa.table(needs).to_pylist() if needs else [{} for _ in before]
        if kind == "swapped":
            after = [row["latitude"] for row in around]
            columns["latitude"] = _put(columns["latitude"], rows, before)
        elif kind == "label":
            after = [self.labels[name].get(value, value) for value in before]
        else:
            fault = faults.KINDS[kind]
            after = [fault(value, row, draw) for value, row in zip(before, around, strict=True)]
        changed = np.array([one != other for one, other in zip(before, after, strict=True)], dtype=bool)
        columns[name] = _put(columns[name], rows, after)
        hit = np.flatnonzero(changed)
        return Spoiled(rows[hit], [name] * len(hit), [kind] * len(hit), [before[i] for i in hit.tolist()])

    def _repeat(self, sheet: Sheet, rates: dict[str, float], least: int, rng: np.random.Generator) -> Sheet:
        """Rows that come twice: whole, with another value beside the same key, or under another key."""
        for kind, rate in rates.items():
            rows = (
                np.unique(rng.integers(0, len(sheet), max(least, round(len(sheet) * rate)))) if len(sheet) else NO_ROWS
            )
            copies = sheet.at(rows)
            kinds = [kind] * len(rows)
            if kind != "repeat_whole":
                key, last = next(iter(copies.columns)), list(copies.columns)[-1]
                name = key if kind == "repeat_new_key" else "phone" if "phone" in copies.columns else last
                before = copies.columns[name]
                copies.columns = {**copies.columns, name: _altered(before, name, name == key)}
                same = pc.equal(before, copies.columns[name]).to_pylist()
                kinds = [kind if equal is False else "repeat_whole" for equal in same]
            mark = Spoiled(np.arange(len(rows)), [""] * len(rows), kinds, [None] * len(rows))
            copies.spoiled = together([copies.spoiled, mark])
            both = sheet.followed_by(copies)
            order = np.argsort(np.r_[np.arange(len(sheet)), rng.integers(0, len(sheet) + 1, len(rows))], kind="stable")
            sheet = both.at(order) if len(rows) else sheet
        return sheet


NO_ROWS = np.zeros(0, dtype=np.int64)


def _pick(taken: np.ndarray, column: Text, rate: float, least: int, rng: np.random.Generator) -> Ints:
    """Rows for one kind of mistake: not empty and not spoiled yet."""
    count = max(least, round(len(taken) * rate))
    # More than asked for, so that a small delivery finds one even where most rows are empty.
    lot = np.unique(rng.integers(0, max(len(taken), 1), count + 20 * least)) if len(taken) else NO_ROWS
    full = column.take(pa.array(lot)).is_valid().to_numpy(zero_copy_only=False)
    free = lot[full & ~taken[lot]]
    return np.sort(rng.permutation(free)[:count])


def _put(column: Text, rows: Ints, values: list[str | None]) -> Text:
    """The column with other values in these rows (sorted)."""
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = True
    return plain(pc.replace_with_mask(column, pa.array(mask), pa.array(values, pa.string())))


def _altered(column: Text, name: str, key: bool) -> Text:
    """Other values of the same form: a key of another office, a later second, another phone, another day."""
    if key:
        return pc.replace_substring_regex(column, "^3401", "3406")
    if name == "updated_at":
        return pc.replace_substring_regex(column, r"..$", "59")
    if name in ("phone", "building_no"):
        return pc.replace_substring_regex(column, r".$", "0")
    return pc.replace_substring_regex(column, r"-..$", "-15")


def _break(
    sheet: Sheet, rates: dict[str, float], least: int, file_format: str, rng: np.random.Generator, draw: random.Random
) -> Sheet:
    """Lines that no reader can split, in the formats that have lines."""
    if file_format not in ("csv", "jsonl") or not len(sheet):
        return sheet
    write = csv_lines if file_format == "csv" else json_lines
    for kind, rate in rates.items():
        if (kind == "cut_json") != (file_format == "jsonl"):
            continue
        rows = _pick(np.asarray(sheet.broken.is_valid()), pa.array(sheet.subject), rate, least, rng)
        lines = write({name: column.take(pa.array(rows)) for name, column in sheet.columns.items()}).to_pylist()
        # A line with quotes of its own may come out well-formed.
        sound = np.array(['"' not in line or file_format == "jsonl" for line in lines], dtype=bool)
        rows, lines = rows[sound], [line for line, ok in zip(lines, sound, strict=True) if ok]
        sheet.broken = _put(sheet.broken, rows, [faults.broken_line(kind, line, draw) for line in lines])
        mark = Spoiled(rows, [""] * len(rows), [kind] * len(rows), list(lines))
        sheet.spoiled = together([sheet.spoiled, mark])
    return sheet
