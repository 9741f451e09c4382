"""What may be opened: the rules, apart from any one dataset (政务信息资源目录编制指南, 开放属性)."""

from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar, get_args

from catalog.entry import Item
from schemas.contract import Openness, Sharing
from schemas.errors import RendiError

Grade = TypeVar("Grade", bound=str)

# An aggregate shows no cell of fewer people than this.
SMALLEST_CELL = 10

# Kinds of value that name a person or stand for one. A token or a mask is de-identified (去标识化), not anonymous.
_ALWAYS = {"id_number", "phone", "person_name", "disability_card", "student_no", "taxpayer_no", "token", "mask"}
# Those that do so only in what is about persons: a company's address is public, a home is not.
_OF_PERSONS = {"address", "identifier"}


def identifies(item: Item, subject: str | None) -> Literal["direct", "quasi"] | None:
    """How an item of a resource about `subject` identifies a person: directly, together with others, or not."""
    if item.kind in _ALWAYS or (subject == "person" and item.kind in _OF_PERSONS):
        return "direct"
    return item.pii


def least(grades: Iterable[Grade], order: Sequence[Grade]) -> Grade:
    """The least open (or least shared) of `grades`; `order` runs from free to closed. Of nothing: the most closed."""
    ranks = [order.index(grade) for grade in grades]
    return order[max(ranks)] if ranks else order[-1]


def least_open(items: Iterable[Item]) -> Openness:
    """A set of items is as open as the least open of them."""
    return least([item.openness for item in items], get_args(Openness))


def least_shared(items: Iterable[Item]) -> Sharing:
    """A set of items is shared as the least shared of them."""
    return least([item.sharing for item in items], get_args(Sharing))


def check_item(item: Item, subject: str | None, where: str) -> None:
    """RendiError where an item that identifies a person, or a sensitive one, is marked as open."""
    how = identifies(item, subject)
    if item.openness == "不予开放" or (how is None and not item.sensitive):
        return
    reason = f"identifies a person ({how})" if how else "is sensitive"
    raise RendiError(f"{where}: item '{item.name}' {reason} and is marked {item.openness}: it must be 不予开放")


def opened(item: Item, subject: str | None, smallest_cell: int | None) -> Openness:
    """How open an item is within an open dataset.

    smallest_cell: the least number of people in a cell of an aggregate, None where the dataset shows single records.
    Counting lowers the grade of a quasi-identifier, never that of a direct identifier or a sensitive item.
    """
    if identifies(item, subject) == "direct" or item.sensitive:
        return "不予开放"
    if identifies(item, subject) == "quasi":
        return "无条件开放" if smallest_cell is not None and smallest_cell >= SMALLEST_CELL else "不予开放"
    return item.openness


def may_choose(item: Item, subject: str | None, counted: bool) -> bool:
    """Whether an item may decide which rows an open dataset has: to be listed tells of a row what it was chosen by.

    counted: the dataset shows counts. They may be chosen by what is closed too, if it is neither a direct identifier
    nor sensitive.
    """
    if counted:
        return identifies(item, subject) != "direct" and not item.sensitive
    return opened(item, subject, None) == "无条件开放"
