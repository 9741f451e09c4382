"""Which old identifier goes to which new cluster, where that is not plain: merges, splits, returns.

Plain Python over the few clusters that changed their make-up; the many that did not never come here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claim:
    """An old identifier whose mentions are now in a cluster, and how many of them."""

    id: str
    label: str
    overlap: int


@dataclass(frozen=True)
class Dormant:
    """An identifier out of use: redirected to another (`target`), or retired (`target` is None)."""

    id: str
    target: str | None


@dataclass
class Settled:
    """ids: cluster → identifier. merged: identifier → the one that took its mentions. split: cluster → the identifier
    that it came out of. returned: identifiers that are in use again.
    """

    ids: dict[str, str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    split: dict[str, str] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)


def settle(
    claims: Iterable[Claim],
    ages: Mapping[str, tuple],
    founders: Mapping[str, str],
    dormant: Iterable[Dormant],
    heirs: Mapping[str, str],
) -> Settled:
    """Match old identifiers and new clusters one to one: largest overlap, then oldest.

    ages: identifier → what orders mints, the oldest first. founders: identifier → the cluster that now holds its
    founding mention. heirs: retired identifier → the one cluster that bears its spine. A cluster without an identifier
    in the result is new.
    """
    ordered = sorted(claims, key=lambda c: (c.id, c.label))
    sleeping = {d.id: d.target for d in dormant}
    settled = Settled()
    _unmerge(settled, ordered, ages, founders, sleeping)
    used = set(settled.ids.values())
    for claim in sorted(ordered, key=lambda c: (-c.overlap, ages[c.id], founders.get(c.id) != c.label, c.label)):
        if claim.label not in settled.ids and claim.id not in used:
            settled.ids[claim.label] = claim.id
            used.add(claim.id)
    for heritage in (founders, heirs):
        for one in sorted(sleeping.keys() & heritage.keys(), key=lambda i: ages[i]):
            if one not in used and heritage[one] not in settled.ids:
                settled.ids[heritage[one]] = one
                used.add(one)
    settled.returned = used & sleeping.keys()
    for claim in sorted(ordered, key=lambda c: (-c.overlap, ages[c.id], c.label)):
        if claim.id not in used:
            settled.merged.setdefault(claim.id, settled.ids[claim.label])
        if settled.ids.get(claim.label) not in {c.id for c in ordered if c.label == claim.label}:
            settled.split.setdefault(claim.label, claim.id)
    return settled


def _unmerge(
    settled: Settled,
    claims: list[Claim],
    ages: Mapping[str, tuple],
    founders: Mapping[str, str],
    sleeping: Mapping[str, str | None],
) -> None:
    """Where an identifier falls apart, a cluster with a redirected one's founding mention takes that one again."""
    labels = defaultdict(set)
    for claim in claims:
        labels[claim.id].add(claim.label)
    for one in sorted(sleeping, key=lambda i: ages[i]):
        target = sleeping[one]
        while target is not None and target in sleeping:
            target = sleeping[target]
        home = founders.get(one)
        apart = target is not None and len(labels[target]) > 1 and home in labels[target]
        if home and apart and home != founders.get(target or "") and home not in settled.ids:
            settled.ids[home] = one
