"""What a night touches: the mentions that changed, and all that can share an entity with them."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.link.mentions import COLUMNS, CONTENT
from pipelines.link.subject import Subject
from schemas.arrays import texts
from schemas.crosswalk import SELF

ROLES = ["record_id", "role"]
NAMES = [*ROLES, "version"]


def changed(fresh: DataFrame, known: DataFrame) -> DataFrame:
    """Pairs of what a mention says now and what the crosswalk knows, where the two differ.

    fresh: mentions of the records in question that are there now. known: the crosswalk's rows of those records.
    Returns record_id, role, version, f (struct of the mention, NULL where it is gone) and o (struct of the crosswalk
    row, NULL where it is new). A mention that was gone already gives no row.
    """
    new = fresh.select(*NAMES, F.struct(*fresh.columns).alias("f"))
    old = known.select(*NAMES, F.struct(*known.columns).alias("o"))
    says = [F.struct(*(F.col(f"{side}.{c}") for c in CONTENT)) for side in "fo"]
    gone_before = F.col("o.left_on").isNotNull()
    still = F.col("f").isNotNull() & F.col("o").isNotNull() & ~gone_before & says[0].eqNullSafe(says[1])
    return new.join(old, NAMES, "full_outer").where(~still & ~(F.col("f").isNull() & gone_before))


def tokens(subject: Subject, row: str = "") -> Column:
    """What ties a row to others: its keys and its spine, but not the keys that only find an entity (array<string>).

    row: where the columns stand, `f.` or `o.` of a change.
    """
    own = without(F.col(f"{row}keys"), subject.lookup)
    return F.array_distinct(_with_spine(own, F.col(f"{row}spine")))


def without(keys: Column, kinds: tuple[str, ...]) -> Column:
    """Keys (array of `kind:value`) but those of some kinds."""
    return F.filter(keys, lambda key: ~F.substring_index(key, ":", 1).isin(*kinds)) if kinds else keys


def gather(change: DataFrame, neighbours: DataFrame, subject: Subject) -> DataFrame:
    """All minting rows to cluster anew: present ones, and ghosts that only say which identifier was where.

    Returns mentions' columns, spine as it was, ghost, stays (in the crosswalk), left_on, old_id, was_present.
    A changed mention keeps its identifier's claim and its first date where it is the same mention still: a key in
    common, or no key on one side and an unchanged name, or the record's own subject. Else its former self is a ghost.
    """
    named = same()
    at = F.col("o.left_on").isNull()
    new = change.where("f.mints").select(
        *(F.col(f"f.{c}") for c in COLUMNS if c != "first_date"),
        F.when(named, F.col("o.first_date")).otherwise(F.col("f.first_date")).alias("first_date"),
        F.when(named, F.col("o.spine")).otherwise(F.col("f.spine")).alias("spine"),
        F.lit(False).alias("ghost"),
        F.lit(True).alias("stays"),
        F.lit(None).cast("date").alias("left_on"),
        F.when(named, F.col(f"o.{subject.id}")).alias("old_id"),
        F.coalesce(named & at, F.lit(False)).alias("was_present"),
    )
    gone = change.where(F.col("o.mints") & ~F.coalesce(named & F.col("f.mints"), F.lit(False)))
    former = gone.select(
        *(F.col(f"o.{c}") for c in (*COLUMNS, "spine")),
        F.lit(True).alias("ghost"),
        F.col("f").isNull().alias("stays"),
        F.col("o.left_on").alias("left_on"),
        F.col(f"o.{subject.id}").alias("old_id"),
        at.alias("was_present"),
    )
    rest = neighbours.join(change.select(*NAMES), NAMES, "left_anti").select(
        *COLUMNS,
        "spine",
        F.col("left_on").isNotNull().alias("ghost"),
        F.lit(True).alias("stays"),
        "left_on",
        F.col(subject.id).alias("old_id"),
        F.col("left_on").isNull().alias("was_present"),
    )
    return new.unionByName(former).unionByName(rest)


def same() -> Column:
    """Whether `f` (a mention now) and `o` (a crosswalk row that mints) name the same, as far as they tell (boolean)."""
    keyless = (F.size("f.keys") == 0) | (F.size("o.keys") == 0)
    name = (F.col("f.role") == SELF) | F.coalesce(F.col("f.name") == F.col("o.name"), F.lit(False))
    f, o = (_with_spine(F.col(f"{s}.keys"), F.col(f"{s}.spine")) for s in "fo")
    return F.col("o").isNotNull() & F.col("o.mints") & (F.arrays_overlap(f, o) | (keyless & name))


def _with_spine(keys: Column, spine: Column) -> Column:
    return F.concat(keys, texts(spine))
