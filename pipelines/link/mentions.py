"""Whom records name: silver rows become mentions, one row a record and role."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.link import doors
from pipelines.link.subject import PERSON, Subject
from schemas.arrays import texts
from schemas.contract import Contract, Mention
from schemas.crosswalk import NOW, SELF
from schemas.values import address, person_name

COLUMNS = ("record_id", "role", "version", "source", "mints", "keys", "mention", "name", "former_name", "first_date")
# What a mention says; where this is equal, nothing changed for linking.
CONTENT = ("source", "mints", "keys", "mention", "name", "former_name")


def mentions(silver: DataFrame, contract: Contract, subject: Subject, version: Column | None = None) -> DataFrame:
    """The mentions of one subject in a source's rows.

    silver: record_id, _date and the contract's fields. version: the crosswalk's; what a record says now by default.
    Returns `COLUMNS`: keys (array of `kind:value`, in the order in which they are tried), mention (the ID number or
    first key, else the folded name), name and former_name (folded, several former ones with 、 between; a placeholder
    is NULL, as it agrees with every name; of an address its areas, `doors.area`), first_date (the row's business date).
    A mention that names nobody (no key, no name) gives no row.
    """
    found = subject.mentions(contract)
    rows = silver
    for column in sorted({f for m in found for f in m.keys.get("address", ())}):
        rows = rows.withColumn(f"_parts_{column}", address.parse(F.col(column)))
    if subject is PERSON:
        for forms, columns in (
            (person_name.folded, {m.name for m in found if m.name}),
            (person_name.folded_list, {m.former_name for m in found if m.former_name}),
        ):
            rows = rows.withColumns({f"_folded_{c}": forms(F.col(c)) for c in sorted(columns)})
    # In a step of their own: what several of them need is worked out once.
    described = [_described(m, subject, contract.source).alias(f"m{number}") for number, m in enumerate(found)]
    each = F.explode(F.array(*(f"m{number}" for number in range(len(found))))).alias("m")
    which = (F.lit(NOW) if version is None else version).alias("version")
    named = rows.select("record_id", which, F.col("_date").alias("first_date"), *described)
    named = named.select("record_id", "version", "first_date", each)
    told = named.where("m.mention IS NOT NULL")
    return told.select(*(c if c in named.columns else F.col(f"m.{c}") for c in COLUMNS))


def fields(contract: Contract, subject: Subject) -> list[str]:
    """The columns of a source that `mentions` reads."""
    found = subject.mentions(contract)
    keys = [f for m in found for names in m.keys.values() for f in names]
    named = [f for m in found for f in (m.name, m.former_name, m.community) if f]
    return list(dict.fromkeys(["record_id", "_date", *keys, *named]))


def union(frames: list[DataFrame]) -> DataFrame:
    """All frames as one."""
    return reduce(DataFrame.unionByName, frames)


def _described(mention: Mention, subject: Subject, source: str) -> Column:
    keys = texts(*_keys(mention, subject))
    name, former, words = _names(mention, subject)
    first_key = F.substring_index(F.get(keys, F.lit(0)), ":", -1)
    return F.struct(
        F.lit(mention.role).alias("role"),
        F.lit(source).alias("source"),
        F.lit(mention.mints).alias("mints"),
        keys.alias("keys"),
        F.coalesce(first_key, words).alias("mention"),
        name.alias("name"),
        former.alias("former_name"),
    )


def _keys(mention: Mention, subject: Subject) -> list[Column]:
    """The mention's keys by the order of the subject's kinds, an address in all its forms."""
    keys: list[Column] = []
    for kind in subject.kinds:
        fields = mention.keys.get(kind, [])
        if kind == "address":
            forms = doors.standard if mention.mints else doors.sought
            keys += [F.concat(F.lit("address:"), key) for f in fields for key in forms(F.col(f"_parts_{f}"))]
        elif fields:
            keys.append(F.concat(F.lit(f"{kind}:"), F.coalesce(*(F.col(f) for f in fields))))
    return keys or [F.lit(None).cast("string")]


def _names(mention: Mention, subject: Subject) -> tuple[Column, Column, Column]:
    """Name and former name as they are compared, and the words that stand for a mention without key."""
    nothing = F.lit(None).cast("string")
    places = mention.keys.get("address")
    if places:
        code = F.col(mention.community) if mention.community else None
        return doors.area(F.col(f"_parts_{places[0]}"), code), nothing, nothing
    if mention.name is None:
        return nothing, nothing, nothing
    if subject is not PERSON:
        # Names do not join legal entities; a non-minting mention without key stays to be seen as unresolved.
        return F.col(mention.name), nothing, F.col(mention.name)
    folded, blank = F.col(f"_folded_{mention.name}"), person_name.is_placeholder(F.col(mention.name))
    former = F.col(f"_folded_{mention.former_name}") if mention.former_name else nothing
    # A placeholder for somebody who is only mentioned names nobody; a record's own subject is there without a name.
    words = folded if mention.role == SELF else F.when(~blank, folded)
    return F.when(~blank, folded), former, words
