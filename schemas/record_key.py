"""The record key: what names a record within its source, and the identifier that is made of it."""

import hashlib
import json

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.contract import Contract, ContractField
from schemas.errors import RendiError
from schemas.keyed import keyed_hash
from schemas.values import text
from schemas.values.kinds import Kind, kind

# Raise it when the making of keys itself changes: keys that were made before are then made anew.
METHOD = 3
_ROUNDED = r"\A[0-9](?:\.[0-9]+[Ee]\+?|[Ee]\+)[0-9]{2}\z"


def with_key(rows: DataFrame, contract: Contract) -> DataFrame:
    """Add `_key` (string): the first key field that is present and well-formed, as `field:normalised text`, else NULL.

    rows: the contract's fields as delivered text. A key is judged by form only: a credit code with a wrong check
    character still names its record; a number of which a spreadsheet kept the first digits (3.40102E+20) names none.
    """
    names = [f.name for f in contract.keys]
    # Each in a select of its own, so that what a step uses twice stands in the plan once.
    tidy = rows.withColumns({f"_key_{name}": text.tidy(F.col(name)) for name in names})
    formed = tidy.withColumns(
        {f"_key_{f.name}": _formed(f, contract.source, F.col(f"_key_{f.name}")) for f in contract.keys}
    )
    plain = {name: F.upper(F.regexp_replace(F.col(f"_key_{name}").cast("string"), r"\s", "")) for name in names}
    named = [F.concat(F.lit(f"{name}:"), plain[name]) for name in names]
    return formed.withColumn("_key", F.coalesce(*named)).drop(*(f"_key_{name}" for name in names))


def definition(contract: Contract) -> str:
    """A hash of what a source's `_key` is made by: keys of two rows can be compared where it is the same."""
    said = [METHOD, contract.source, [[f.name, f.kind, f.params] for f in contract.keys]]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, default=str).encode()).hexdigest()[:16]


def record_id(key: bytes, source: str) -> Column:
    """The record's identifier: a keyed hash of source and `_key`, NULL where there is no key."""
    return F.when(F.col("_key").isNotNull(), keyed_hash(key, F.lit(source), F.col("_key")))


def _formed(field: ContractField, source: str, tidy: Column) -> Column:
    # The first step of a kind settles the form; those behind it ask for check digits and the like.
    steps = kind_of(field, source).steps
    formed = steps[0](tidy) if steps else tidy
    return F.when(~tidy.rlike(_ROUNDED), formed)


def kind_of(field: ContractField, source: str) -> Kind:
    """A field's kind; RendiError names the contract's file."""
    try:
        return kind(field.kind, **field.params)
    except RendiError as error:
        raise RendiError(f"{source}.yaml: {field.name}: {error}") from None
