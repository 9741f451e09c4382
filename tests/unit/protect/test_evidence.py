"""What counts as evidence: valid numbers wherever they hide, known names, and little else."""

import json
import random
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from pipelines.protect.evidence import LATIN_NAME_LIKE, NUMBER_LIKE, is_id_number, kinds_in, known

NOTHING = known((), ())
ID = "44010619900307123" + ric.calc_check_digit("440106199003071230")
PHONE = "13912345678"
CITY = known(["张伟", "欧阳", "阿依古丽·买买提", "John Smith", "和平", "王"], ["和平", "440106850307123"])


def passes(pattern: str, text: str) -> bool:
    """Whether the scan's first cut lets `text` through to be judged."""
    return bool(pc.match_substring_regex(pa.array([text]), pattern)[0].as_py())


@given(st.dates(min_value=date(1850, 1, 1), max_value=date(2099, 12, 31)), st.integers(0, 999))
def test_check_digits_are_those_of_stdnum(born: date, serial: int) -> None:
    body = f"440106{born:%Y%m%d}{serial:03d}"
    assert [digit for digit in "0123456789X" if is_id_number(body + digit)] == [ric.calc_check_digit(body + "0")]


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID.lower(),
        f"card {ID}42",
        f"G{ID}",
        f"id{ID}",
        f"id={ID}&x=1",
        f"{ID[:6]} {ID[6:14]} {ID[14:]}",
        f"{ID[:6]}-{ID[6:14]}-{ID[14:]}",
        ID.translate({ord(digit): ord("０") + int(digit) for digit in "0123456789"}),
        f"000{ID}000",
        "440106850307124",
        "11010519491231002X",  # the example of GB 11643
    ],
)
def test_an_id_number_is_found_wherever_it_hides(text: str) -> None:
    assert "id_number" in kinds_in(text, CITY)
    assert passes(NUMBER_LIKE, text)


def test_numbers_of_new_districts_residence_permits_and_residence_cards_are_found() -> None:
    for body in ("33011420240307123", "81000019900307123", "83000019900307123", "94484019900307123"):
        assert is_id_number(body + ric.calc_check_digit(body + "0"))


@pytest.mark.parametrize(
    "text",
    [
        ID[:-1] + ("1" if ID[-1] != "1" else "2"),
        "440106199002301232",  # 30 February
        "160106199003071234",  # no such province
        "440106001234567",  # a registration number: month 23
        "440106850307123",  # one that the caller knows
        "0.440106850307124",
        "2024-03-05 11:12:13.123456",
        "1730000000000",
        "1730000000000000000",
        "POLYGON((113.2644350 23.1291630, 113.2644351 23.1291631))",
        "440106001001",
        "part-00000-9d1391234-5678-4139-8123-13912345678a.snappy.parquet",
        "a13912345678f0000000000000000000",
        "k1:a440106850307124b000000000000000",
        "0.13912345678",
        "13912345678.25",
        "138******78",
        "张**",
        "欧阳**",
        "和平",
        "张伟路12号",
        "长江大道3号张伟2栋",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert kinds_in(text, CITY) == set()


def test_hashes_of_any_kind_are_left_alone() -> None:
    rng = random.Random(3)
    hashes = (rng.randbytes(size).hex() for size in (8, 16, 20, 32) for _ in range(20_000))
    assert [value for value in hashes if kinds_in(value, NOTHING)] == []


def test_a_credit_code_of_digits_alone_is_no_residence_card() -> None:
    rng = random.Random(7)
    weights = [pow(3, i, 31) for i in range(17)]
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    bodies = (f"91440120{rng.randrange(100):02d}0307{rng.randrange(1000):03d}" for _ in range(4000))
    codes = [body + alphabet[-sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 31] for body in bodies]
    alike = [code for code in codes if code.isdigit() and ric.calc_check_digit(code) == code[-1]]
    assert len(alike) > 20
    assert all(kinds_in(code, NOTHING) == set() for code in alike)


@pytest.mark.parametrize(
    "text",
    [
        PHONE,
        "86" + PHONE,
        "+86 139-1234-5678",
        "139 1234 5678",
        f"k1:{PHONE};{PHONE}",
        "tel:" + PHONE,
        "tel" + PHONE,
        f"电话{PHONE}。",
        "020-38123456",
        "020－38123456",
        "0755-2345678",
        "１３９１２３４５６７８",
        '{"a":"\\u0031\\u0033\\u0039\\u0031\\u0032\\u0033\\u0034\\u0035\\u0036\\u0037\\u0038"}',
        "&#49;3912345678",
    ],
)
def test_a_phone_number_is_found_wherever_it_hides(text: str) -> None:
    assert "phone" in kinds_in(text, NOTHING)
    assert passes(NUMBER_LIKE, text)


@pytest.mark.parametrize(
    "text",
    [
        "张伟",
        "李四;张伟",
        "李四、张伟",
        "<td>张伟</td>",
        "name=张伟 row=3",
        "name张伟",
        json.dumps({"n": "张伟"}),
        "&#24352;&#20255;",
        "阿依古丽·买买提",
        "1,阿依古丽·买买提,2",
        "John Smith",
        '{"name": "John Smith"}',
    ],
)
def test_a_known_name_is_found_as_a_word_of_its_own(text: str) -> None:
    assert kinds_in(text, CITY) == {"full_name"}
    assert passes(LATIN_NAME_LIKE, text)


def test_a_name_within_a_longer_word_or_unknown_is_not_evidence() -> None:
    assert all(kinds_in(text, CITY) == set() for text in ("张伟民", "大张伟", "李四", "王", "Anna Karenina"))


def test_what_is_known_never_shows_in_a_repr() -> None:
    assert "张伟" not in repr(CITY)


@given(st.text())
def test_no_text_ends_the_scan(text: str) -> None:
    assert kinds_in(text, CITY) <= {"id_number", "phone", "full_name"}
