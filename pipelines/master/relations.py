"""Relations: what the records of a source say of two entities, and how long it held."""

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas.errors import RendiError
from schemas.relations import Relation

KEY = ("kind", "source", "record_id")
# The order of a source's records, the newest last.
ORDER = ("_date", "_delivery", "_file", "_row", "record_id")


def stated(record: DataFrame, relation: Relation, left: str, right: str) -> DataFrame:
    """The relations that a source's records state.

    Returns left and right (identifiers), kind, detail (text), valid_from, valid_to (dates, NULL where unknown or open),
    source, record_id.
    """
    try:
        rows = record.where(F.expr(relation.when))
        rows = _grouped(rows, relation) if relation.group else rows.withColumn("_right", F.col(relation.right or ""))
        columns = {
            left: F.col(relation.left),
            right: F.col("_right"),
            "detail": F.expr(relation.detail).cast("string"),
            "valid_from": F.expr(relation.valid_from).cast("date"),
            "valid_to": F.expr(relation.valid_to).cast("date"),
            "_opens": F.expr(relation.opens or "TRUE"),
            "_closes": F.expr(relation.closes or "FALSE"),
            "_newest": F.struct(F.expr(relation.latest or "NULL"), *ORDER),
        }
        found = rows.select("record_id", *(c.alias(name) for name, c in columns.items()))
    except AnalysisException as error:
        raise RendiError(
            f"schemas/authority/relations.yaml: {relation.kind} of {relation.source}: {str(error).splitlines()[0]}"
        ) from None
    # Whoever heads a household is not in a relation with himself.
    both = found.where((F.col(left) != F.col(right)) & (F.col("_opens") | F.col("_closes")))
    if relation.closes:
        both = _closed(both, left, right)
    if relation.latest:
        first = F.row_number().over(Window.partitionBy(right).orderBy(F.col("_newest").desc()))
        both = both.withColumn("_first", first).where("_first = 1").drop("_first")
    return both.drop("_opens", "_closes", "_newest").withColumns(
        {"kind": F.lit(relation.kind), "source": F.lit(relation.source)}
    )


def _grouped(rows: DataFrame, relation: Relation) -> DataFrame:
    """Beside each record of a group the entity of its head: of several, that of the latest record."""
    latest = F.struct(*ORDER)
    heads = (
        rows.where(F.expr(relation.head or ""))
        .where(F.col(relation.left).isNotNull())
        .groupBy(relation.group or "")
        .agg(F.max_by(relation.left, latest).alias("_right"))
    )
    return rows.join(heads, relation.group)


def _closed(rows: DataFrame, left: str, right: str) -> DataFrame:
    """A pair's opening records, each with the date of the next closing one; a closing one alone stays too."""
    pair = Window.partitionBy(left, right).orderBy(
        F.col("valid_from").asc_nulls_first(), F.col("_closes").asc(), "record_id"
    )
    later = pair.rowsBetween(1, Window.unboundedFollowing)
    after = F.first(F.when(F.col("_closes"), F.col("valid_from")), ignorenulls=True).over(later)
    chained = rows.withColumns({"_before": F.lag("_opens").over(pair), "_after": after, "_on": F.col("valid_from")})
    alone = F.col("_closes") & ~F.coalesce("_before", F.lit(False))
    return (
        chained.where(F.col("_opens") | alone)
        .withColumn("valid_from", F.when(F.col("_opens"), F.col("_on")))
        .withColumn("valid_to", F.when(F.col("_opens"), F.col("_after")).otherwise(F.col("_on")))
        .drop("_before", "_after", "_on")
    )


def concurrent(rows: DataFrame, left: str, right: str) -> DataFrame:
    """Rows with `concurrent` (int): how many others with somebody else stood for either of the two when it began."""
    ends = [(left, right), (right, left)]
    sides = [
        rows.select(
            "kind", "source", "record_id", "valid_from", "valid_to", F.col(a).alias("_one"), F.col(b).alias("_two")
        )
        for a, b in ends
    ]
    side = sides[0].unionByName(sides[1])
    mine, other = side.alias("mine"), side.alias("other")
    met = mine.join(other, F.col("mine._one") == F.col("other._one")).where(
        "mine.kind = other.kind AND mine._two <> other._two"
        " AND (other.valid_from IS NULL OR other.valid_from < mine.valid_from)"
        " AND (other.valid_to IS NULL OR other.valid_to > mine.valid_from)"
    )
    counted = met.groupBy(*(F.col(f"mine.{c}").alias(c) for c in KEY)).agg(F.count("*").cast("int").alias("concurrent"))
    return rows.join(counted, list(KEY), "left").withColumn("concurrent", F.coalesce("concurrent", F.lit(0)))
