"""Columns of text, made a million at a time: thin names over pyarrow's compute functions."""

import zlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Text = Any  # a pyarrow string array; pyarrow ships no types
Ints = np.ndarray
Dates = np.ndarray


def generator(seed: int, *purpose: object) -> np.random.Generator:
    """Random numbers of one purpose, so that one part of the city can change without moving another."""
    return np.random.default_rng([seed, *(zlib.crc32(str(word).encode()) for word in purpose)])


def plain(array: Text) -> Text:
    """One contiguous array out of a chunked one."""
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def join(*columns: Text, between: str = "") -> Text:
    """Columns and constants side by side, row by row."""
    return plain(pc.binary_join_element_wise(*columns, pa.scalar(between)))


def choose(pool: list[str], index: Ints) -> Text:
    """The words of `pool` at the positions of `index`; NULL at negative ones."""
    positions = np.asarray(index, dtype=np.int64)
    return pa.array(pool, pa.string()).take(pa.array(positions, mask=positions < 0))


def digits(numbers: Ints, width: int = 0) -> Text:
    """Whole numbers as text, filled with zeros on the left to `width`."""
    return pc.utf8_lpad(pc.cast(pa.array(np.asarray(numbers, dtype=np.int64)), pa.string()), width, "0")


def decimals(numbers: np.ndarray, places: int) -> Text:
    """Numbers as text with exactly `places` decimals."""
    scaled = np.rint(np.abs(numbers) * 10**places).astype(np.int64)
    sign = choose(["", "-"], ((numbers < 0) & (scaled > 0)).astype(np.int64))
    return join(sign, digits(scaled // 10**places), ".", digits(scaled % 10**places, places))


def iso_dates(dates: Dates) -> Text:
    """Dates as 2024-03-05; NULL where there is none."""
    return pc.cast(pa.array(np.asarray(dates, dtype="datetime64[D]")), pa.string())


def iso_moments(dates: Dates, rng: np.random.Generator) -> Text:
    """Dates with an office hour of that day, as 2024-03-05 09:21:44."""
    seconds = rng.integers(8 * 3600, 18 * 3600, len(dates))
    clock = join(digits(seconds // 3600, 2), digits(seconds // 60 % 60, 2), digits(seconds % 60, 2), between=":")
    return join(iso_dates(dates), clock, between=" ")


def where(condition: np.ndarray, yes: Text, no: Text) -> Text:
    """`yes` where the condition holds, else `no`; either may be None for NULL or a constant."""
    return plain(
        pc.if_else(
            pa.array(condition),
            pa.scalar(yes, pa.string()) if yes is None else yes,
            pa.scalar(no, pa.string()) if no is None else no,
        )
    )


def take(column: Text, index: Ints) -> Text:
    """The rows of a text column at `index`; NULL at negative positions."""
    positions = np.asarray(index, dtype=np.int64)
    return plain(column).take(pa.array(positions, mask=positions < 0))
