"""Which files are deliveries, what a delivery is known by, and what an archive may do."""

import gzip
import io
import random
import zipfile
from datetime import date
from pathlib import Path

import fsspec
import pytest

from pipelines.land import rows
from pipelines.land.discover import Delivery, Part, deliveries, strays
from pipelines.land.unpack import opened
from schemas import contract as contracts
from schemas.errors import RendiError

PENALTY = contracts.load("market_penalty")
HEADER = "行政处罚决定书文号,统一社会信用代码,行政相对人名称,处罚类别,罚款金额(万元),处罚决定日期\n"
BODY = (HEADER + "1,,甲店,警告,,2026-03-01\n2,,乙店,罚款,0.5,2026-03-01\n").encode()


def put(landing: Path, name: str, data: bytes = BODY) -> Path:
    folder = landing / "market_penalty"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def part(path: Path) -> Part:
    return Part(str(path), path.name, path.stat().st_size, "")


def delivery(path: Path) -> Delivery:
    return Delivery("market_penalty", date(2026, 3, 2), (part(path),))


def test_parts_of_a_day_make_one_delivery_and_days_come_oldest_first(tmp_path: Path) -> None:
    put(tmp_path, "market_penalty_20260303.csv")
    put(tmp_path, "market_penalty_20260302_2.csv")
    put(tmp_path, "market_penalty_20260302_1.CSV.gz", gzip.compress(BODY))
    put(tmp_path, "market_penalty_20260304.csv")
    found = deliveries(str(tmp_path), PENALTY, date(2026, 3, 3))
    assert [(one.date.day, [part.name for part in one.parts]) for one in found] == [
        (2, ["market_penalty_20260302_1.CSV.gz", "market_penalty_20260302_2.csv"]),
        (3, ["market_penalty_20260303.csv"]),
    ]
    assert strays(str(tmp_path), PENALTY) == []


def test_a_delivery_is_known_by_content_and_day_not_by_names_of_parts(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in "abc")
    for landing, names in ((first, "12"), (second, "21"), (third, "1")):
        landing.mkdir()
        for name, data in zip(names, (BODY, HEADER.encode()), strict=False):
            put(landing, f"market_penalty_20260302_{name}.csv", data)
    ids = [deliveries(str(landing), PENALTY, date.max)[0].id for landing in (first, second, third)]
    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) == 16


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("market_penalty_20260230.csv", "no day of the calendar"),
        ("market_penalty_20260302.xlsx", "is not named"),
        ("market_penalty_20260302.csv.part", "is not named"),
        ("market_penalty_20260302_..csv", "is not named"),
        ("other_20260302.csv", "is not named"),
        ("~$market_penalty_20260302.csv", "is not named"),
    ],
)
def test_a_file_that_is_no_delivery_is_reported_and_stops_nothing(tmp_path: Path, name: str, reason: str) -> None:
    put(tmp_path, "market_penalty_20260301.csv")
    put(tmp_path, name)
    assert [one.date.day for one in deliveries(str(tmp_path), PENALTY, date.max)] == [1]
    assert [reason in one.reason for one in strays(str(tmp_path), PENALTY)] == [True]


def test_a_link_out_of_the_landing_folder_and_a_folder_are_strays(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    (landing / "market_penalty" / "market_penalty_20260303.csv").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(BODY)
    (landing / "market_penalty" / "market_penalty_20260302.csv").symlink_to(tmp_path / "secret")
    assert deliveries(str(landing), PENALTY, date.max) == []
    assert [one.reason for one in strays(str(landing), PENALTY)] == [
        "is a link that leads out of the landing folder",
        "is not a file",
    ]


def test_a_file_beside_its_compressed_twin_counts_once(tmp_path: Path) -> None:
    put(tmp_path, "market_penalty_20260302.csv")
    put(tmp_path, "market_penalty_20260302.csv.gz", gzip.compress(BODY))
    assert len(deliveries(str(tmp_path), PENALTY, date.max)[0].parts) == 1
    assert "same part" in strays(str(tmp_path), PENALTY)[0].reason


def test_case_does_not_count_in_a_files_name(tmp_path: Path) -> None:
    put(tmp_path, "Market_Penalty_20260302_A.CSV")
    put(tmp_path, "market_penalty_20260302_a.csv.gz", gzip.compress(BODY))
    found = deliveries(str(tmp_path), PENALTY, date(2026, 3, 2))
    assert [(one.date.day, [part.name for part in one.parts]) for one in found] == [
        (2, ["Market_Penalty_20260302_A.CSV"])
    ]
    assert ["same part" in one.reason for one in strays(str(tmp_path), PENALTY)] == [True]


def test_a_landing_folder_may_be_any_fsspec_url() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/city/market_penalty/market_penalty_20260302.csv", BODY)
    found = deliveries("memory://city", PENALTY, date.max)
    assert rows.count(found[0], PENALTY) == 2


def test_a_source_without_a_folder_has_no_deliveries(tmp_path: Path) -> None:
    assert deliveries(str(tmp_path), PENALTY, date.max) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [("market_penalty_20260302.csv.gz", gzip.compress(BODY)), ("market_penalty_20260302.zip", zipped(("x.csv", BODY)))],
)
def test_an_archive_is_read_as_the_file_inside(tmp_path: Path, name: str, data: bytes) -> None:
    with opened(part(put(tmp_path, name, data)), PENALTY) as stream:
        assert stream.read(-1) == BODY


