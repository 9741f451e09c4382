"""The expectation types of Great Expectations that a suite may use, with their keyword arguments.

A type is here because it can be told without showing a value: `expect_column_distinct_values_to_be_in_set`, for
one, writes the values it met into its result, and is missing on purpose.
"""

from dataclasses import dataclass

_BOUNDS = ("min_value", "max_value", "strict_min", "strict_max")
_PAIR = ("both_values_are_missing", "either_value_is_missing", "neither")
_MANY = ("all_values_are_missing", "any_value_is_missing", "never")


@dataclass(frozen=True)
class Form:
    """How one expectation type is written.

    columns: the keyword arguments that name columns. needs: arguments that must be given besides them.
    may: arguments that can be given. bounds: at least one of min_value and max_value must be given.
    ignore: the words that `ignore_row_if` takes, its default first.
    """

    columns: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    bounds: bool = False
    ignore: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """Every keyword argument that the type takes."""
        bounds = _BOUNDS if self.bounds else ()
        return (*self.columns, *self.needs, *self.may, *bounds, *(("ignore_row_if",) if self.ignore else ()))


_ROW = ("mostly", "row_condition")

# A rule of these types finds rows, unless it carries `mostly`.
ROW: dict[str, Form] = {
    "expect_column_values_to_not_be_null": Form(("column",), may=_ROW),
    "expect_column_values_to_be_null": Form(("column",), may=_ROW),
    "expect_column_values_to_be_in_set": Form(("column",), ("value_set",), _ROW),
    "expect_column_values_to_not_be_in_set": Form(("column",), ("value_set",), _ROW),
    "expect_column_values_to_match_regex": Form(("column",), ("regex",), _ROW),
    "expect_column_values_to_not_match_regex": Form(("column",), ("regex",), _ROW),
    "expect_column_values_to_be_between": Form(("column",), (), _ROW, bounds=True),
    "expect_column_value_lengths_to_be_between": Form(("column",), (), _ROW, bounds=True),
    "expect_column_value_lengths_to_equal": Form(("column",), ("value",), _ROW),
    "expect_column_values_to_be_unique": Form(("column",), (), _ROW),
    "expect_column_pair_values_to_be_equal": Form(("column_A", "column_B"), (), _ROW, ignore=_PAIR),
    "expect_column_pair_values_a_to_be_greater_than_b": Form(
        ("column_A", "column_B"), (), (*_ROW, "or_equal"), ignore=_PAIR
    ),
    "expect_compound_columns_to_be_unique": Form(("column_list",), (), _ROW, ignore=_MANY),
    "expect_select_column_values_to_be_unique_within_record": Form(("column_list",), (), _ROW, ignore=_MANY),
}

# A rule of these types judges the table as a whole.
TABLE: dict[str, Form] = {
    "expect_table_row_count_to_be_between": Form(bounds=True),
    "expect_table_row_count_to_equal": Form((), ("value",)),
    "expect_column_to_exist": Form(("column",)),
    "expect_column_proportion_of_non_null_values_to_be_between": Form(("column",), bounds=True),
    "expect_column_proportion_of_unique_values_to_be_between": Form(("column",), bounds=True),
    "expect_column_unique_value_count_to_be_between": Form(("column",), bounds=True),
}

FORMS: dict[str, Form] = {**ROW, **TABLE}

# What these say of a row or a table depends on rows that did not change, duplicates among them.
AMONG_ALL = frozenset(
    {
        "expect_column_values_to_be_unique",
        "expect_compound_columns_to_be_unique",
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_to_equal",
        "expect_column_proportion_of_unique_values_to_be_between",
    }
)
