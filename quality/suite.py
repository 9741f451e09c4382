"""Suites: what makes a table good, in Great Expectations' own vocabulary (one YAML file a table).

A suite is read, checked against the columns that it may name, and joined with the rules that the contract states.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from quality.condition import Condition, columns_of
from quality.derive import TECHNICAL, derived_rules, judged_columns
from quality.literals import BETWEEN, check_literals, is_day, is_number
from quality.vocabulary import AMONG_ALL, FORMS, ROW
from schemas.contract import Contract
from schemas.errors import RendiError, nearest, text_of
from schemas.values.kinds import kind

_UNBOUNDED = re.compile(r"(?<!\\)\)(?:[*+]|\{[0-9]+,\})(?!\+)")
_CHARACTER_CLASS = re.compile(r"\\[pP]\{\w+\}")

FOLDER = Path(__file__).parent / "suites"


class Meta(BaseModel):
    """What a person reads about a rule. The message stands in every failing row: it says what, never a value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    message: str
    column: str | None = None


class Rule(BaseModel):
    """One expectation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    kwargs: dict[str, Any] = {}
    severity: Literal["critical", "warning"]
    meta: Meta

    @property
    def name(self) -> str:
        """The rule's short name, unique within its suite."""
        return self.meta.rule

    @property
    def finds_rows(self) -> bool:
        """Whether the rule names rows; a table-level rule, or one with `mostly`, judges the table instead."""
        return self.type in ROW and "mostly" not in self.kwargs

    @property
    def judged(self) -> list[str]:
        """The columns that the expectation is about."""
        names: list[str] = []
        for key in FORMS[self.type].columns:
            value = self.kwargs[key]
            names += value if isinstance(value, list) else [value]
        return names

    @property
    def reads(self) -> list[str]:
        """Every column that the rule needs, those of its row condition included."""
        return [*self.judged, *(columns_of(self.condition) if self.condition else ())]

    @property
    def condition(self) -> Condition | None:
        """The row condition, or None where the rule holds for every row."""
        value = self.kwargs.get("row_condition")
        return None if value is None else _CONDITION.validate_python(value)

    @property
    def column(self) -> str:
        """The column that a failing row names."""
        return self.meta.column or ",".join(self.judged)


_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


class Suite(BaseModel):
    """All rules of one table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    expectations: list[Rule]

    @property
    def row_rules(self) -> list[Rule]:
        """The rules that find rows."""
        return [rule for rule in self.expectations if rule.finds_rows]

    @property
    def table_rules(self) -> list[Rule]:
        """The rules that judge the table as a whole."""
        return [rule for rule in self.expectations if not rule.finds_rows]

    @property
    def needs_all_rows(self) -> bool:
        """Whether a rule cannot be judged on what changed since the delivery before, and on silver for the rest."""
        technical = any(set(rule.reads) & set(TECHNICAL) for rule in self.table_rules)
        return technical or any(rule.type in AMONG_ALL for rule in self.expectations)

    @property
    def fingerprint(self) -> str:
        """A hash of everything the suite says: a part of the facts that a verdict rests on (64 hex digits)."""
        text = json.dumps([rule.model_dump() for rule in self.expectations], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def load(table: str, contract: Contract | None = None, columns: Iterable[str] = (), folder: Path = FOLDER) -> Suite:
    """The suite of one table.

    contract: that of a source; its rules are derived and its fields are the columns that a rule may name.
    columns: for a table without a contract, the columns that a rule may name (none: checked when the suite runs).
    RendiError names file, key and the nearest right word.
    """
    path = folder / f"{table}.yaml"
    if not path.exists():
        hint = nearest(table, tables(folder))
        raise RendiError(f"no suite for '{table}' in {folder.name}/{hint or ': draft one with `rendi source new`'}")
    return parse(text_of(path), path.name, contract, columns)


@cache
def tables(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all tables that have a suite, in alphabetical order."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def parse(text: str, where: str, contract: Contract | None = None, columns: Iterable[str] = ()) -> Suite:
    """Read one suite. `where` names the file in messages."""
    try:
        node = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise RendiError(f"{where}{line}: not readable as YAML ({getattr(error, 'problem', error)})") from None
    if not isinstance(node, dict) or not isinstance(node.get("expectations"), list):
        raise RendiError(f"{where}: not a suite: 'name' and a list 'expectations' are needed")
    rules = [_rule(entry, f"{where}: expectations[{i}]") for i, entry in enumerate(node["expectations"])]
    known = [*judged_columns(contract), *TECHNICAL] if contract else [*columns]
    types = _types(contract) if contract else {}
    for rule in rules:
        _check(rule, f"{where}: {rule.name}", known, types)
    if contract:
        rules = [*(Rule.model_validate(one) for one in derived_rules(contract)), *rules]
    names = [rule.name for rule in rules]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        raise RendiError(f"{where}: rule '{twice}' stands twice (the contract states '<field>_present' and others)")
    for name in node.keys() - {"name", "expectations"}:
        raise RendiError(f"{where}: unknown key '{name}'{nearest(str(name), ['name', 'expectations'])}")
    expected = Path(where).stem
    if node.get("name") != expected:
        raise RendiError(f"{where}: name is '{node.get('name')}', the file's name says '{expected}'")
    return Suite(name=expected, expectations=rules)


def _rule(entry: Any, where: str) -> Rule:
    if isinstance(entry, dict) and isinstance(entry.get("meta"), dict) and entry["meta"].get("rule"):
        where = f"{where.split(':', maxsplit=1)[0]}: {entry['meta']['rule']}"
    try:
        return Rule.model_validate(_plain(entry))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        known = [*Rule.model_fields, *Meta.model_fields] if first["type"] == "extra_forbidden" else []
        raise RendiError(f"{where}: {key or 'rule'}: {first['msg']}{nearest(key.split('.')[-1], known)}") from None


def _plain(value: Any) -> Any:
    """YAML reads 1949-10-01 as a date; Great Expectations compares dates as ISO text."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _types(contract: Contract) -> dict[str, str]:
    """Spark's DDL of the columns whose type the contract tells; of a derived field only the frame does."""
    try:
        return {f.name: kind(f.kind, **f.params).type for f in contract.fields} | {
            **{f"{f.name}_raw": "string" for f in contract.fields},
            **{column: "date" if column in ("_date", "_night") else "string" for column in TECHNICAL},
            "_row": "bigint",
            "_night_over": "timestamp",
        }
    except RendiError as error:
        raise RendiError(f"{contract.source}.yaml: {error}") from None


