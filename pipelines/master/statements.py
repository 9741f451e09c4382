"""Statements: what each record says of an entity, one row a record and role, in the columns of the master.

Columns: the entity's id, _origin (which source and role, int), _order (silver's order and record_id, the tie-break),
record_id, valid_from, learned_on, a Boolean a flag, the item's columns, and `_said_<item>`: NULL where the record says
nothing of the item, else how strongly (bigint): unwarned before warned, then the value's own date. Where a source says
an item only until some day, `_over_<item>`: whether that is past.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.authorities import Authority, Gathered, Item, Statement, mentioned
from schemas.changed_at import changed_at
from schemas.contract import Contract
from schemas.errors import RendiError
from schemas.expressions import columns_of
from schemas.recorded import id_column, recorded

# A value's date as days after this many before 1970, so that 0 can stand for none.
EPOCH = 1_000_000
UNWARNED = 1 << 32


@dataclass(frozen=True)
class Origin:
    """A source and the role in which its records name the master's entities."""

    contract: Contract
    role: str

    @property
    def source(self) -> str:
        """The source's name."""
        return self.contract.source

    def statement(self, item: Item | Gathered) -> Statement | None:
        """What this origin says of an item, if anything."""
        return next((s for s in item.sources if s.made_by(self.source, self.role)), None)


@dataclass(frozen=True)
class Model:
    """A master's authority, with the origins of its statements; `_origin` counts them."""

    authority: Authority
    origins: tuple[Origin, ...]


def model(authority: Authority, contracts: Sequence[Contract]) -> Model:
    """The model of a master over the sources at hand."""
    return Model(authority, tuple(Origin(c, role) for c, role in mentioned(contracts, authority)))


def said(name: str) -> str:
    """The column that tells how strongly a record speaks of an item or list."""
    return f"_said_{name}"


def stands(item: Item | Gathered) -> Column:
    """Whether a record says anything of an item or list today."""
    stated = F.col(said(item.name)).isNotNull()
    return stated & ~F.col(_over(item.name)) if _ends(item) else stated


def part(gathered: Gathered, column: str) -> str:
    """The column of the statements frame that holds one part of a list's element."""
    return f"{gathered.name}_{column}"


def union(model: Model, frame: Callable[[str], DataFrame | None], night: date | None = None) -> DataFrame | None:
    """The statements of all origins whose records there are; None where there are none.

    frame: source → its record rows (or versions with valid_from, valid_to, learned_on), or None. night: the business
    date, before which what holds until some day is over; None: nothing is.
    """
    found: DataFrame | None = None
    for number, origin in enumerate(model.origins):
        rows = frame(origin.source)
        if rows is not None:
            one = statements(rows, model.authority, origin, number, night)
            found = one if found is None else found.unionByName(one)
    return found


def statements(
    rows: DataFrame, authority: Authority, origin: Origin, number: int, night: date | None = None
) -> DataFrame:
    """What the records of one source say in one role. number: the origin's place in the model. night: as in `union`."""
    contract = origin.contract
    entity = id_column(origin.role, authority.subject)
    columns: list[Column] = [
        F.col(entity).alias(authority.id),
        F.lit(number).alias("_origin"),
        F.col("record_id"),
        order(contract).alias("_order"),
        *_validity(rows, contract),
    ]
    for name, flag in authority.flags.items():
        own = flag.source == origin.source and origin.role in flag.roles
        condition = F.coalesce(F.expr(flag.when), F.lit(False)) if own else F.lit(False)
        columns.append(condition.alias(name))
    spoken: list[Item | Gathered] = [*authority.items, *authority.lists]
    named = rows.where(F.col(entity).isNotNull())
    try:
        over = [_past(item, origin, night) for item in spoken if _ends(item)]
        return named.select(*columns, *over, *(c for item in spoken for c in _columns(authority, item, origin)))
    except AnalysisException:
        for item in spoken:
            _resolve(
                named, _columns(authority, item, origin), f"{authority.subject}.yaml: {item.name}: {origin.source}"
            )
        raise


