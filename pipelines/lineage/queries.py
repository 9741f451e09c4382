"""Where the columns of a query come from: SQL of topics and open datasets, over views named <zone>_<table>."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from pipelines.lineage.edge import ROWS
from schemas.errors import RendiError

DIALECT = "spark"
# What passes several steps came the way of the one that changes it most.
_STRENGTH = ("same", "expression", "aggregated", "counted", "decides")
_WRAPPING = (exp.Alias, exp.Paren, exp.Dot, exp.Distinct, exp.Struct, exp.Tuple)


@dataclass(frozen=True, order=True)
class Origin:
    """A view's column, the query's column that comes from it, and how (a word of `WAYS`)."""

    view: str
    column: str
    made: str
    how: str


def origins(sql: str, views: Mapping[str, Sequence[str]], where: str) -> set[Origin]:
    """The origins of every column of a query, and of its rows (`*`).

    views: the columns of each view that the query may read. A column that counts rows comes from what decides which
    rows are counted. RendiError, which names `where`, for SQL that cannot be traced.
    """
    schema: dict[str, object] = {view: dict.fromkeys(columns, "string") for view, columns in views.items()}
    try:
        tree = qualify(parse_one(sql, dialect=DIALECT), schema=schema, dialect=DIALECT, identify=False)
        scopes = traverse_scope(tree)
        rows = {(view, column) for scope in scopes for view, column, _ in _deciding(scope)}
        found = {(*origin, made) for made in _query(scopes[-1]).named_selects for origin in _of(scopes[-1], made)}
    except SqlglotError as error:
        raise RendiError(f"{where}: its columns cannot be traced: {str(error).splitlines()[0]}") from None
    told = {Origin(view, column, made, how) for view, column, how, made in found}
    return told | {Origin(view, column, ROWS, "rows") for view, column in rows}


def _of(scope: Scope, made: str, part: str = "") -> Iterator[tuple[str, str, str]]:
    """(view, column, how) of one column of a scope. part: the field that is asked for, where it is a struct."""
    query = _query(scope)
    if isinstance(query, exp.SetOperation):
        place = query.named_selects.index(made)
        for one in scope.set_operation_scopes:
            yield from _of(one, _query(one).named_selects[place], part)
        return
    select = next(s for s in query.selects if s.alias_or_name == made)
    for column in _asked(select, part):
        yield from _traced(scope, column, _how(column, select))
    if any(isinstance(count.this, exp.Star) for count in select.find_all(exp.Count)):
        yield from ((view, column, "counted") for view, column, _ in _deciding(scope))


def _deciding(scope: Scope) -> Iterator[tuple[str, str, str]]:
    """The columns that decide which rows a scope has: filters, joins, groups, and all of them under DISTINCT."""
    args = scope.expression.args
    clauses = [
        args.get("where"),
        args.get("group"),
        args.get("having"),
        *(j.args.get("on") for j in scope.find_all(exp.Join)),
    ]
    if args.get("distinct"):
        clauses += _query(scope).selects
    for clause in clauses:
        for column in clause.find_all(exp.Column) if clause else ():
            yield from _traced(scope, column, "decides")


def _traced(scope: Scope, column: exp.Column, how: str) -> Iterator[tuple[str, str, str]]:
    source = _sources(scope).get(column.table)
    if source is None:
        raise SqlglotError(f"no table '{column.table}' for the column '{column.name}'")
    if not isinstance(source, Scope):
        yield source.name, column.name, how
        return
    outer = column.parent
    part = outer.expression.name if isinstance(outer, exp.Dot) and outer.this is column else ""
    for view, name, before in _of(source, column.name, part):
        yield view, name, _stronger(before, how)


def _sources(scope: Scope) -> dict[str, Scope | exp.Table]:
    """What a column may be of: a query in place of a value sees the query around it too."""
    around = _sources(scope.parent) if scope.parent else {}
    within = {name: source for inner in scope.subquery_scopes for name, source in inner.sources.items()}
    return around | within | scope.sources


def _asked(select: exp.Expr, part: str) -> Iterator[exp.Column]:
    """The columns of an expression; of `MAX_BY(STRUCT(a, b), c)`, where only `a` is asked for, a and c."""
    chosen = select.unalias()
    if part and isinstance(chosen, exp.ArgMax | exp.ArgMin) and isinstance(chosen.this, exp.Struct):
        fields = [field for field in chosen.this.expressions if field.alias_or_name == part]
        for one in (*fields, chosen.expression):
            yield from one.find_all(exp.Column)
    else:
        yield from chosen.find_all(exp.Column)


def _how(column: exp.Column, select: exp.Expr) -> str:
    how, child = "same", cast(exp.Expr, column)
    while child is not select:
        above = cast(exp.Expr, child.parent)
        how, child = _stronger(how, _step(above, child)), above
    return how


def _step(above: exp.Expr, child: exp.Expr) -> str:
    if isinstance(above, exp.ArgMax | exp.ArgMin):
        return "decides" if child.arg_key == "expression" else "aggregated"
    if isinstance(above, exp.Count | exp.CountIf):
        return "counted"
    if isinstance(above, exp.If) and child.arg_key == "this":
        return "decides"
    if isinstance(above, exp.AggFunc):
        return "aggregated"
    return "same" if isinstance(above, _WRAPPING) else "expression"


def _query(scope: Scope) -> exp.Query:
    return cast(exp.Query, scope.expression)


def _stronger(one: str, other: str) -> str:
    return max(one, other, key=_STRENGTH.index)
