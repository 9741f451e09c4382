"""Bad deliveries, as a table: what is done to a good file, and what `rendi status` must say of it."""

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.system.faults import formats


@dataclass(frozen=True)
class Given:
    """A good file of a source. ends: what its name ends with; typed: a column that holds no free text; free: one that
    does."""

    source: str
    ends: str
    encoding: str
    data: bytes
    typed: str = ""
    free: str = ""

    def table(self) -> formats.Table:
        """Labels and rows."""
        return formats.table(self.data, self.ends, self.encoding)

    def written(self, labels: list[str], rows: list[list[str]]) -> bytes:
        """A file of the same format."""
        return formats.written(labels, rows, self.ends, self.encoding, self.data)

    def with_values(self, label: str, *values: str) -> "Given":
        """The same with these values at the column's first rows; one value alone stands in all."""
        labels, rows = self.table()
        at = labels.index(label)
        for n, row in enumerate(rows):
            row[at] = values[0] if len(values) == 1 else values[n] if n < len(values) else row[at]
        return replace(self, data=self.written(labels, rows))


@dataclass(frozen=True)
class Fault:
    """spoil: gives the ending of the file's name and its bytes. state, says: what `rendi status` tells, by default of
    all sources; says is a regular expression over the reason. only: the sources it is tried on, none: all."""

    name: str
    spoil: Callable[[Given], tuple[str, bytes]]
    state: str
    says: str
    only: tuple[str, ...] = ()
    other: tuple[tuple[str, str, str], ...] = ()


TEXT = ("market_penalty", "market_register", "tax_payer")
CSV = ("market_penalty", "market_register")
JSON = ("tax_payer", "grid_boundary")


def _zipped(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return made.getvalue()


def _other_encoding(given: Given) -> tuple[str, bytes]:
    other = "utf-8" if given.encoding == "gb18030" else "gb18030"
    return given.ends, given.data.decode(given.encoding).encode(other)


def _hundredfold(given: Given) -> tuple[str, bytes]:
    labels, rows = given.table()
    return given.ends, given.written(labels, [[f"{row[0]}{n:02d}", *row[1:]] for n in range(100) for row in rows])


def _renamed(given: Given) -> tuple[str, bytes]:
    labels, rows = given.table()
    return given.ends, given.written([labels[0], f"{labels[1]}2", *labels[2:]], rows)


def _duplicated(given: Given) -> tuple[str, bytes]:
    labels, rows = given.table()
    return given.ends, given.written([*labels, labels[0]], [[*row, row[0]] for row in rows])


def _wide(given: Given) -> tuple[str, bytes]:
    labels, rows = given.table()
    return given.ends, given.written(
        [*labels, *(f"x{n}" for n in range(1000))], [[*row, *("1" * 1000)] for row in rows]
    )


def _spoilt(what: bytes) -> Callable[[Given], tuple[str, bytes]]:
    """The given bytes stand in a free text of the first row."""

    def spoil(given: Given) -> tuple[str, bytes]:
        marked = given.with_values(given.free, "@@@@", "other")
        return given.ends, marked.data.replace(b"@@@@", what)

    return spoil


FAULTS = (
    Fault("empty", lambda g: (g.ends, b""), "refused", "unreadable: .*empty"),
    Fault(
        "truncated in the middle",
        lambda g: (g.ends, g.data[: len(g.data) * 11 // 20]),
        "refused",
        "unreadable|below the set share",
        other=(
            ("market_penalty", "accepted", "1 rows break line_readable"),
            ("tax_payer", "accepted", "1 rows break line_readable"),
        ),
    ),
    Fault(
        "truncated in the middle, compressed",
        lambda g: (f"{g.ends}.gz", gzip.compress(g.data)[:-40]),
        "refused",
        "damaged or cut short",
        TEXT,
    ),
    Fault("wrong encoding", _other_encoding, "refused", "it looks like|not utf-8", CSV),
    Fault(
        "wrong file under the right name",
        lambda g: (g.ends, b"%PDF-1.7\n" + b"1 0 obj\n" * 200),
        "refused",
        "unreadable",
    ),
    Fault(
        "zip bomb",
        lambda g: (f"{g.ends}.zip", _zipped(f"x{g.ends}", g.data + b"0" * (64 << 20))),
        "refused",
        "expands beyond",
    ),
    Fault(
        "path in an archive",
        lambda g: (f"{g.ends}.zip", _zipped(f"../../x{g.ends}", g.data)),
        "refused",
        "names a path",
    ),
    Fault("a column renamed", _renamed, "refused", "is missing.*did you mean"),
    Fault(
        "a column duplicated",
        _duplicated,
        "refused",
        "two columns",
        other=(
            ("grid_boundary", "refused", "unreadable: it is not JSON"),
            ("tax_payer", "refused", "unreadable: no line holds an object with a field of the contract"),
        ),
    ),
    Fault(
        "a column retyped",
        lambda g: (g.ends, g.with_values(g.typed, "壹佰万元整").data),
        "accepted",
        "rows break .*_valid",
    ),
    Fault("a thousand columns", _wide, "accepted", r"unknown columns kept in bronze: x.* and 990 more"),
    Fault(
        "a megabyte in one field",
        lambda g: (g.ends, g.with_values(g.free, "长" * 350_000, "乙").data),
        "accepted",
        "1 rows hold a value of more than 100,000 characters",
        # A cell of a spreadsheet takes 32,767.
        (*TEXT, "grid_boundary", "health_resident"),
    ),
    Fault(
        "NUL bytes",
        _spoilt(b"\0\0"),
        "accepted",
        "1 rows break line_readable",
        (*TEXT, "grid_boundary"),
        other=(("grid_boundary", "refused", "unreadable: it is not JSON"),),
    ),
    Fault(
        "bytes that are no text",
        _spoilt(b"\xed\xa0\x80\xff"),
        "accepted",
        "1 rows break line_readable",
        (*CSV, "grid_boundary"),
        other=(("grid_boundary", "refused", "unreadable: it is not UTF-8"),),
    ),
    Fault("lone surrogates", _spoilt(rb"\ud800"), "accepted", "1 rows break line_readable", JSON),
    Fault(
        "formula text",
        lambda g: (g.ends, g.with_values(g.free, '=HYPERLINK("http://a.invalid","x")', "+1").data),
        "accepted",
        "1 rows hold text that reads as a formula",
    ),
    # Last: what follows would be a small share of it.
    Fault("100 times larger than yesterday", _hundredfold, "accepted", "rows are [0-9]+ times"),
)

# Names in a source's folder that no night takes; bytes, for a file may be named by what is no text.
TRICKS: tuple[tuple[bytes, str], ...] = (
    (b"..%2f..%2fetc%2fpasswd_20260303.csv", "is not named"),
    (b"market_penalty_20260303_..csv", "is not named"),
    (b"market_penalty_20260303.csv\n", "is not named"),
    (b"market_penalty_20260303_\\..\\x.csv", "is not named"),
    (b"[red]market_penalty_20260303.csv", "is not named"),
    (b"market_penalty_\xff\xfe.csv", "is not named"),
    (b"market_penalty_20260231.csv", "no day of the calendar"),
)
LINK = "market_penalty_20260429.csv"