def _check(rule: Rule, where: str, known: list[str], types: dict[str, str]) -> None:
    form = FORMS.get(rule.type)
    if form is None:
        raise RendiError(f"{where}: unknown expectation '{rule.type}'{nearest(rule.type, FORMS)}")
    for key in rule.kwargs:
        if key not in form.known:
            raise RendiError(f"{where}: {rule.type} takes no '{key}'{nearest(key, form.known)}")
    for key in (*form.columns, *form.needs):
        if key not in rule.kwargs:
            raise RendiError(f"{where}: {rule.type} needs '{key}'")
    for key in form.columns:
        names = rule.kwargs[key] if key == "column_list" else [rule.kwargs[key]]
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            what = "a list of columns" if key == "column_list" else "the name of a column"
            raise RendiError(f"{where}: {key}: {what} is needed, in quotes where YAML would read it as something else")
    if form.bounds and rule.kwargs.get("min_value") is None and rule.kwargs.get("max_value") is None:
        raise RendiError(f"{where}: {rule.type} needs 'min_value' or 'max_value'")
    ignore = rule.kwargs.get("ignore_row_if")
    if ignore is not None and ignore not in form.ignore:
        raise RendiError(f"{where}: ignore_row_if: unknown word '{ignore}'{nearest(str(ignore), form.ignore)}")
    _check_values(rule, where)
    try:
        read = rule.reads
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RendiError(f"{where}: row_condition: {key}: {first['msg']}") from None
    for column in read if known else ():
        if column not in known:
            raise RendiError(f"{where}: unknown column '{column}'{nearest(column, known)}")
    check_literals(rule.type, rule.kwargs, rule.condition, types, where)


def _check_values(rule: Rule, where: str) -> None:
    values = rule.kwargs.get("value_set", [""])
    if not isinstance(values, list) or not values or any(value is None for value in values):
        raise RendiError(f"{where}: value_set: a list of values is needed, without null (nulls pass)")
    regex = rule.kwargs.get("regex", "")
    if not isinstance(regex, str) or regex.endswith("$"):
        raise RendiError(rf"{where}: regex: end with \z, for '$' accepts a trailing newline")
    try:
        # Java's syntax, near enough for what people mistype.
        re.compile(_CHARACTER_CLASS.sub("x", regex).replace(r"\z", r"\Z"))
    except re.error as error:
        raise RendiError(f"{where}: regex: {error}") from None
    if _UNBOUNDED.search(regex):
        raise RendiError(
            f"{where}: regex: a group that repeats without end overflows Java's stack on a long value: write )*+ for "
            ")*, )++ for )+, or a bound such as ){0,20}"
        )
    for key in ("min_value", "max_value"):
        bound = rule.kwargs.get(key)
        # Great Expectations reads a bound as a number or a date, and bounds no text column.
        if bound is not None and not is_number(bound) and not is_day(bound):
            raise RendiError(f"{where}: {key}: a number or a date like 1949-10-01 is needed; use a regex for text")
        if is_day(bound) and rule.type != BETWEEN:
            raise RendiError(f"{where}: {key}: {rule.type} counts: a number is needed")
    if "value" in rule.kwargs and not is_number(rule.kwargs["value"]):
        raise RendiError(f"{where}: value: {rule.type} counts: a number is needed, without quotes")
    low, high = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    if low is not None and high is not None and (type(low) is str) == (type(high) is str) and low > high:
        raise RendiError(f"{where}: min_value lies above max_value")
    mostly = rule.kwargs.get("mostly", 1)
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 <= mostly <= 1:
        raise RendiError(f"{where}: mostly: a share between 0 and 1 is needed")
