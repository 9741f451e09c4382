"""What stewards decided about who is who: aliases of ID numbers, and judgements on pairs of mentions.

`decision/alias`: number, same_as (the number in force; empty withdraws), decided_at (timestamp), night (date from which
it applies). The latest row of a number counts; valid_from is for reading, not for linking.
`decision/judgement`: subject, record_a, role_a, record_b, role_b, verdict (same | different | unsure), decided_at,
night. The latest row of a pair counts. So far persons alone are linked by judgements.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.link.partition import Key, Pair
from pipelines.link.subject import PERSON
from schemas.errors import RendiError, nearest

ALIAS = "decision/alias"
JUDGEMENT = "decision/judgement"
_COLUMNS = {
    ALIAS: ("number", "same_as", "decided_at", "night"),
    JUDGEMENT: ("subject", "record_a", "role_a", "record_b", "role_b", "verdict", "decided_at", "night"),
}
_VERDICTS = ("same", "different", "unsure")


@dataclass(frozen=True)
class Decisions:
    """The decisions that apply on a night.

    aliases: number → the number in force. numbers, mentions: all that any decision ever named, in force or withdrawn.
    """

    aliases: dict[str, str] = field(default_factory=dict)
    same: tuple[Pair, ...] = ()
    different: tuple[Pair, ...] = ()
    numbers: tuple[str, ...] = ()
    mentions: tuple[Key, ...] = ()

    def digest(self, key: bytes) -> str:
        """A keyed hash of the decisions, by which a later night sees whether they changed."""
        return hashlib.blake2b(repr(self).encode(), key=key, digest_size=16).hexdigest()


def read(table: str, rows: DataFrame, night: date) -> list[tuple]:
    """The rows of a decision table that apply on `night`, the earliest first; RendiError for a lacking column."""
    for column in _COLUMNS[table]:
        if column not in rows.columns:
            raise RendiError(f"{table}: no column '{column}'{nearest(column, rows.columns)}")
    applied = rows.where(F.col("night") <= F.lit(night)).select(*_COLUMNS[table]).collect()
    return sorted((tuple(row) for row in applied), key=lambda r: (r[-2], r[-1], str(r)))


def decide(aliases: Iterable[tuple], judgements: Iterable[tuple]) -> Decisions:
    """Fold rows of `read` into what applies; RendiError for an unknown verdict."""
    links: dict[str, str] = {}
    numbers: set[str] = set()
    for written, target, *_ in aliases:
        number, same_as = written.strip().upper(), (target or "").strip().upper()
        numbers |= {n for n in (number, same_as) if n}
        links.pop(number, None)
        if same_as and same_as != number:
            links[number] = same_as
    verdicts: dict[Pair, str] = {}
    for subject, record_a, role_a, record_b, role_b, verdict, *_ in judgements:
        if subject != PERSON.name:
            continue
        if verdict not in _VERDICTS:
            raise RendiError(f"{JUDGEMENT}: unknown verdict{nearest(str(verdict), _VERDICTS)}; use same or different")
        one, other = sorted([(record_a, role_a), (record_b, role_b)])
        verdicts[one, other] = verdict
    return Decisions(
        aliases={number: _in_force(number, links) for number in sorted(links)},
        same=tuple(sorted(p for p, v in verdicts.items() if v == "same")),
        different=tuple(sorted(p for p, v in verdicts.items() if v == "different")),
        numbers=tuple(sorted(numbers)),
        mentions=tuple(sorted({key for pair in verdicts for key in pair})),
    )


def _in_force(number: str, links: dict[str, str]) -> str:
    """The end of a chain of aliases; of a ring, its least number."""
    seen = [number]
    while seen[-1] in links:
        step = links[seen[-1]]
        if step in seen:
            return min(seen[seen.index(step) :])
        seen.append(step)
    return seen[-1]