BOMB = BODY + b"3,,,,,\n" * 3_000_000


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("market_penalty_20260302.csv.gz", gzip.compress(BOMB), "expands beyond"),
        ("market_penalty_20260302.zip", zipped(("x.csv", BOMB)), "expands beyond"),
        ("market_penalty_20260302.csv.gz", gzip.compress(BODY)[:-9], "damaged or cut short"),
        ("market_penalty_20260302.zip", zipped(("x.csv", BODY))[:-9], "damaged or cut short"),
        ("market_penalty_20260302.zip", zipped(("../x.csv", BODY)), "names a path"),
        ("market_penalty_20260302.zip", zipped(("C:\\x.csv", BODY)), "names a path"),
        ("market_penalty_20260302.zip", zipped(("x.csv", BODY), ("y.csv", BODY)), "holds 2 files"),
        ("market_penalty_20260302.zip", zipped(("x.exe", BODY)), "no .csv file"),
    ],
)
def test_an_archive_that_is_broken_or_plays_tricks_is_refused(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    with pytest.raises(RendiError, match=reason):
        rows.count(delivery(put(tmp_path, name, data)), PENALTY)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_with_a_damaged_byte_is_read_whole_or_refused(tmp_path: Path, method: int) -> None:
    lines, chance = "".join(f"{n},,甲店,警告,,2026-03-01\n" for n in range(200)), random.Random(1)
    path = put(tmp_path, "market_penalty_20260302.zip")
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("x.csv", HEADER + lines)
    data = path.read_bytes()
    refused = 0
    for _ in range(60):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            assert rows.count(delivery(path), PENALTY) == 200
        except RendiError:
            refused += 1
    assert refused > 30


def test_a_missing_column_names_the_nearest_delivered_one(tmp_path: Path) -> None:
    renamed = BODY.decode().replace("处罚类别", "处罚类型").encode()
    header = rows.check_header(delivery(put(tmp_path, "market_penalty_20260302.csv", renamed)), PENALTY)
    assert (header.missing, header.extra) == (["penalty_kind"], ["处罚类型"])
    assert "did you mean '处罚类型'" in header.reason


def test_width_blanks_and_field_names_do_not_matter_in_a_header(tmp_path: Path) -> None:
    written = "\ufeff decision_no,统一社会信用代码 ,行政相对人名称,处罚类别,罚款金额（万元）,处罚决定日期\n1,,,,,\n"
    quoted = "\ufeff" + ",".join(f'"{field.label}"' for field in PENALTY.fields) + "\n1,,,,,\n"
    for header in (written, quoted):
        found = rows.check_header(delivery(put(tmp_path, "market_penalty_20260302.csv", header.encode())), PENALTY)
        assert (found.missing, found.extra) == ([], [])


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    doubled = BODY.decode().replace("处罚类别", "处罚决定日期").encode()
    with pytest.raises(RendiError, match="two columns are called '处罚决定日期'"):
        rows.check_header(delivery(put(tmp_path, "market_penalty_20260302.csv", doubled)), PENALTY)


@pytest.mark.parametrize("source", ["market_penalty", "tax_payer", "grid_boundary", "health_resident", "civil_relief"])
def test_an_empty_file_is_said_to_be_empty_whatever_its_format(tmp_path: Path, source: str) -> None:
    with pytest.raises(RendiError, match="unreadable: it is empty; ask the department"):
        rows.check_header(delivery(put(tmp_path, f"{source}_20260302.any", b"")), contracts.load(source))
