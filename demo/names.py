"""Names of invented people, with the frequencies that surnames have."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa

from demo.text import Ints, Text, choose, generator, join, where

DATA = Path(__file__).parent / "data"
MEN = list(
    "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林欢阳建志国文海成荣庆祥永德光振中天子家一泽梓轩晨昊博睿航"
)
WOMEN = list(
    "芳娜敏静丽艳娟霞燕玲婷雪莉梅慧萍红英玉兰秀云凤洁琳晶倩颖露瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑婕馨瑗琰韵融园艺咏卿聪澜诗涵欣梓子雨语一可"
)
RARE = ["䶮", "𬱖", "𬭚", "𠅤", "㛃", "𬸣", "燚", "堃", "喆", "翀", "昇", "淼", "𫖯", "𬬭", "䴖"]
MINORITY_FIRST = ["阿依", "买买提", "古丽", "帕提", "艾力", "吐尔逊", "热依", "阿不都", "迪丽", "麦麦提"]
MINORITY_LAST = ["艾山", "吐尔逊", "买买提", "阿布都拉", "玉素甫", "热合曼", "卡德尔", "依明", "司马义", "木沙"]
DOTTED_PEOPLE = 5
"""Code of the people (GB/T 3304, 维吾尔族) whose names are written with a middle dot here."""


def surnames() -> tuple[list[str], np.ndarray]:
    """The surnames and the share of the population that bears each."""
    with (DATA / "surnames.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    weights = np.array([float(row["weight"]) for row in rows])
    return [row["surname"] for row in rows], weights / weights.sum()


def draw_surnames(rng: np.random.Generator, count: int) -> Ints:
    """Positions in the table of surnames."""
    return rng.choice(len(surnames()[0]), count, p=surnames()[1])


def people(surname: Ints, sex: Ints, ethnic: Ints, seed: int) -> Text:
    """A full name for each person; one character in a thousand given names is a rare one (four bytes in GB18030)."""
    rng = generator(seed, "names")
    count = len(surname)
    first, second = rng.random((2, count)) ** 1.4
    one = choose(MEN + WOMEN, np.where(sex == 1, first * len(MEN), len(MEN) + first * len(WOMEN)).astype(int))
    two = choose(MEN + WOMEN, np.where(sex == 1, second * len(MEN), len(MEN) + second * len(WOMEN)).astype(int))
    rare = choose(RARE, rng.integers(0, len(RARE), count))
    two = where(rng.random(count) < 0.002, rare, where(rng.random(count) < 0.14, "", two))
    ordinary = join(choose(surnames()[0], surname), one, two)
    dotted = join(
        choose(MINORITY_FIRST, rng.integers(0, 10, count)), "·", choose(MINORITY_LAST, rng.integers(0, 10, count))
    )
    return where(ethnic == DOTTED_PEOPLE, dotted, ordinary)


COMPANY_WORDS = [
    "华",
    "盛",
    "鼎",
    "恒",
    "瑞",
    "祥",
    "丰",
    "泰",
    "宏",
    "远",
    "博",
    "创",
    "智",
    "联",
    "中",
    "科",
    "天",
    "宇",
    "金",
    "诚",
    "信",
    "达",
    "嘉",
    "优",
    "美",
    "合",
    "徽",
    "庐",
    "安",
    "庆",
    "源",
    "泉",
    "佳",
    "启",
    "德",
    "力",
    "德",
    "朗",
    "晟",
    "昌",
]


def companies(city: str, trade: list[str], industry: Ints, kind: Ints, serial: Ints, seed: int) -> Text:
    """Names such as 合肥华盛商贸有限公司, and those of sole traders such as 瑶海区天宇百货店.

    kind: 0 company, 1 branch of the same form with 有限责任公司, 2 sole trader. Names of firms are all different.
    """
    words = COMPANY_WORDS
    size = len(words)
    scattered = (serial * 48_611 + seed * 31) % size**3
    stem = join(
        choose(words, scattered % size), choose(words, scattered // size % size), choose(words, scattered // size**2)
    )
    two = join(choose(words, scattered % size), choose(words, scattered // size % size))
    brand = where(serial < size**2 // 2, two, stem)
    ending = choose(["有限公司", "有限责任公司", "店"], kind)
    lead = where(kind == 2, pa.scalar(""), pa.scalar(city))
    return join(lead, brand, choose(trade, industry), ending)
