"""The grammar of an address: from province to room, every part optional, in the order in which they are written."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from schemas.values.region import STILL, label, names

PARTS = ["province", "city", "district", "town", "community", "road", "number", "building", "unit", "room", "rest"]
Parts = tuple[str | None, ...]

DIGITS = dict(zip("〇零一二三四五六七八九两", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2), strict=True))
NUMERALS = "〇零一二三四五六七八九十百"
COUNT = f"0-9{NUMERALS}"
# A designation of a door: 12, 12A, B3, 甲88, 特1, 1甲3, 12-1, 十二, 甲.
MARK = (
    "(?:(?:[A-Z]{0,2}|[甲乙丙丁戊特])[0-9]{1,5}(?:[甲乙丙丁戊][0-9]{1,3}|[A-Z甲乙丙丁戊])?(?:-[0-9A-Z]{1,4})?"
    f"|[{NUMERALS}]{{1,4}}|[A-Z甲乙丙丁戊东西南北中])"
)


@cache
def provinces() -> dict[str, str]:
    """Short and full name of a province → full name."""
    full = [held[-1].name for code, held in names().items() if code.endswith("0000")]
    short = {re.sub(r"省|市|(?:壮族|回族|维吾尔)?自治区|特[别別]行政[区區]", "", name): name for name in full}
    return short | {name: name for name in full}


@cache
def cities() -> dict[str, str]:
    """Short name of a prefecture-level city → full name."""
    held = (name for code, known in names().items() if re.search(r"(?<!00)00\Z", code) for name in known)
    return {name.name[:-1]: name.name for name in held if re.fullmatch(r".{2,}市", name.name)}


@cache
def masked() -> tuple[str, ...]:
    """Names of counties that look like another part (二七区) or as if one began in them (道里区, 市北区, 镇雄县)."""
    held = {name.name for code, known in names().items() if not code.endswith("00") for name in known}
    like = r"(?!市辖区)(?=.*[市区县旗路街道镇乡村巷号].|二七区).{2,}[市区县旗]"
    return tuple(name for name in held if re.fullmatch(like, name))


@cache
def short_counties() -> dict[str, dict[str, str]]:
    """Short name of a city or province → short name of a county that is its only one of that name → full name."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for code, held in names().items():
        county = next((name.name for name in held if name.last == STILL), "")
        if not code.endswith("00") and re.fullmatch(r"(?!市辖区).{2,}[市区县]", county):
            for above in {label(f"{code[:4]}00"), label(f"{code[:2]}0000")}:
                if re.fullmatch(".{2,}[省市]", above):
                    found[above[:-1]][county[:-1]].add(above + county)
    return {above: {one: min(full) for one, full in of.items() if len(full) == 1} for above, of in found.items()}


@cache
def _short() -> re.Pattern[str]:
    # Only before a town: 宜昌西陵一路 is a road. What has its county in full is passed over at once.
    gate = r"(?=[^路街道巷号区县旗0-9]{5,24}(?:街道|[镇乡]))"
    town = r"(?=[^路街道巷号区县旗省市0-9]{1,6}(?:街道|[镇乡])(?![东南西北中]?[路街]))"
    counties = "|".join(f"{above}[省市]?(?:{_any(held)})" for above, held in short_counties().items())
    return re.compile(f"{gate}(?P<province>{_any(provinces())})?(?P<county>{counties}){town}")


def _in_full(address: str) -> str:
    """An address with the full names of a county that is written short behind its city: 湖北宜昌枝江马家店街道."""
    short = _short().match(address)
    if not short:
        return address
    above, county = next(
        (above, short["county"][len(above) :].lstrip("省市"))
        for above in short_counties()
        if short["county"].startswith(above)
    )
    return provinces().get(short["province"] or "", "") + short_counties()[above][county] + address[short.end() :]


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


# 门牌12号, and 自编3号, which is what an owner counts, beside the 3号 of the road; 12号楼 is a building.
OWN = "自编"
BEFORE, BEHIND = f"(?:(?:门牌|{OWN})号?)?", "号(?![楼栋幢座])"
NUMBERED = f"{BEFORE}{MARK}{BEHIND}"


