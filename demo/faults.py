"""How one value is spoiled, or written in another lawful form: a function from text to text for each kind."""

import json
import random
import re
from collections.abc import Callable

from demo import numbers

Row = dict[str, str | None]
Fault = Callable[[str, Row, random.Random], str | None]
VARIANTS = str.maketrans(
    "国华丽龙云红凤俊静英永伟强刘陈张杨吴赵孙马郑罗邓冯叶苏吕蒋",
    "國華麗龍雲紅鳳峻靜瑛咏玮彊劉陳張楊吳趙孫馬鄭羅鄧馮葉蘇呂蔣",
)
WIDE = str.maketrans("0123456789Xx", "０１２３４５６７８９ＸＸ")
FORMULAS = ['=HYPERLINK("http://example.invalid","{}")', "+1{}", "@{}", "-{}", "=1+1|{}"]


def _other_digit(text: str, place: int) -> str:
    return text[:place] + str((int(text[place]) + 3) % 10) + text[place + 1 :]


def wrong_check(value: str, row: Row, draw: random.Random) -> str:
    """One digit typed wrongly, so that the check character no longer fits."""
    places = [place for place in range(6, len(value) - 1) if value[place].isdigit()]
    return _other_digit(value, draw.choice(places)) if places else value


def wrong_check_card(value: str, row: Row, draw: random.Random) -> str:
    """A disability card number whose inner identity number has a wrong digit."""
    return _other_digit(value, draw.randrange(14, 17))


def other_birth(value: str, row: Row, draw: random.Random) -> str:
    """Another day or year of birth than the identity number says."""
    year, month, day = (int(part) for part in value.split("-"))
    if draw.random() < 0.5:
        return f"{year - draw.choice([1, 2, 10]):04d}-{month:02d}-{min(day, 28):02d}"
    return f"{year:04d}-{month:02d}-{min(day, 27) % 27 + 1:02d}"


def before_birth(value: str, row: Row, draw: random.Random) -> str:
    """A death a year before the birth that the identity number names."""
    number = row.get("id_number") or ""
    year = int(number[6:10]) - 1 if len(number) == 18 and number[6:10].isdigit() else 1899
    return f"{year:04d}{value[4:]}"


def placeholder(value: str, row: Row, draw: random.Random) -> str:
    """What a clerk writes for a name that is not known."""
    return draw.choice(["无名氏", "不详", "某某", value[0] + "某", value[0] + "某某"])


def bow_tie(value: str, row: Row, draw: random.Random) -> str:
    """A ring that crosses itself."""
    shape = json.loads(value)
    ring = shape["coordinates"][0] if shape["type"] == "Polygon" else shape["coordinates"][0][0]
    ring[1], ring[2] = ring[2], ring[1]
    return json.dumps(shape)


def other_kind(value: str, row: Row, draw: random.Random) -> str:
    """Another kind of disability than the card number says."""
    return draw.choice([kind for kind in ("视力", "听力", "肢体", "精神") if kind != value])


def chinese(value: str, row: Row, draw: random.Random) -> str:
    """2024年3月5日, with the hour behind it if there is one."""
    year, month, day = value[:10].split("-")
    return f"{year}年{int(month)}月{int(day)}日{value[10:]}"


def hyphens(value: str, row: Row, draw: random.Random) -> str:
    """3-2-603 for block 3, unit 2, room 603."""
    return re.sub(r"(\d+)幢(?:(\d+)单元)?(\d+)室", lambda m: "-".join(part for part in m.groups() if part), value)


def _digits(count: int, draw: random.Random) -> str:
    return "".join(str(draw.randrange(10)) for _ in range(count))


KINDS: dict[str, Fault] = {
    "missing": lambda v, r, d: None,
    "fifteen": lambda v, r, d: numbers.fifteen(v) if v[6:8] == "19" else v,
    "full_width": lambda v, r, d: v.translate(WIDE),
    "wide": lambda v, r, d: v.translate(WIDE),
    "lower_x": lambda v, r, d: v.replace("X", "x"),
    "lower": lambda v, r, d: v.lower(),
    "spaced_number": lambda v, r, d: f"{v[:6]} {v[6:14]} {v[14:]}",
    "wrong_check": wrong_check,
    "wrong_check_card": wrong_check_card,
    "unknown_code": lambda v, r, d: "91110000MA0000000H",
    "variant": lambda v, r, d: v.translate(VARIANTS),
    "spaced_name": lambda v, r, d: f"{v[0]} {v[1:]}" if d.random() < 0.5 else v.replace("·", "•") + " ",
    "box": lambda v, r, d: v[:-1] + d.choice("□□?"),
    "formula": lambda v, r, d: d.choice(FORMULAS).format(v),
    "placeholder": placeholder,
    "other_sex": lambda v, r, d: {"1": "2", "2": "1"}.get(v, v),
    "other_birth": other_birth,
    "impossible": lambda v, r, d: v[:4] + d.choice(["-02-30", "-13-01", "-00-00", "-11-31"]),
    "before_birth": before_birth,
    "other_phone": lambda v, r, d: "13" + _digits(9, d),
    "country_code": lambda v, r, d: d.choice(["+86", "86-", "0086 "]) + v,
    "spaced_phone": lambda v, r, d: f"{v[:3]} {v[3:7]} {v[7:]}",
    "other_kind": other_kind,
    "no_number": lambda v, r, d: d.choice(["待核", "abc", "1.2.3"]),
    "thousands": lambda v, r, d: f"{int(v.split('.')[0]):,}.{v.split('.')[1]}",
    "half_brackets": lambda v, r, d: (
        v.replace("有限", "(安徽)有限", 1) if "有限" in v else v.replace("店", "店 (个体)")
    ),
    "bow_tie": bow_tie,
    "slash": lambda v, r, d: "/".join(str(int(part)) for part in v[:10].split("-")) + v[10:],
    "compact": lambda v, r, d: v.replace("-", ""),
    "chinese": chinese,
    "moment_t": lambda v, r, d: v.replace(" ", "T"),
    "no_province": lambda v, r, d: v.replace("安徽省", "", 1),
    "no_city": lambda v, r, d: v.replace("安徽省合肥市", "", 1),
    "no_community": lambda v, r, d: re.sub(r"(?<=[区县市])[^区县市]{2,8}(?:街道|镇)[^路街]{2,5}社区", "", v),
    "block_word": lambda v, r, d: v.replace("幢", d.choice(["栋", "号楼", "座"])),
    "hyphens": hyphens,
    "comma": lambda v, r, d: v + d.choice([",后门", ',"老区"', ",靠东"]),
    "newline": lambda v, r, d: re.sub(r"号", "号\n", v, count=1),
}


def broken_line(kind: str, line: str, draw: random.Random) -> str:
    """A line that no reader can split into the right number of fields."""
    if kind == "too_few":
        return ",".join(line.split(",")[:-3])
    if kind == "too_many":
        return line.replace(",", ",,", 2)
    if kind == "open_quote":
        cells = line.split(",")
        cells[2] = '"' + cells[2]
        return ",".join(cells)
    return line[: max(8, int(len(line) * draw.uniform(0.3, 0.9)))]
