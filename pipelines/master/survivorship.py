"""Survivorship: of all statements of an item, the one that stands (rule 11).

The total order: a pin; the 数源部门's certificate; its statements; the next sources in turn; within a rank unwarned
first, then the value's own date, silver's order, record_id. What overtakes older certificates is of their rank. One
`groupBy` finds the strongest statement of every item.
"""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.master.statements import EPOCH, UNWARNED, Model, part, said, stands
from schemas.arrays import texts
from schemas.authorities import Gathered, Item, Segment

# What outweighs any rank: a pin; and a statement that can be compared over one that cannot (a placeholder's name).
PINNED = 2_000
COMPARABLE = 1_000


def source_name(model: Model) -> Column:
    """The source of a statement."""
    return F.array(*(F.lit(o.source) for o in model.origins))[F.col("_origin")]


def survive(statements: DataFrame, model: Model) -> DataFrame:
    """One row an entity: its items' columns, lists, flags, `_own` (it has a record of its own), sources, attributes.

    statements: as `statements.union`, perhaps with `_pins` (map item → source). attributes: a struct an item of source,
    rule (pin, certificate, source, stand_in), as_of (date), authoritative and disputed (current statements differ).
    """
    authority = model.authority
    aggregates: list[Column] = []
    for item in authority.items:
        for number, segment in enumerate((None, *item.segments)):
            aggregates.append(F.max(_candidate(statements, model, item, segment)).alias(f"_{item.name}_{number}"))
        standing = stands(item) & ~certified(model, item)
        key = F.when(standing, _key(F.expr(item.compared)))
        aggregates += [F.min(key).alias(f"_{item.name}_low"), F.max(key).alias(f"_{item.name}_high")]
    for gathered in authority.lists:
        for number, origin in enumerate(model.origins):
            if origin.statement(gathered):
                aggregates.append(F.max(_element(gathered, number)).alias(f"_{gathered.name}_{number}"))
    aggregates += [F.bool_or(flag).alias(flag) for flag in authority.flags]
    aggregates.append(F.bit_or(F.expr("shiftleft(1L, _origin)")).alias("_origins"))
    grouped = statements.groupBy(authority.id).agg(*aggregates)
    return _chosen(grouped, model)


def certified(model: Model, item: Item) -> Column:
    """Whether a statement is a certificate: it tells of its day, and a later one does not contradict it."""
    statements = [origin.statement(item) for origin in model.origins]
    return F.array(*(F.lit(s is not None and s.certificate) for s in statements))[F.col("_origin")]


def _key(value: Column) -> Column:
    return F.when(value.isNotNull(), F.xxhash64(value))