@cache
def _head() -> re.Pattern[str]:
    full = _any(name for name, whole in provinces().items() if name == whole)
    # A short name is a place only before a place within it: 北京路 is a road.
    within = r"(?=[^路街道巷号区县省市0-9]{1,7}(?:市|区|县|自治州|盟))"
    # 集市街, 灯市口大街, 矿区路 and 东区街道 hold no city or district; of 军区 and 工区 点军区 and 西工区 do.
    city = r"市(?![场政民心街巷]|路(?!桥)|[东南西北中][路街]|大[道街]|口(?!岸))"
    ends = r"(?:大道|大街|公路|[路街巷弄道里坊](?![路街巷区场子]|大[道街])|胡同)"
    # 建国12路.
    counted = r"[^号,，（）0-9组队社区村][0-9]{1,2}[路街巷](?![路街巷区场])"
    onward = rf"[东南西北中]?(?:[{COUNT}]{{1,4}}|[东南西北中横直])(?:路|街|巷|段|里|弄)"
    further = rf"(?:{onward}){{0,9}}(?:[东南西北中]段?(?=[{COUNT}]))?"
    village = r"村(?![^号0-9]{0,4}(?:路|街|大道|巷))"
    return re.compile(
        rf"(?P<province>{full}|(?:{_any(name for name, whole in provinces().items() if name != whole)}){within})?"
        rf"(?P<city>[^省市区县路街道巷号0-9]{{2,8}}?(?:自治州|地区|盟|{city})|(?:{_any(cities())}){within})?(?:市辖区)?"
        rf"(?P<district>{_any(masked())}|[^市区县旗路街道镇乡村巷号0-9]{{1,7}}?"
        r"(?:自治县|自治旗|新区|林区|(?<![小社园厂校景库一二三四五六七八九十])(?<!工业|住宅|管理|开发)(?<!(?<!点)军)(?<!(?<!西)工)区"
        r"(?!街道|街办|[路街巷]|大道)|县|旗)"
        rf"|[^市区县旗路街道镇乡村巷号0-9]{{1,6}}{city})?"
        r"(?P<town>[^路巷号社0-9]{1,8}?(?:街道办事处|街道办|街道|街办(?!公)|[镇乡](?![东南西北中]?[路街])|苏木)"
        r"|[^路巷号社0-9]{1,6}路街道(?:办事处)?"
        r"|[^路街巷号社村0-9]{1,5}街(?!社区|居)(?=[^号街]{1,12}(?:社区|居委|路|大道)))?"
        rf"(?P<community>[^路街巷号]{{1,11}}?[路街巷]?(?:社区|居民?委员?会|村民?委员?会|行政村|{village}))?"
        r"(?:居民?委员?会|村民?委员?会)?"
        # 三里屯路 is known by the number behind it; where there is none, a road goes up to its first end.
        rf"(?P<road>(?:(?!社区|居委|村委)[^号,，（0-9]){{0,18}}?(?:[^号,，（）0-9]{ends}|{counted}){further}(?={NUMBERED})"
        rf"|[^号,，（]{{0,18}}?(?:[^号,，（）0-9]{ends}|{counted}){further}"
        r"|[A-Z]?[0-9]{1,4}[国省县乡]道)?"
    )


