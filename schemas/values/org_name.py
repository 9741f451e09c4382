"""Names of legal entities and other organisations."""

from functools import cache
from itertools import product

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas import codelists
from schemas.values.text import said

# The kind of company at the end of a name (企业名称登记管理规定: region, trade name, line of business, form).
FORMS = (
    "股份有限责任公司|有限责任公司|股份有限公司|集团有限公司|有限公司|集团公司|股份公司|总公司|公司"
    "|(?:普通合伙|有限合伙|特殊普通合伙)企业"
)
HAN = r"\p{IsHan}"
BRACKETED = r"（[^（）]*）"
# Characters at the end of a long name that only an organisation has.
ORGANISATION = "店行厂司社部院校局处所站队园馆场会办中心室库城坊斋堂庄档摊铺吧屋房集团企业工程"
# A short name is an organisation's by an ending that no given name has: 业, 中, 城, 心 and many more end given names.
NEVER_GIVEN = (
    "[店厂馆铺局吧摊档]|公司|集团|商行|银行|超市|商场|市场|医院|诊所|药房|法院|酒楼|茶楼|酒家|餐厅|食堂|饭庄|酒庄|茶庄"
    "|合作社|信用社|供销社|旅行社|经营部|经销部|批发部|销售部|门市部|营业部|服务部|维修部|小卖部|工作室|办公室|办事处"
    "|事务所|研究所|派出所|卫生所|研究院|卫生院|养老院|幼儿园|加油站|服务站|卫生站|文化站|工程队|施工队"
    "|基金会|委员会|居委会|村委会|联合会|研究会"
)
# Words of organisations that are given names too; with two characters before them they are none.
SOMETIMES_GIVEN = (
    "中心|企业|工程|大学|中学|小学|学校|学院|学会|协会|商会|工会|书院|剧院|影院|剧团|公园|花园|果园|山庄|商城|书城|影城"
    "|广场|农场|林场|渔场|牧场|车行|洋行|琴行|米行|作坊|油坊|书屋|画室|仓库|车队|车站|报社"
    "|科技|实业|贸易|商贸|物流|物业|电器|建材|餐饮|传媒|药业"
)


def clean(text: Column) -> Column:
    """A name with full-width brackets, without spaces between Chinese characters and without punctuation at its ends.

    text: string after `text.tidy`.
    """
    brackets = F.translate(text, "()[]〔〕【】", "（）（）（）（）")
    joined = F.regexp_replace(brackets, r"(?<=[\p{IsHan}（）]) | (?=[\p{IsHan}（）])", "")
    plain = F.regexp_replace(joined, r"\A[ ,.;:、。'\"*]+|[ ,.;:、。'\"*]+\z", "")
    changed = text.rlike(r"[ ()\[\]〔〕【】]|\A[,.;:、。'\"*]|[,.;:、。'\"*]\z")
    return F.when(changed, said(plain)).otherwise(text)


def core(name: Column) -> Column:
    """A clean name without its form and what stands in brackets: what two spellings of one company share.

    广州市某某（番禺）贸易有限公司 → 广州市某某贸易; a branch keeps what is behind the form of its parent.
    """
    bare = F.regexp_replace(name, BRACKETED, "")
    return F.coalesce(F.nullif(F.regexp_replace(bare, rf"(?:{FORMS})\z", ""), F.lit("")), name)


def is_short(name: Column) -> Column:
    """Whether a clean name has the length of a person's (boolean): two to four Chinese characters."""
    return name.rlike(rf"\A{HAN}{{2,4}}\z")


def looks_like_person(name: Column) -> Column:
    """Whether a clean name is rather a person's (boolean): short and with a known surname, or parts with ·.

    Where a name may be either it is a person's, unless its end says otherwise: what is not shown costs little.
    """
    # Searched for in one text: a class of four hundred characters, or as many literals, cost more.
    surnames = F.lit(f"|{'|'.join(_surnames())}|")

    def begins(length: int) -> Column:
        return F.instr(surnames, F.concat(F.lit("|"), F.substring(name, 1, length), F.lit("|"))) > 0

    organisation = name.rlike(rf"(?:{NEVER_GIVEN}|{HAN}{{2}}(?:{SOMETIMES_GIVEN}))\z")
    short = is_short(name) & (begins(1) | begins(2)) & ~organisation
    parts = name.rlike(rf"\A{HAN}{{1,10}}(?:·{HAN}{{1,10}}+)++\z") & ~name.rlike(rf"[{ORGANISATION}]\z")
    return short | parts


@cache
def _surnames() -> tuple[str, ...]:
    """Every known surname, in all the ways in which its characters are written: 陈 and 陳, 欧阳 and 歐陽."""
    ways: dict[str, list[str]] = {}
    for written, character in codelists.lookup("variant").items():
        ways.setdefault(character, []).append(written)
    names = codelists.load("surname")
    return tuple("".join(one) for name in names for one in product(*(ways.get(c, c) for c in name)))
