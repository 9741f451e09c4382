"""Standardise: delivered text becomes typed values in one clean form; what changed stays beside it as `<field>_raw`."""

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cleaned import AXES, axes
from schemas.contract import Contract
from schemas.errors import RendiError
from schemas.record_key import kind_of
from schemas.values import coordinate, text
from schemas.values.kinds import Kind, kind


def standardise(rows: DataFrame, contract: Contract) -> DataFrame:
    """Clean every field by its kind and read derived fields out of the clean values.

    rows: the contract's fields as delivered text, and columns of Rendi's own (kept as they are). Returns for each field
    its typed value (NULL where the text is no such value), `<field>_raw` (string, NULL where the delivered text is the
    clean form already), and the contract's derived fields.
    """
    kinds = {f.name: kind_of(f, contract.source) for f in contract.fields}
    own = [c for c in rows.columns if c not in kinds]
    frame = rows.select(
        *own, *(F.col(f).alias(f"{f}_raw") for f in kinds), *(text.tidy(F.col(f)).alias(f) for f in kinds)
    )
    # What is blank or says `NULL`, `N/A`, `无` is absent, not invalid.
    frame = frame.withColumns({f"{f}_raw": F.when(F.col(f).isNotNull(), F.col(f"{f}_raw")) for f in kinds})
    frame = _in_layers(frame, {f: k.steps for f, k in kinds.items()})
    frame = _with_coordinates(frame, contract)
    frame = frame.withColumns({f"{f}_raw": _if_changed(F.col(f"{f}_raw"), F.col(f)) for f in kinds})
    for derived in contract.derived:
        value = _part(contract, kinds, derived.source, derived.part)(F.col(derived.source))
        frame = frame.withColumn(derived.name, F.when(F.expr(derived.when), value) if derived.when else value)
    return frame


def _in_layers(frame: DataFrame, steps: dict[str, tuple[Callable[[Column], Column], ...]]) -> DataFrame:
    # One select a layer: an expression that is used twice in the next layer stands in the plan once.
    for layer in range(max(len(s) for s in steps.values())):
        frame = frame.withColumns({f: s[layer](F.col(f)) for f, s in steps.items() if layer < len(s)})
    return frame


def _with_coordinates(frame: DataFrame, contract: Contract) -> DataFrame:
    point_of = axes(contract)
    if not point_of:
        return frame
    point = coordinate.to_cgcs2000(*(F.col(point_of[a]) for a in AXES))
    frame = frame.withColumn("_point", point)
    known = F.col("_point").isNotNull()
    return frame.withColumns(
        {
            point_of["longitude"]: F.when(known, F.col("_point.longitude")),
            point_of["latitude"]: F.when(known, F.col("_point.latitude")),
            point_of["crs"]: F.when(known, F.lit("CGCS2000")),
        }
    ).drop("_point")


def _if_changed(delivered: Column, clean: Column) -> Column:
    return F.when(~delivered.eqNullSafe(clean.cast("string")), delivered)


def _part(contract: Contract, kinds: dict[str, Kind], source: str, part: str) -> Callable[[Column], Column]:
    try:
        if source in kinds:
            return kinds[source].part(part)
        # A derived field holds what its own part is named after: an ID number that was read out of a card number.
        inner = next(d for d in contract.derived if d.name == source)
        return kind(inner.part).part(part)
    except RendiError as error:
        raise RendiError(f"{contract.source}.yaml: derived from '{source}': {error}") from None
