"""Conflicts: what the current records say of items on which they differ (疑义信息), for the departments to correct."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.master.statements import Model, said, stands
from pipelines.master.survivorship import certified, source_name
from schemas.arrays import texts

KEY = ("id", "item", "source", "role", "record_id")


def conflicts(statements: DataFrame, master: DataFrame, model: Model) -> DataFrame:
    """Every current statement of the items that `attributes` says are disputed; of certificates only what stands.

    Returns id, item, value (code, mask or token), source, role, record_id, valid_from, valid_to (timestamps; valid_to
    is NULL) and learned_on (date).
    """
    authority = model.authority
    items = texts(*(F.when(F.col(f"attributes.{i.name}.disputed"), F.lit(i.name)) for i in authority.items))
    standing = F.create_map(*(c for i in authority.items for c in (F.lit(i.name), F.expr(i.compared).cast("string"))))
    disputed = master.select(authority.id, items.alias("_items"), standing.alias("_stands")).where("size(_items) > 0")
    both = statements.join(disputed, authority.id)
    rows = both.select(*head(model), F.explode(spoken(model)).alias("s"), "_items", "_stands").where("s.stands")
    past = F.col("s.certificate") & ~F.col("s.key").eqNullSafe(F.col("_stands")[F.col("s.item")])
    return rows.where(F.array_contains("_items", F.col("s.item")) & ~past).select(
        "id", "s.item", "s.value", "source", "role", "record_id", "valid_from", "valid_to", "learned_on"
    )


def head(model: Model) -> list[Column]:
    """Who says something, of whom, and since when."""
    roles = F.array(*(F.lit(o.role) for o in model.origins))[F.col("_origin")]
    names = ("record_id", "valid_from", "valid_to", "learned_on")
    return [
        F.col(model.authority.id).alias("id"),
        source_name(model).alias("source"),
        roles.alias("role"),
        *map(F.col, names),
    ]


def spoken(model: Model) -> Column:
    """What a row says of each item: item, value (as text), key (what is compared), stated, stands and certificate."""
    return F.array(
        *(
            F.struct(
                F.lit(item.name).alias("item"),
                F.col(item.shown).cast("string").alias("value"),
                F.expr(item.compared).cast("string").alias("key"),
                F.col(said(item.name)).isNotNull().alias("stated"),
                stands(item).alias("stands"),
                certified(model, item).alias("certificate"),
            )
            for item in model.authority.items
        )
    )
