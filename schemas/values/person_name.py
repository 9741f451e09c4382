"""Names of persons."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas import codelists
from schemas.values.text import said

DOTS = "•·・‧∙⋅᛫●"
# Words that stand where a name is not known (yet): a new-born's, a foundling's, a tester's.
PLACEHOLDERS = (
    r"无名(?:氏|男|女|尸)?[0-9]*|未(?:命名|取名|起名|知|登记|填写?|提供)|[佚匿]名|不明|空白|同上|(?:暂)?(?:无|未有)姓名|待(?:定|命名|取名|补|查)|姓名"
    r"|(?:新生|弃)?婴儿?|(?:新生|男|女)(?:婴儿?|儿)|.*某.*|\p{IsHan}{2,8}之(?:[子女婴]|长[子女]|次[子女])|测试.*|[Xx×*]+|[?？□]+|[0-9]{1,5}"
)
# A note in brackets, of which the last may be cut off with the field; 张(?) has a character that a system lacked.
BRACKET = r"[(\[【〔]"
NOTE = rf" ?{BRACKET}[^()\[\]【】〔〕?□*]*(?:[)\]】〕]|\z)"
# What stands between several names in one field, and what then does.
BETWEEN = "、，,;；/"
NEXT = "、"
# Names that a space parts begin with one surname; any other space stands within a name.
SPACED = r"\A(\p{IsHan})\p{IsHan}{1,2}(?: \1\p{IsHan}{1,2})+\z"
# A number of a person or a phone that was written into the field of the name.
NUMBER = "[0-9]{6}"


def clean(text: Column) -> Column:
    """A name with U+00B7 for every middle dot and without spaces between Chinese characters; NULL for a number.

    text: string after `text.tidy`. Several names of one surname stay apart (曾用名). Placeholders are kept (the name is
    required), and so are □, ? and characters of the private use areas: they stand for a character that a department's
    system lacked. Text with six digits in a row is no name, but for the unknown who are numbered by the day:
    无名氏20260301.
    """
    dotted = F.regexp_replace(text, rf"(?<=\p{{IsHan}}) ?[{DOTS}.] ?(?=\p{{IsHan}})", "·")
    plain = F.regexp_replace(F.regexp_replace(dotted, rf" ?[{DOTS}] ?", "·"), r"(?<=\p{IsHan}) (?=\p{IsHan})", "")
    number = text.rlike(NUMBER) & ~text.rlike(rf"\A(?:{PLACEHOLDERS})\z")
    apart = text.rlike(rf"[ .{DOTS}]") & ~text.rlike(SPACED)
    return F.when(number, None).when(apart, said(plain)).otherwise(text)


def is_placeholder(name: Column) -> Column:
    """Whether a clean name is a placeholder (boolean)."""
    return name.rlike(rf"\A(?:{PLACEHOLDERS})(?:{NOTE})?\z")


def folded(name: Column) -> Column:
    """The form in which clean names are compared: one form of each character, no dots and spaces, upper case.

    A note in brackets behind the name, as in 王方（已故）, is no part of it.
    """
    return _in_one_form(F.when(name.rlike(BRACKET), F.regexp_replace(name, rf"(?<=.){NOTE}\z", "")).otherwise(name))


def folded_list(names: Column) -> Column:
    """As `folded`, for a field that may hold several names and notes, 徐梅欣（小名）/徐小军; then 、 is between them.

    Words in letters are one name: Anna Smith.
    """
    bare = F.regexp_replace(names, rf"(?<=.){NOTE}", "")
    apart = F.regexp_replace(bare, rf" ?[{BETWEEN}][{BETWEEN} ]*|(?<=\p{{IsHan}}) (?=\p{{IsHan}})", NEXT)
    return _in_one_form(F.when(names.rlike(rf"{BRACKET}|[{BETWEEN} ]"), apart).otherwise(names))


def _in_one_form(name: Column) -> Column:
    variants = {text: code for text, code in codelists.lookup("variant").items() if text != code}
    bare = F.upper(F.regexp_replace(name, "[·. ]", ""))
    # No pattern asks first whether a variant is there: one of a thousand characters costs more than to translate.
    return F.translate(
        F.when(name.rlike("[·. a-z]"), bare).otherwise(name), "".join(variants), "".join(variants.values())
    )