def _candidate(statements: DataFrame, model: Model, item: Item, segment: Segment | None) -> Column:
    ranks = _by_origin(model, _ranks(model, item, segment))
    score = F.lit(COMPARABLE // 2) - _overtaking(model, item, segment, ranks[F.col("_origin")])
    key = F.expr(item.compared)
    if item.compare:
        score += F.when(key.isNotNull(), COMPARABLE).otherwise(0)
    if "_pins" in statements.columns:
        pinned = F.coalesce(F.col("_pins")[item.name] == source_name(model), F.lit(False))
        score += F.when(pinned, PINNED).otherwise(0)
    parts = [score.alias("score"), F.col(said(item.name)).alias("said"), F.col("_order").alias("order")]
    return F.when(
        stands(item),
        F.struct(*parts, F.col("_origin"), _key(key).alias("key"), *map(F.col, item.columns)),
    )


def _element(gathered: Gathered, number: int) -> Column:
    stated = (F.col("_origin") == number) & stands(gathered)
    values = F.struct(*(F.col(part(gathered, c)).alias(c) for c in gathered.columns))
    return F.when(stated, F.struct(F.col(said(gathered.name)), "_order", values.alias("value")))


def _chosen(grouped: DataFrame, model: Model) -> DataFrame:
    authority = model.authority
    best: dict[str, Column] = {}
    attributes: list[Column] = []
    for item in authority.items:
        choice, attribute = F.col(f"_{item.name}_0"), _attribute(model, item, None, 0)
        for number in range(len(item.segments), 0, -1):
            segment = item.segments[number - 1]
            within = F.coalesce(F.expr(segment.when), F.lit(False))
            choice = F.when(within, F.col(f"_{item.name}_{number}")).otherwise(choice)
            attribute = F.when(within, _attribute(model, item, segment, number)).otherwise(attribute)
        best[item.name] = choice
        attributes.append(attribute.alias(item.name))
    chosen = grouped.withColumns({f"_{name}": column for name, column in best.items()})
    values = [F.col(f"_{i.name}")[c].cast(kind).alias(c) for i in authority.items for c, kind in i.columns.items()]
    present = (
        F.when(F.getbit("_origins", F.lit(n)) == 1, F.lit(origin.source)) for n, origin in enumerate(model.origins)
    )
    own = sum(1 << n for n, origin in enumerate(model.origins) if origin.role == "self")
    return chosen.select(
        authority.id,
        *values,
        *(_list(model, gathered) for gathered in authority.lists),
        *authority.flags,
        (F.col("_origins").bitwiseAND(F.lit(own).cast("bigint")) != 0).alias("_own"),
        F.sort_array(F.array_distinct(texts(*present))).alias("sources"),
        F.struct(*attributes).alias("attributes"),
    )


def _attribute(model: Model, item: Item, segment: Segment | None, number: int) -> Column:
    best = F.col(f"_{item.name}_{number}")
    first = _department(model, item.ordered(segment)[0].source)
    rules, authoritative = {}, {}
    for place, origin in enumerate(model.origins):
        statement = origin.statement(item)
        own = origin.contract.department == first
        certificate = statement is not None and statement.certificate
        rules[place] = ("certificate" if certificate else "source") if own else "stand_in"
        authoritative[place] = own
    names = {place: origin.source for place, origin in enumerate(model.origins)}
    days = best["said"].bitwiseAND(F.lit(UNWARNED - 1))
    pinned = best["score"] >= PINNED
    origin_of = best["_origin"]
    keys = [best["key"], F.col(f"_{item.name}_low"), F.col(f"_{item.name}_high")]
    return F.when(
        best.isNotNull(),
        F.struct(
            _at(names, model, origin_of).alias("source"),
            F.when(pinned, "pin").otherwise(_at(rules, model, origin_of)).alias("rule"),
            F.when(days > 0, F.date_from_unix_date((days - EPOCH).cast("int"))).alias("as_of"),
            (pinned | _at(authoritative, model, origin_of)).alias("authoritative"),
            F.coalesce(F.least(*keys) != F.greatest(*keys), F.lit(False)).alias("disputed"),
        ),
    )


def _department(model: Model, source: str) -> str | None:
    return next((o.contract.department for o in model.origins if o.source == source), None)


def _ranks(model: Model, item: Item, segment: Segment | None) -> dict[int, int]:
    order = item.ordered(segment)
    ranked = ((n, o.statement(item)) for n, o in enumerate(model.origins))
    return {n: order.index(statement) for n, statement in ranked if statement is not None}


def _overtaking(model: Model, item: Item, segment: Segment | None, rank: Column) -> Column:
    """The rank of a statement, that of a certificate where it overtakes those that are older."""
    order = item.ordered(segment)
    certificate = next((place for place, one in enumerate(order) if one.certificate), None)
    for number, origin in enumerate(model.origins):
        statement = origin.statement(item)
        if statement is not None and statement.overtakes and certificate is not None:
            holds = (F.col("_origin") == number) & F.expr(statement.overtakes)
            rank = F.when(holds, F.least(rank, F.lit(certificate))).otherwise(rank)
    return rank


def _by_origin(model: Model, values: Mapping[int, int]) -> Column:
    return F.array(*(F.lit(values.get(n, 0)) for n in range(len(model.origins))))


def _at(values: Mapping[int, object], model: Model, origin: Column) -> Column:
    return F.get(F.array(*(F.lit(values.get(n)) for n in range(len(model.origins)))), origin)


def _list(model: Model, gathered: Gathered) -> Column:
    numbers = [n for n, origin in enumerate(model.origins) if origin.statement(gathered)]
    kinds = ",".join(f"{c}:{kind}" for c, kind in gathered.columns.items())
    if not numbers:
        return F.array().cast(f"array<struct<{kinds}>>").alias(gathered.name)
    values = F.array(*(F.col(f"_{gathered.name}_{n}.value") for n in numbers))
    nothing = F.array(F.lit(None).cast(f"struct<{kinds}>"))
    return F.array_except(values, nothing).alias(gathered.name)
