"""Bad deliveries, as a table: what is done to a good file, and what `rendi status` must say of it."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace


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

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Labels and rows of a text file."""
        text = self.data.decode(self.encoding)
        if self.ends == ".jsonl":
            objects = [json.loads(line) for line in text.splitlines()]
            return list(objects[0]), [[str(v) if v is not None else "" for v in o.values()] for o in objects]
        labels, *rows = csv.reader(io.StringIO(text))
        return labels, rows

    def written(self, labels: list[str], rows: list[list[str]]) -> bytes:
        """A text file of the same format."""
        if self.ends == ".jsonl":
            lines = [
                "{" + ", ".join(f"{_json(k)}: {_json(v)}" for k, v in zip(labels, r, strict=True)) + "}" for r in rows
            ]
            return ("\n".join(lines) + "\n").encode()
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([labels, *rows])
        return text.getvalue().encode(self.encoding)

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


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


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
    Fault("empty", lambda g: (g.ends, b""), "refused", "unreadable: .*empty|unreadable"),
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
    Fault("a column renamed", _renamed, "refused", "is missing.*did you mean", TEXT),
    Fault("a column duplicated", _duplicated, "refused", "two columns|unreadable", TEXT),
    Fault(
        "a column retyped",
        lambda g: (g.ends, g.with_values(g.typed, "壹佰万元整").data),
        "accepted",
        "rows break .*_valid",
        TEXT,
    ),
    Fault("a thousand columns", _wide, "accepted", r"unknown columns kept in bronze: x.* and 990 more", TEXT),
    Fault(
        "a megabyte in one field",
        lambda g: (g.ends, g.with_values(g.free, "长" * 350_000, "乙").data),
        "accepted",
        "1 rows hold a value of more than 100,000 characters",
        TEXT,
    ),
    Fault("NUL bytes", _spoilt(b"\0\0"), "accepted", "1 rows break line_readable", TEXT),
    Fault("bytes that are no text", _spoilt(b"\xed\xa0\x80\xff"), "accepted", "1 rows break line_readable", CSV),
    Fault("lone surrogates", _spoilt(rb"\ud800"), "accepted", "1 rows break line_readable", ("tax_payer",)),
    Fault(
        "formula text",
        lambda g: (g.ends, g.with_values(g.free, '=HYPERLINK("http://a.invalid","x")', "+1").data),
        "accepted",
        "1 rows hold text that reads as a formula",
        TEXT,
    ),
    # Last: what follows would be a small share of it.
    Fault("100 times larger than yesterday", _hundredfold, "accepted", "rows are [0-9]+ times", TEXT),
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