NUMBER = re.compile(
    rf"{BEFORE}(?P<number>{MARK})(?:{BEHIND}院?|(?=$|[,，（]))"
    rf"(?:[之附](?P<behind>[0-9]+|[{NUMERALS}]+)号?|-(?P<dashed>[0-9]+)号(?![楼栋幢座]))?"
)
# Where there is no road: 阳光花园3栋.
LEAD = re.compile(rf"(?P<lead>[\u4e00-\u9fff]{{2,12}}?)(?<!号)(?={MARK}(?:号|[栋幢座#]|楼{MARK}单元))")
NAMED_GROUP = re.compile("[组队社]$")
# 3组, 第三村民小组, 三队, 3社: a village's groups are numbered once, whatever they were called at the time.
GROUP = re.compile(rf"第?(?P<group>[0-9]{{1,3}}|[{NUMERALS}]{{1,4}})(?:村民|居民|生产)?(?:小组|组|队|社(?!区))")
BUILDING = re.compile(rf"(?P<building>{MARK})(?:号楼|[栋幢座]|号[栋幢座]|#楼?)")
# 410楼1单元, where 410楼 alone may be a floor.
BLOCK = re.compile(rf"(?P<building>{MARK})楼(?={MARK}单元)")
UNIT = re.compile(rf"(?P<unit>{MARK})(?:单元|梯|门(?![口前面市店]))")
ROOM = re.compile(
    r"(?P<room>[A-Z]?[0-9]{1,5}[A-Z]?(?:-[0-9]{1,4})?(?=号?[室房户])|[〇零一二三四五六七八九十百]{1,4}(?=号?[室房户])"
    r"|(?<![0-9-])(?:[A-Z]?[0-9]{2,5}[A-Z]?|[0-9]{1,2}-[0-9]{1,2})(?=号?(?:$|[,，（）])))"
)
NUMERAL = re.compile(r"[〇零一二三四五六七八九十百]+")
# Towns and communities are named by what they are, not by the office that runs them.
SUFFIXES = (
    ("town", re.compile("(?:街道办事处|街道办|街道|街办|街)$"), "街道"),
    ("community", re.compile("(?:(?:社区)?居民?委员?会|社区)$"), "社区"),
    ("community", re.compile("(?:行政)?村(?:民?委员?会)?$"), "村"),
)
ENDS = "(?=号?(?:[室房户]|$|[,，（）]))"
# 12号3-2-501, 12号富临苑3-2-501: building, unit and room in one; 12号5-3: a floor and its room, which are the room
# where no building is.
SHORT = re.compile(
    r"(?P<before>[\u4e00-\u9fff（]{0,12})(?P<building>[0-9A-Z]{1,3})-(?:(?P<unit>[0-9A-Z]{1,2})-)?"
    rf"(?P<room>[0-9]{{3,4}}[A-Z]?){ENDS}"
)
# 3栋2-302: unit and room behind a building.
PAIR = re.compile(rf"(?P<unit>[0-9A-Z]{{1,2}})-(?P<room>[0-9]{{1,4}}[A-Z]?){ENDS}")
# What says nothing of its own: the room's suffix.
IDLE = re.compile(r"\A号?[室房户]?号?")
# What the address was called before.
FORMER = re.compile(r"（(?:原|曾|旧)[^（）]*）")
# 廿一栋, 叁幢: a name (伍家岗, 陆家嘴) is no number.
FORMAL = dict(zip("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十", strict=True)) | {"廿": "二十", "卅": "三十"}
IN_FORMAL = re.compile(rf"[{NUMERALS}]*[{''.join(FORMAL)}][{NUMERALS}{''.join(FORMAL)}]*(?=号|[栋幢座楼层室]|单元)")
FLOOR = re.compile(rf"第?(?P<floor>{MARK})[楼层]")
# 4层2号, 5楼2门, 五楼01室: a room on its floor, which others write 402, 502, 501; one of a basement is none of these.
ON_FLOOR = re.compile(
    rf"(?<![0-9A-Z负吊下、至到-])第?(?P<floor>[0-9]{{1,2}}|[{NUMERALS}]{{1,3}})[楼层]"
    rf"(?P<door>[0-9]{{1,2}}|[{NUMERALS}]{{1,2}})[号室房户门]"
)
# What may tell doors apart although no part takes it: A区, 二期, 5楼, 东户, -1, 老 (3栋). 三峡大学家属区 does not.
TELLS = re.compile(
    rf"[0-9A-Z]|[{NUMERALS}甲乙丙丁戊](?:单元|[区期号院组队社排层楼门户室房栋幢座弄巷]|$)"
    rf"|[东南西北中左右](?:单元|[区院楼户室房门]|[{NUMERALS}]?$)|[裙主副附前后]楼|[老新旧前后]楼?$|地下|[负吊]"
)


