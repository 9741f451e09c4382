"""Row conditions, in the form in which Great Expectations 1.24 serialises them."""

import operator
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pyspark.sql import Column
from pyspark.sql import functions as F


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(_Strict):
    """A column, by its name."""

    name: str


class Nullity(_Strict):
    """Whether a column is NULL."""

    type: Literal["nullity"]
    column: Named
    is_null: bool


class Comparison(_Strict):
    """A column compared with a value, or with a list of values for IN and NOT_IN."""

    type: Literal["comparison"]
    column: Named
    operator: Literal["==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN"]
    parameter: bool | int | float | str | list[int | float | str]

    @field_validator("parameter")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        # Great Expectations writes the value into SQL as Python spells it: a quote or a backslash changes its meaning.
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and set(one) & set("'\"\\"):
                raise ValueError("a value with quotes or backslashes cannot be compared; use a regex rule instead")
        return value


class Both(_Strict):
    """All of several conditions."""

    type: Literal["and"]
    conditions: list["Simple"] = Field(min_length=1)


class Either(_Strict):
    """At least one of several conditions."""

    type: Literal["or"]
    conditions: list[Annotated["Nullity | Comparison | Both", Field(discriminator="type")]] = Field(min_length=1)


Simple = Annotated[Nullity | Comparison, Field(discriminator="type")]
Condition = Annotated[Nullity | Comparison | Both | Either, Field(discriminator="type")]
Both.model_rebuild()
Either.model_rebuild()


def columns_of(condition: Condition) -> Iterator[str]:
    """The columns that a condition reads."""
    if isinstance(condition, Nullity | Comparison):
        yield condition.column.name
    else:
        for part in condition.conditions:
            yield from columns_of(part)


def to_column(condition: Condition) -> Column:
    """The condition as a Boolean column; like a SQL filter it may be NULL, which does not hold."""
    match condition:
        case Nullity():
            column = F.col(condition.column.name)
            return column.isNull() if condition.is_null else column.isNotNull()
        case Comparison():
            return _OPERATORS[condition.operator](F.col(condition.column.name), condition.parameter)
        case Both():
            return reduce(lambda a, b: a & b, (to_column(part) for part in condition.conditions))
        case Either():
            return reduce(lambda a, b: a | b, (to_column(part) for part in condition.conditions))


_OPERATORS: dict[str, Callable[[Column, Any], Column]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "IN": lambda column, values: column.isin(values),
    "NOT_IN": lambda column, values: ~column.isin(values),
}
