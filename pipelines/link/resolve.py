"""Mentions that only find an entity: an employer by its credit code, a home by its address."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.link import doors
from pipelines.link.subject import Subject
from schemas.crosswalk import COMMUNITY

# An address found by its building or number is less sure to be the place than one found by its door.
SCORES = (1.0, 0.9, 0.8, 0.7)


def keys_of(rows: DataFrame) -> DataFrame:
    """Under which keys entities are found: _key, id, area (of an address, else NULL). rows: keys, name, id."""
    is_address = F.col("_key").startswith("address:")
    exploded = rows.select(F.explode("keys").alias("_key"), "id", "name")
    return exploded.select("_key", "id", F.when(is_address, F.col("name")).alias("area")).distinct()


def resolve(rows: DataFrame, found: DataFrame, subject: Subject) -> DataFrame:
    """Find the entity of each row: by the first of its keys that any entity has, if only one has it.

    rows: mentions (keys in the order in which they are tried; name: of an address its areas). found: as `keys_of`.
    Adds id (NULL where none or several are found), community_code (of a standard address that was found, or of all
    that it may be, where they lie in one), method, score (double), spine (the row's first key).
    """
    # Households and staffs share their keys: each combination is looked up once.
    asked = rows.select("keys", "name").distinct()
    tried = asked.select("keys", "name", F.posexplode("keys").alias("_rank", "_key"))
    agree = F.col("area").isNull() | doors.agree(F.col("area"), F.col("name"))
    met = tried.join(found, "_key").where(agree)
    one = F.struct("_rank", "id", doors.community(F.col("area")).alias("community"))
    best = met.groupBy("keys", "name").agg(F.collect_set(one).alias("_met"))
    rank = F.array_min("_met")["_rank"]
    at_rank = F.filter("_met", lambda m: m["_rank"] == rank)
    ids, communities = F.array_distinct(at_rank["id"]), F.array_distinct(at_rank["community"])
    # Doors that only their units tell apart leave the place open, but not where it lies.
    known = (F.size(ids) == 1) | (F.size(communities) == 1)
    answered = best.select(
        F.col("keys").alias("_keys"),
        F.col("name").alias("_name"),
        F.when(F.size(ids) == 1, F.get(ids, F.lit(0))).alias("id"),
        F.when(known, F.array_min(communities)).alias(COMMUNITY),
        F.get(F.array(*map(F.lit, SCORES)), F.least(rank, F.lit(len(SCORES) - 1))).alias("score"),
    )
    first = F.get(F.col("keys"), F.lit(0))
    is_address = F.substring_index(first, ":", 1).isin(*subject.lookup) if subject.lookup else F.lit(False)
    joined = rows.join(
        answered, F.col("keys").eqNullSafe(F.col("_keys")) & F.col("name").eqNullSafe(F.col("_name")), "left"
    )
    hit = F.col("id").isNotNull()
    return joined.drop("_keys", "_name").select(
        *(c for c in rows.columns if c not in ("spine", "method", "score", "id", COMMUNITY)),
        first.alias("spine"),
        "id",
        COMMUNITY,
        F.when(hit, F.when(is_address, "address").otherwise("id")).alias("method"),
        F.when(hit, F.col("score")).alias("score"),
    )
