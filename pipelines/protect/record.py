"""From silver to record: nothing that identifies in the clear (rule 12).

Which column becomes what is the contract's to say: direct identifiers become tokens and masks, a birth date its month,
a household number an identifier, an address the place and its community; all else passes, free text through a guard.
"""

from collections.abc import Callable, Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.protect.keyring import KeyRing
from pipelines.protect.masks import mask_name, mask_phone, scrub
from schemas.contract import Contract, Subject
from schemas.crosswalk import NOW, SELF, version
from schemas.keyed import keyed_hash, token
from schemas.recorded import OWN, How, Linked, linked, made, sealed, tell_traders
from schemas.values import id_number
from schemas.values.kinds import kind

ID_NUMBER = rf"(?<![0-9]){id_number.FORM}(?![0-9])"
# What stands around the name of a sole trader.
BEFORE = r"\A(?:经营者|负责人|业主|法定代表人|当事人)(?:姓名)?[:：]?"
BEHIND = r"（(?:个体(?:工商户|户)?|经营者|负责人|业主)[^（）]*）\z"
ENTERPRISES = (
    "co|company|corp|corporation|inc|incorporated|ltd|limited|llc|llp|lp|plc|gmbh|ag|sa|bv|nv|kk|pte|pty|group|holdings?"
    "|bank|trading|technology|tech|international|global|industries|industrial|enterprises?|services?|solutions|systems|hotel"
    "|restaurant|cafe|coffee|bar|club|shop|store|studio|school|college|university|institute|center|centre|hospital|clinic"
)


def protected(rows: DataFrame, contract: Contract, keys: KeyRing, versions: tuple[str, ...] = ()) -> DataFrame:
    """The columns of record, without entity ids, from silver's or superseded's rows.

    versions: further columns to keep (superseded's valid_from, valid_to, learned_on, why).
    """
    trader = _trader(contract)
    value = _VALUE | {"named": lambda column, _: _named(column, trader)}
    columns = (value[one.how](F.col(one.of), keys).alias(one.column) for one in made(contract))
    return rows.select(*OWN, *versions, *columns)


def with_entities(record: DataFrame, contract: Contract, crosswalks: Mapping[Subject, DataFrame]) -> DataFrame:
    """Add to what records say now the entity ids by role and the communities, NULL where a mention is not resolved.

    crosswalks: subject -> link/<subject>_record (record_id, source, role, version, left_on, <id>, community_code).
    """
    # The crosswalk remembers whom a field named that is blank now; versions of the record are that one's still.
    there = {s: rows.where((F.col("version") == NOW) & F.col("left_on").isNull()) for s, rows in crosswalks.items()}
    rows, columns = _beside(record, contract, there, lambda role, told: F.max(F.when(role, told)))
    return rows.select(*record.columns, *(one.column for one in columns))


def with_former_entities(versions: DataFrame, contract: Contract, crosswalks: Mapping[Subject, DataFrame]) -> DataFrame:
    """Add to earlier versions of records the entity ids by role and the communities: of whom that version named.

    versions: with _delivery, _file and _row of superseded. crosswalks: as above; a mention of a version without a row
    of its own is the record's. A record that told another number of its own subject, one that nobody bears, meant the
    same subject.
    """

    def all_versions(role: Column, told: Column) -> Column:
        return F.map_from_entries(F.collect_list(F.when(role, F.struct("version", told.alias("told")))))

    rows, columns = _beside(versions, contract, crosswalks, all_versions)
    own = version()
    ids = []
    for one in columns:
        now, then = (F.try_element_at(F.col(one.column), key) for key in (F.lit(NOW), own))
        then = F.coalesce(then, now) if one.mention.role == SELF else then
        ids.append(F.when(F.map_contains_key(F.col(one.column), own), then).otherwise(now).alias(one.column))
    return rows.select(*versions.columns, *ids)


def _beside(
    rows: DataFrame,
    contract: Contract,
    crosswalks: Mapping[Subject, DataFrame],
    told: Callable[[Column, Column], Column],
) -> tuple[DataFrame, tuple[Linked, ...]]:
    """Rows with what the crosswalks tell, and which columns that are, in the order of the contract.

    told: what a column is made of (an aggregate), by whether a row of the crosswalk is of the role, and its column.
    """
    columns = linked(contract)
    for subject, crosswalk in crosswalks.items():
        own = [one for one in columns if one.mention.subject == subject]
        named = (told(F.col("role") == one.mention.role, F.col(one.of)).alias(one.column) for one in own)
        found = crosswalk.where(F.col("source") == contract.source).groupBy("record_id").agg(*named)
        rows = rows.join(found, "record_id", "left")
    return rows, columns


def sealed_fields(contract: Contract) -> Column:
    """What the vault keeps of a silver row."""
    return F.struct(*sealed(contract))


def _trader(contract: Contract) -> Column:
    """Whether a row's numbers say that the organisation is a sole trader (boolean)."""
    fields = {name: contract.field(name) for name in tell_traders(contract)}
    told = (kind(f.kind, **f.params).part("is_trader")(F.col(name)) for name, f in fields.items())
    return reduce(Column.__or__, (F.coalesce(one, F.lit(False)) for one in told), F.lit(False))


def _named(name: Column, trader: Column) -> Column:
    parts = kind("org_name").parts
    # 经营者：张三, 张三（个体工商户）
    bare = F.regexp_replace(F.regexp_replace(name, BEFORE, ""), BEHIND, "")
    # A sole trader without a trade name is registered under the owner's own.
    person = parts["looks_like_person"](bare) | (trader & parts["is_short"](bare)) | _in_letters(bare)
    return F.when(person, mask_name(bare)).otherwise(scrub(name))


def _in_letters(name: Column) -> Column:
    """Whether a name is two or three words in Latin letters, and none of them an enterprise's."""
    return name.rlike(r"\A[A-Za-z]+(?:[ .·-]+[A-Za-z]+){1,2}\z") & ~name.rlike(rf"(?i)\b(?:{ENTERPRISES})\b")


def _key(key: Column, keys: KeyRing) -> Column:
    """Departments number residence permits and accounts by the ID number of their holder."""
    number = F.regexp_extract(key, ID_NUMBER, 0)
    holds = key.rlike(ID_NUMBER) & id_number.valid(number).isNotNull()
    return F.when(holds, _token(keys, key)).otherwise(key)


def _folded(name: Column) -> Column:
    parts = kind("person_name").parts
    return F.when(~parts["is_placeholder"](name), parts["folded"](name))


def _household(number: Column, keys: KeyRing) -> Column:
    hashed = keyed_hash(keys.identifier, F.lit("household"), number)
    return F.when(number.isNotNull(), F.concat(F.lit("H"), hashed))


def _token(keys: KeyRing, column: Column) -> Column:
    return token(keys.token.secret, keys.token.id, column)


_VALUE: dict[How, Callable[[Column, KeyRing], Column]] = {
    "same": lambda column, keys: column,
    "key": _key,
    "guarded": lambda column, keys: scrub(column),
    "token": lambda column, keys: _token(keys, column),
    "name_token": lambda column, keys: _token(keys, _folded(column)),
    "name_mask": lambda column, keys: mask_name(column),
    "phone_mask": lambda column, keys: mask_phone(column),
    "month": lambda column, keys: F.date_format(column, "yyyy-MM"),
    "household": _household,
}
