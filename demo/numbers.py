"""Numbers of people and organisations, with the check characters that the standards ask for."""

import numpy as np
import pyarrow.compute as pc

from demo.text import Dates, Ints, Text, choose, digits, join

ID_WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]
USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = [3**place % 31 for place in range(17)]
ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]


def yyyymmdd(dates: Dates) -> Ints:
    """Dates as whole numbers such as 20240305."""
    days = np.asarray(dates, dtype="datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    return (
        (months // 12 + 1970) * 10000
        + (months % 12 + 1) * 100
        + (days - days.astype("datetime64[M]")).astype(np.int64)
        + 1
    )


def ranks(keys: Ints) -> Ints:
    """How many equal keys stand before each one."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    starts = np.repeat(first, np.diff(np.r_[first, len(keys)]))
    result = np.empty(len(keys), dtype=np.int64)
    result[order] = np.arange(len(keys)) - starts
    return result


def id_numbers(county: Ints, birth: Dates, sex: Ints) -> Text:
    """Resident identity numbers (GB 11643-1999), all different; odd sequence numbers are men."""
    start = county * 10**8 + yyyymmdd(birth)
    sequence = (ranks(start * 10 + sex) + start * 7919 % 491) % 495 * 2 + sex % 2
    return with_id_check(start * 1000 + sequence)


def with_id_check(body: Ints) -> Text:
    """Bodies of 17 digits with their check character (GB 11643-1999, clause 5; ISO 7064 MOD 11-2)."""
    total = sum(body // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(ID_WEIGHTS))
    return join(digits(body, 17), choose(list("10X98765432"), np.asarray(total) % 11))


def fifteen(id_number: str) -> str:
    """The number as it was before 1999: no century, no check character."""
    return id_number[:6] + id_number[8:17]


def organisation_codes(serial: Ints, modern: np.ndarray) -> Text:
    """Organisation codes (GB 11714-1997) without hyphen: 8 digits before 2015, MA and six signs after; plus check."""
    scattered = (serial * 7919 + 10_000_019) % 100_000_007
    old = np.stack([scattered // 10 ** (7 - place) % 10 for place in range(8)])
    new = np.stack(
        [np.full(len(serial), 22), np.full(len(serial), 10)]
        + [(serial * 104_729 + 31**5) % 31**6 // 31 ** (5 - place) % 31 for place in range(6)]
    )
    new[2:] = np.array(["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(sign) for sign in USCC_SIGNS])[new[2:]]
    values = np.where(modern, new, old)
    check = -(np.array(ORGANISATION_WEIGHTS)[:, None] * values).sum(axis=0) % 11
    signs = list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return join(*[choose(signs, row) for row in values], choose(list("0123456789X"), check))


def credit_codes(department: Text, region: Text, organisation: Text) -> Text:
    """Unified social credit codes (GB 32100-2015): department and kind, region, organisation code, check sign."""
    body = join(department, region, organisation)
    value = np.zeros(128, dtype=np.int64)
    value[[ord(sign) for sign in USCC_SIGNS]] = np.arange(31)
    signs = np.frombuffer("".join(body.to_pylist()).encode(), dtype=np.uint8).reshape(-1, 17)
    check = -(value[signs] * USCC_WEIGHTS).sum(axis=1) % 31
    return join(body, choose(list(USCC_SIGNS), check))


def registration_numbers(region: Text, serial: Ints) -> Text:
    """Business registration numbers of before 2015: region, eight digits, check digit (GS 15-2006, MOD 11-10)."""
    body = join(region, digits(serial % 10**8, 8))
    values = pc.cast(body, "int64").to_numpy()
    carry = np.full(len(values), 10)
    for place in range(14):
        total = (carry + values // 10 ** (13 - place) % 10) % 10
        carry = np.where(total == 0, 10, total) * 2 % 11
    return join(body, digits((11 - carry) % 10))


def phones(rng: np.random.Generator, count: int) -> Text:
    """Mobile numbers."""
    heads = [
        "135",
        "136",
        "137",
        "138",
        "139",
        "150",
        "151",
        "152",
        "158",
        "159",
        "177",
        "180",
        "181",
        "186",
        "188",
        "199",
    ]
    return join(choose(heads, rng.integers(0, len(heads), count)), digits(rng.integers(0, 10**8, count), 8))
