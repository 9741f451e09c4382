"""Which delivered column is which field of the contract."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.land.encoding import BOM
from schemas.contract import Contract, fold
from schemas.errors import RendiError, nearest


@dataclass(frozen=True)
class Header:
    """What a delivery's columns lack and bring along.

    missing: contract fields that the contract does not allow to be absent; extra: delivered columns it does not know;
    unread: what of its parts is not read, a phrase each.
    """

    missing: list[str]
    extra: list[str]
    reason: str = ""
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """Positions in a part's rows, by contract field and by name of extra column; unread: as in `Header`."""

    fields: Mapping[str, int]
    extra: Mapping[str, int]
    width: int
    unread: tuple[str, ...] = ()


def known(contract: Contract) -> dict[str, str]:
    """Folded label and folded name to field name."""
    return {fold(word): field.name for field in contract.fields for word in (field.name, field.label)}


def match(labels: Sequence[str], contract: Contract, name: str) -> Columns:
    """The columns of one part. name: the file's, for messages.

    Raises RendiError where no label is known (it may then be data, and is not repeated) or one field stands twice.
    """
    names = known(contract)
    fields: dict[str, int] = {}
    extra: dict[str, int] = {}
    for position, label in enumerate(labels):
        field = names.get(fold(label))
        if field is None:
            unique = fold(label) and label.strip() not in extra
            extra[label.strip().lstrip(BOM) if unique else f"column_{position + 1}"] = position
        elif field in fields:
            raise RendiError(f"{name}: two columns are called '{contract.field(field).label}': which one is right?")
        else:
            fields[field] = position
    if not fields:
        raise RendiError(f"{name}: unreadable: no column of the contract '{contract.source}' in its header")
    return Columns(fields, extra, len(labels))


def judge(present: Iterable[str], extra: Iterable[str], contract: Contract) -> Header:
    """Compare what every part has (`present`, field names) with the contract; `reason` is a sentence for people."""
    here = set(present)
    others = sorted(set(extra))
    missing = [field for field in contract.fields if field.name not in here and not field.may_be_absent]
    reason = "; ".join(
        f"column '{field.label}' ({field.name}) is missing{nearest(field.label, others) or nearest(field.name, others)}"
        for field in missing
    )
    return Header([field.name for field in missing], others, reason)
