"""SQL expressions of an open dataset: which governed columns they read, in whatever way they are written."""

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from schemas.errors import RendiError

DATE = "{date}"


def parse(text: str, where: str) -> exp.Expr:
    """One SQL expression, `{date}` in it a date, that names every column as table.column.

    RendiError for what Spark might read otherwise: a column without its table, `*`, a query within the expression.
    """
    try:
        tree = parse_one(text.replace(DATE, "CURRENT_DATE"), dialect="spark", into=exp.Condition)
    except SqlglotError:
        raise RendiError(f"{where}: '{text}' is not one SQL expression: mend it") from None
    if tree.find(exp.Query, exp.Star):
        raise RendiError(f"{where}: a query or * within an expression: name the columns that it reads")
    for column in tree.find_all(exp.Column):
        if len(column.parts) != 2:
            raise RendiError(f"{where}: '{column.sql()}' has to be written as table.column")
    return tree


def reads(tree: exp.Expr) -> set[str]:
    """The columns that an expression reads, as table.column in small letters."""
    return {f"{column.table}.{column.name}".lower() for column in tree.find_all(exp.Column)}


def conditions(tree: exp.Expr) -> list[exp.Expr]:
    """The conditions that an expression joins by AND."""
    return list(tree.flatten()) if isinstance(tree, exp.And) else [tree]


def is_key(condition: exp.Expr) -> bool:
    """Whether a condition says only that an identifier (a column whose name ends in _id) is the same in two tables."""
    if not isinstance(condition, exp.EQ):
        return False
    sides = [condition.left, condition.right]
    identifiers = [one for one in sides if isinstance(one, exp.Column) and one.name.lower().endswith("_id")]
    return len({one.table.lower() for one in identifiers}) == 2