def split(address: str | None) -> Parts:
    """The parts of a clean address in the order of `PARTS`, None where it does not say them.

    `rest` is what no part took though it may tell doors apart (A区, 5楼, 东户): without it a key would not be sure.
    """
    if not address:
        return (None,) * len(PARTS)
    address = FORMER.sub("", _in_full(address))
    head = _head().match(address)
    assert head  # every part is optional
    found = head.groupdict()
    rest = IN_FORMAL.sub(lambda number: "".join(FORMAL.get(c, c) for c in number[0]), address[head.end() :])
    found["province"] = provinces().get(found["province"] or "")
    found["city"] = cities().get(found["city"] or "", found["city"])
    # 昆山市 without 苏州市: what stands there is no prefecture.
    city = found["city"] or ""
    if not found["district"] and city.endswith("市") and cities().get(city[:-1]) != city:
        found["city"], found["district"] = None, city
    for part, pattern, suffix in SUFFIXES:
        if text := found[part]:
            found[part] = pattern.sub(suffix, text)
    number = NUMBER.match(rest)
    if not number and not found["road"]:
        found["road"], rest = _street(rest, found["community"])
        number = NUMBER.match(rest)
    if number:
        rest = rest[number.end() :]
        behind = number["behind"] or number["dashed"]
        own = OWN if number[0].startswith(OWN) else ""
        found["number"] = own + arabic(number["number"]) + (f"-{arabic(behind)}" if behind else "")
    found |= _doors(rest, numbered=bool(number))
    return tuple(found.get(part) or None for part in PARTS)


def _street(rest: str, community: str | None) -> tuple[str | None, str]:
    """What stands for a road, and what is behind it: an estate by its name, a group (3组) only within its village."""
    group = GROUP.match(rest)
    numbered = f"{arabic(group['group'])}组" if group else ""
    rest = rest[group.end() :] if group else rest
    # A hamlet may stand behind its group.
    lead = None if NUMBER.match(rest) else LEAD.match(rest)
    name = numbered + (lead["lead"] if lead else "")
    within = bool(group or NAMED_GROUP.search(name))
    street = (community + name if community else None) if within else name or None
    return street, rest[lead.end() :] if lead else rest


def _doors(rest: str, numbered: bool) -> dict[str, str]:
    """Building, unit and room in what stands behind a number, and as `rest` what may tell doors apart beside them."""
    found: dict[str, str] = {}
    gaps = []
    if short := SHORT.match(rest):
        found = {part: arabic(text) for part in ("building", "unit", "room") if (text := short[part])}
        gaps.append(short["before"])
        rest = rest[short.end() :]
    else:
        for part, pattern in (("building", BUILDING), ("unit", UNIT), ("room", ROOM)):
            if part == "unit" and "building" in found and (pair := PAIR.match(rest)):
                found |= {part: arabic(text) for part, text in pair.groupdict().items()}
                rest = rest[pair.end() :]
                break
            if part == "room" and (match := ON_FLOOR.search(rest)):
                found[part] = arabic(match["floor"]) + arabic(match["door"]).zfill(2)
            elif match := (part == "building" and BLOCK.match(rest)) or pattern.search(rest):
                found[part] = arabic(match[part])
            if match:
                gaps.append(rest[: match.start()])
                rest = rest[match.end() :]
    left = [IDLE.sub("", gap) if gap else "" for gap in (*gaps, rest)]
    for at, gap in enumerate(left):
        # 5楼501: the room says its floor.
        if (floor := FLOOR.fullmatch(gap)) and re.match(rf"{arabic(floor['floor'])}[0-9]{{2}}", found.get("room", "")):
            left[at] = ""
    # Behind a road's name an estate's tells doors apart too, where no number does.
    if any(TELLS.search(gap) for gap in left) or (found and left[0] and not numbered):
        found["rest"] = ",".join(left)
    return found


def arabic(text: str) -> str:
    """A designation with its Chinese numeral as Arabic digits: 十二 → 12, 二〇三 → 203, 12A and 甲 as they are."""
    if text.isascii() or not NUMERAL.fullmatch(text):
        return text.lstrip("0") or "0"
    if "十" not in text and "百" not in text:
        return "".join(str(DIGITS[digit]) for digit in text).lstrip("0") or "0"
    total, digit = 0, 0
    for character in text:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = DIGITS[character]
    return str(total + digit)
