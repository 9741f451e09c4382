"""What may be shown of a name or a number, and the guard for free text. Native columns.

There is no mask for an ID number: with birth month, sex and region known, its check digit makes the rest guessable.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

HIDDEN = "***"

_COMPOUND_SURNAMES = (
    "欧阳|歐陽|太史|端木|上官|司马|司馬|东方|東方|独孤|獨孤|南宫|南宮|万俟|"
    "闻人|聞人|夏侯|诸葛|諸葛|尉迟|尉遲|公羊|赫连|赫連|澹台|澹臺|皇甫|宗政|"
    "濮阳|濮陽|公冶|太叔|申屠|公孙|公孫|慕容|仲孙|仲孫|钟离|鍾離|长孙|長孫|"
    "宇文|司徒|鲜于|鮮于|司空|闾丘|子车|亓官|司寇|巫马|公西|颛孙|壤驷|公良|"
    "漆雕|乐正|宰父|谷梁|榖梁|拓跋|夹谷|轩辕|令狐|段干|百里|呼延|东郭|南门|"
    "羊舌|微生|梁丘|左丘|东门|西门|南荣|第五|达奚|褚师|即墨"
)

# A first cut that costs little: every form below holds eleven digits in a row, or four behind a separator.
DIGITS = r"[0-9]{11}|[0-9]{3}[- ][0-9]{4}"

# Regular expressions that Java and Python read alike; the leak scan looks for these forms, and for fewer of them.
# A number of 18 digits is found within a longer one too: a disability card and a sole trader's taxpayer number carry
# two digits behind it.
PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
ID_18 = rf"(?:{PROVINCE}|9[1-8])[0-9]{{4}}[- ]?(?:18|19|20)[0-9]{{2}}{_MONTH_DAY}[- ]?[0-9]{{3}}[0-9Xx]"
ID_15 = rf"(?<![0-9]){PROVINCE}[0-9]{{4}}[- ]?[0-9]{{2}}{_MONTH_DAY}[- ]?[0-9]{{3}}(?![0-9])"
MOBILE = r"(?<![0-9])(?:(?:\+|00)?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9])"
LANDLINE = r"(?<![0-9])0[1-9][0-9]{1,2}[- ][2-8][0-9]{6,7}(?![0-9])"


def mask_name(name: Column) -> Column:
    """A person's name as surname and two stars, whatever its length: 王小明 and 王明 are 王**, 欧阳修 is 欧阳**.

    name: string, clean. Of a name with a middle dot or in letters the first character stays, of a name of one
    character nothing. NULL stays NULL.
    """
    compound = name.rlike(rf"\A(?:{_COMPOUND_SURNAMES})[^·]") & ~name.contains("·")
    kept = (
        F.when(F.char_length(name) < 2, "").when(compound, F.substring(name, 1, 2)).otherwise(F.substring(name, 1, 1))
    )
    return F.concat(kept, F.lit("**"))


def mask_phone(phone: Column) -> Column:
    """A phone number with a million candidates left: 138******34, 020-******78; `***` for any other text.

    phone: string, a mobile number of 11 digits or a landline as area-number. The usual mask of four hidden digits
    leaves ten thousand candidates, which together with a masked name is no protection. NULL stays NULL.
    """
    # The landline's stars don't tell whether it had seven digits or eight.
    landline = phone.rlike(r"\A0[0-9]{2,3}-[0-9]{7,8}\z")
    return (
        F.when(
            phone.rlike(r"\A1[0-9]{10}\z"),
            F.concat(F.substring(phone, 1, 3), F.lit("******"), F.substring(phone, -2, 2)),
        )
        .when(landline, F.concat(F.substring_index(phone, "-", 1), F.lit("-******"), F.substring(phone, -2, 2)))
        .when(phone.isNotNull(), HIDDEN)
    )


def scrub(text: Column) -> Column:
    """Free text with `***` for everything that has the form of an ID number (18 or 15 digits) or of a phone number.

    text: string, width already folded. By form alone, without check digit or county: in free text a number too many
    hidden costs little. The rest of the text and NULL stay as they are.
    """
    # The digits around an ID number go with it: a phone number that touched it would now stand alone.
    every = "|".join((rf"(?<![0-9])[0-9]*{ID_18}[0-9]*", ID_15, MOBILE, LANDLINE))
    return F.when(text.rlike(DIGITS), F.regexp_replace(text, every, HIDDEN)).otherwise(text)