def order(contract: Contract) -> Column:
    """Silver's order of a record's row, and its record_id: total over all records."""
    date, own = F.col("_date").cast("timestamp"), changed_at(contract)
    first = (date, own) if contract.mode == "full" else (own, date)
    names = ("at", "then", "delivery", "file", "row", "record")
    parts = (*first, *(F.col(c) for c in ("_delivery", "_file", "_row", "record_id")))
    return F.struct(*(p.alias(n) for n, p in zip(names, parts, strict=True)))


def own_date(contract: Contract, expression: str | None) -> Column:
    """The date of which a record speaks: its own expression, NULL where that cannot be read, else as `changed_at`."""
    return F.expr(expression).cast("date") if expression else F.to_date(changed_at(contract))


def _validity(rows: DataFrame, contract: Contract) -> list[Column]:
    if "valid_to" in rows.columns:
        return [F.col(c) for c in ("valid_from", "valid_to", "learned_on")]
    until = F.lit(None).cast("timestamp")
    return [changed_at(contract).alias("valid_from"), until.alias("valid_to"), F.col("_night").alias("learned_on")]


def _over(name: str) -> str:
    return f"_over_{name}"


def _ends(item: Item | Gathered) -> bool:
    return any(statement.until for statement in item.sources)


def _past(item: Item | Gathered, origin: Origin, night: date | None) -> Column:
    statement = origin.statement(item)
    over = F.lit(False)
    if statement is not None and statement.until and night is not None:
        over = F.coalesce(F.col(statement.until) < F.lit(night), over)
    return over.alias(_over(item.name))


def _columns(authority: Authority, item: Item | Gathered, origin: Origin) -> list[Column]:
    statement = origin.statement(item)
    name = (lambda c: part(item, c)) if isinstance(item, Gathered) else str
    if statement is None:
        nothing = [F.lit(None).cast(kind).alias(name(c)) for c, kind in item.columns.items()]
        return [F.lit(None).cast("bigint").alias(said(item.name)), *nothing]
    sql = {c: statement.reads(c, origin.role, item.values) for c in item.columns}
    values = {c: F.expr(sql[c]).cast(kind) for c, kind in item.columns.items()}
    stated = F.expr(statement.holds(origin.role)) & values[next(iter(values))].isNotNull()
    as_of = authority.as_of.get(origin.source)
    # What is of an unknown day, or of one that cannot be, does not stand before what has one.
    read = [*sql.values(), *([as_of] if as_of else [])]
    strength = _unwarned(origin, read) + _days(own_date(origin.contract, as_of))
    return [
        F.when(stated, strength).alias(said(item.name)),
        *(F.when(stated, value).alias(name(c)) for c, value in values.items()),
    ]


def _unwarned(origin: Origin, sql: Iterable[str]) -> Column:
    """Whether no warning of the record names a field that the value comes from, as a number to order by."""
    origins = recorded(origin.contract)
    fields = sorted({f for text in sql for c in columns_of(text) for f in origins.get(c, ())})
    if not fields:
        return F.lit(UNWARNED)
    named = F.split(F.concat_ws(",", "warned.column"), ",")
    warned = F.arrays_overlap(named, F.array(*map(F.lit, fields)))
    # Most records have no warning at all.
    return F.when((F.size("warned") > 0) & warned, F.lit(0)).otherwise(F.lit(UNWARNED))


def _days(date: Column) -> Column:
    return F.coalesce(F.unix_date(date) + EPOCH, F.lit(0))


def _resolve(rows: DataFrame, columns: list[Column], where: str) -> None:
    try:
        rows.select(*columns)
    except AnalysisException as error:
        raise RendiError(f"schemas/authority/{where}: {str(error).splitlines()[0]}") from None
