"""Whether what a rule compares a column with is of the column's type: Spark would cast one of the two, or fail."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from quality.condition import Comparison, Condition, Nullity
from schemas.errors import RendiError

BETWEEN = "expect_column_values_to_be_between"
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?\Z")
_WRITE = {
    "text": "write it in quotes, as '01' (YAML reads 01 as a number, and yes and no as true and false)",
    "number": "write a number, without quotes",
    "date": "write a day, as 1949-10-01",
    "boolean": "write true or false, without quotes",
}
# By the beginning of Spark's DDL of a type.
_FORM = {
    "string": "text",
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint", "float", "double", "decimal"), "number"),
    **dict.fromkeys(("date", "timestamp"), "date"),
    "boolean": "boolean",
}


def check_literals(
    type_: str, kwargs: Mapping[str, Any], condition: Condition | None, types: Mapping[str, str], where: str
) -> None:
    """RendiError, which says what to write, where a rule compares a column with a value of another type.

    types: column → Spark's DDL of its type; other columns are not judged.
    """
    for key, column, values in _compared(type_, kwargs, condition):
        form = _FORM.get(types.get(column, "").split("(", maxsplit=1)[0])
        if type_ == BETWEEN and key != "row_condition" and form in ("text", "boolean"):
            raise RendiError(f"{where}: {key}: bounds do not fit '{column}', which is {form}; use a regex or value_set")
        for value in values:
            if form and not _is(value, form):
                said = json.dumps(value, ensure_ascii=False)
                raise RendiError(f"{where}: {key}: {said} does not fit '{column}', which is {form}: {_WRITE[form]}")


def is_number(value: Any) -> bool:
    """Whether a value of YAML is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_day(value: Any) -> bool:
    """Whether a value is a day or a moment as ISO text."""
    return isinstance(value, str) and DAY.match(value) is not None


def _is(value: Any, form: str) -> bool:
    match form:
        case "text":
            return isinstance(value, str)
        case "number":
            return is_number(value)
        case "date":
            return is_day(value)
        case _:
            return isinstance(value, bool)


def _compared(
    type_: str, kwargs: Mapping[str, Any], condition: Condition | None
) -> Iterator[tuple[str, str, list[Any]]]:
    """The key of the rule, the column, and the values that it is compared with."""
    keys = ("min_value", "max_value") if type_ == BETWEEN else ()
    for key in keys:
        if kwargs.get(key) is not None:
            yield key, kwargs["column"], [kwargs[key]]
    if "value_set" in kwargs:
        yield "value_set", kwargs["column"], kwargs["value_set"]
    for one in _comparisons(condition):
        values = one.parameter if isinstance(one.parameter, list) else [one.parameter]
        yield "row_condition", one.column.name, values


def _comparisons(condition: Condition | None) -> Iterator[Comparison]:
    if isinstance(condition, Comparison):
        yield condition
    elif condition is not None and not isinstance(condition, Nullity):
        for part in condition.conditions:
            yield from _comparisons(part)
