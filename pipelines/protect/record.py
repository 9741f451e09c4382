"""From silver to record: nothing that identifies in the clear (rule 12).

Which column becomes what is the contract's to say: direct identifiers become tokens and masks, a birth date its month,
a household number an identifier; all else passes, free text through a guard.
"""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.protect.keyring import KeyRing
from pipelines.protect.masks import mask_name, mask_phone, scrub
from schemas.contract import Contract
from schemas.keyed import keyed_hash, token
from schemas.recorded import ENTITY_ID, OWN, id_column
from schemas.values.kinds import kind


def protected(rows: DataFrame, contract: Contract, keys: KeyRing, versions: tuple[str, ...] = ()) -> DataFrame:
    """The columns of record, without entity ids, from silver's or superseded's rows.

    versions: further columns to keep (superseded's valid_from, valid_to, learned_on, why).
    """
    columns: dict[str, Column] = {}
    for field in contract.fields:
        if field.pii is None:
            # A record's key stays whole, though a code of 15 digits may look like an old ID number.
            columns[field.name] = F.col(field.name) if field.key else _open(field.name, field.kind)
        else:
            columns |= _hidden(field.name, field.kind, keys)
    for derived in contract.derived:
        if derived.pii is None:
            columns[derived.name] = F.col(derived.name)
        else:
            columns |= _hidden(derived.name, "date" if derived.part == "birth_date" else derived.part, keys)
    return rows.select(*OWN, *versions, *(c.alias(name) for name, c in columns.items()))


def with_entities(record: DataFrame, contract: Contract, crosswalks: Mapping[str, DataFrame]) -> DataFrame:
    """Add the entity ids by role, NULL where a mention is not resolved.

    crosswalks: subject -> link/<subject>_record (record_id, source, role, <id>).
    """
    for mention in contract.mentions:
        entity = ENTITY_ID[mention.subject]
        named = crosswalks[mention.subject].where(
            (F.col("source") == contract.source) & (F.col("role") == mention.role)
        )
        column = id_column(mention.role, mention.subject)
        record = record.join(named.select("record_id", F.col(entity).alias(column)), "record_id", "left")
    return record


def sealed_fields(contract: Contract) -> Column:
    """What the vault keeps of a silver row: its direct and quasi identifiers, as cleaned and as delivered."""
    names = [f.name for f in contract.fields if f.pii is not None]
    raw = [f"{n}_raw" for n in names]
    return F.struct(*names, *raw)


def _open(name: str, kind_name: str) -> Column:
    column = F.col(name)
    if kind_name == "org_name":
        # A sole trader without a trade name is registered under the owner's own.
        return F.when(kind("org_name").parts["looks_like_person"](column), mask_name(column)).otherwise(scrub(column))
    return scrub(column) if kind_name in ("text", "address") else column


def _hidden(name: str, kind_name: str, keys: KeyRing) -> dict[str, Column]:
    column = F.col(name)
    if kind_name == "person_name":
        parts = kind("person_name").parts
        folded = F.when(~parts["is_placeholder"](column), parts["folded"](column))
        return {f"{name}_token": _token(keys, folded), f"{name}_masked": mask_name(column)}
    if kind_name == "phone":
        return {f"{name}_token": _token(keys, column), f"{name}_masked": mask_phone(column)}
    if kind_name == "date":
        stem = name.removesuffix("_date")
        return {f"{stem}_month": F.date_format(column, "yyyy-MM"), f"{stem}_token": _token(keys, column)}
    if kind_name == "household":
        household = keyed_hash(keys.identifier, F.lit("household"), column)
        return {"household_id": F.when(column.isNotNull(), F.concat(F.lit("H"), household))}
    return {f"{name}_token": _token(keys, column)}


def _token(keys: KeyRing, column: Column) -> Column:
    return token(keys.token.secret, keys.token.id, column)
