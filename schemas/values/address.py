"""Addresses (GB/T 23705): one clean form of the text, its parts, and a key by which two writings of one door agree."""

import pyarrow as pa
from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.values.address_parts import PARTS, split
from schemas.values.arrow import arrow
from schemas.values.text import said

# Characters of the old standard and other regions that addresses still bear.
OLD = dict(
    zip(
        "號樓棟層區縣鎮鄉廣東門島灣園廈單橋巖嶺龍馬陽豐興華國",
        "号楼栋层区县镇乡广东门岛湾园厦单桥岩岭龙马阳丰兴华国",
        strict=True,
    )
)
MARKS = dict(zip("()[]〔〕【】—–－―~～〜＃", "（）（）（）（）-------#", strict=True))
FOLDS = OLD | MARKS
# 十 as a number is what counts roads; in a name (十字街) it is none.
NINE, COUNTED = "一二三四五六七八九", "(?=[路街巷弄段里]|大道|大街)"
TENS = (
    (f"([{NINE}])十([{NINE}]){COUNTED}", "$1$2"),
    (f"十([{NINE}]){COUNTED}", "1$1"),
    (f"([{NINE}])十{COUNTED}", "$10"),
    (f"十{COUNTED}", "10"),
)


def folded(text: Column) -> Column:
    """An address with simplified characters, full-width brackets, plain hyphens and capital letters."""
    upper = F.when(text.rlike("[a-z]"), F.upper(text)).otherwise(text)
    return F.translate(upper, "".join(FOLDS), "".join(FOLDS.values()))


def clean(text: Column) -> Column:
    """A folded address without spaces that mean nothing and without punctuation at its ends; NULL where nothing stays.

    text: string after `text.tidy` and `folded`. A space stays between two Latin letters or digits.
    """
    joined = F.regexp_replace(text, "(?<![A-Z0-9]) +| +(?![A-Z0-9])", "")
    plain = F.regexp_replace(F.regexp_replace(joined, "-{2,}", "-"), r"\A[,.;:、。]+|[,.;:、。]+\z", "")
    changed = text.rlike(r" |--|\A[,.;:、。]|[,.;:、。]\z")
    # A dash of any kind, once folded, may stand for no address at all.
    return F.when(changed, said(plain)).when(F.length(text) > 1, text).otherwise(said(text))


def parse(address: Column) -> Column:
    """The parts of a clean address, in one pass over Arrow batches.

    Returns struct<province, city, district, town, community, road, number, building, unit, room, rest>, all string,
    NULL where the address does not say it. Provinces have their full name; number, building, unit and room hold the
    designation alone, in Arabic digits (3 for 三幢, A for A座, 自编3 for an owner's own 自编3号); rest is what no part
    took and may tell doors apart.
    """
    struct = f"struct<{','.join(f'{part}:string' for part in PARTS)}>"
    return arrow(_parse, struct)(address)


def _parse(address: pa.Array) -> pa.Array:
    # Households share addresses, and deliveries come sorted: each text is parsed once a batch.
    encoded = address.dictionary_encode()
    rows = [split(text) for text in encoded.dictionary.to_pylist()]
    columns = list(zip(*rows, strict=True)) or [()] * len(PARTS)
    parts = pa.StructArray.from_arrays([pa.array(column, pa.string()) for column in columns], PARTS)
    return parts.take(encoded.indices)


def standard_key(parts: Column) -> Column:
    """What identifies a door within its district: "road|number|building|unit|room", empty where a part is missing.

    What no part took stands behind a further bar: only an address that says the same there is this door.

    parts: struct of `parse`. Returns a string, NULL where neither road nor community, or neither number nor building,
    is known. A road is compared with Arabic digits (中山1路, 建国12路), a village without roads stands in its place.
    """
    street = F.coalesce(parts["road"], parts["community"])
    doors = [F.coalesce(parts[part], F.lit("")) for part in PARTS[6:10]]
    key = F.concat_ws("|", _counted(street), *doors, parts["rest"])
    return F.when(street.isNotNull() & F.coalesce(parts["number"], parts["building"]).isNotNull(), key)


def _counted(street: Column) -> Column:
    tens = street
    for written, digits in TENS:
        tens = F.regexp_replace(tens, written, digits)
    return F.translate(F.when(street.contains("十"), tens).otherwise(street), NINE, "123456789")
