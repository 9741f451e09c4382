"""Names of legal entities and other organisations."""

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
# Characters at the end of a name that only an organisation has.
ORGANISATION = "店行厂司社部院校局处所站队园馆场会办中心室库城坊斋堂庄档摊铺吧屋房集团企业工程"


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


def looks_like_person(name: Column) -> Column:
    """Whether a clean name is rather a person's (boolean): a known surname and one or two more, or parts with ·."""
    # Searched for in one text: a class of four hundred characters, or as many literals, cost more.
    surnames = F.lit(f"|{'|'.join(codelists.load('surname'))}|")

    def begins(length: int) -> Column:
        return F.instr(surnames, F.concat(F.lit("|"), F.substring(name, 1, length), F.lit("|"))) > 0

    single = name.rlike(rf"\A{HAN}{{2,3}}\z") & begins(1)
    double = name.rlike(rf"\A{HAN}{{3,4}}\z") & begins(2)
    parts = name.rlike(rf"\A{HAN}{{1,10}}(?:·{HAN}{{1,10}})+\z")
    return (single | double | parts) & ~name.rlike(f"[{ORGANISATION}]\\z")
