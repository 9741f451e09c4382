"""Who is who within one block: records that share a number but not a name, or that a steward has judged.

A block is small (the records of one number, or of numbers that a judgement ties together), so this is plain Python.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from pipelines.link import names

Key = tuple[str, str]
Pair = tuple[Key, Key]
SHARED_NUMBER = "重号"
JUDGED = "judgement"


@dataclass(frozen=True, order=True)
class Member:
    """One mention of a block. `ghost`: it left, or was another before: it joins nobody."""

    first_date: date
    key: Key
    ghost: bool
    spine: str | None
    name: str | None
    former_name: str | None


@dataclass(frozen=True)
class Placed:
    """Where a member went: its cluster, how it came there, and what a person has to look at."""

    member: Member
    label: str
    method: str
    conflict: str | None


class _Sets:
    """Disjoint sets that refuse a union which a `different` forbids."""

    def __init__(self, keys: Iterable[Key], different: Iterable[Pair]) -> None:
        self.parent = {key: key for key in keys}
        self.different = [p for p in different if p[0] in self.parent and p[1] in self.parent]

    def find(self, key: Key) -> Key:
        while self.parent[key] != key:
            self.parent[key] = self.parent[self.parent[key]]
            key = self.parent[key]
        return key

    def union(self, one: Key, other: Key) -> bool:
        a, b = sorted((self.find(one), self.find(other)))
        if a == b:
            return True
        if any({self.find(x), self.find(y)} == {a, b} for x, y in self.different):
            return False
        self.parent[b] = a
        return True


def partition(members: Iterable[Member], same: Iterable[Pair], different: Iterable[Pair]) -> list[Placed]:
    """Clusters of one block, by the order different > same > number with compatible names.

    A chain of `same` across a `different` is left unjoined, its members marked. A number with clearly different names
    is a conflict (重号): its nameless members then stay alone. The result does not depend on the members' order.
    """
    ordered = sorted(members, key=lambda m: (m.first_date, m.key, m.ghost))
    present = [m for m in ordered if not m.ghost]
    sets = _Sets((m.key for m in present), sorted(different))
    judged, unjoined = _join_judged(sets, present, sorted(same))
    conflicts = dict.fromkeys(unjoined, JUDGED)
    spines = {m.spine: [n for n in present if n.spine == m.spine] for m in present if m.spine}
    for _, sharing in sorted(spines.items()):
        if _join_number(sets, sharing):
            conflicts.update({m.key: SHARED_NUMBER for m in sharing})
    sizes: dict[Key, int] = {}
    for member in present:
        sizes[sets.find(member.key)] = sizes.get(sets.find(member.key), 0) + 1
    placed = []
    for member in present:
        root = sets.find(member.key)
        alone = member.spine is None or (member.name is None and member.key in conflicts and sizes[root] == 1)
        method = JUDGED if member.key in judged and sizes[root] > 1 else "own" if alone else "id"
        placed.append(Placed(member, _label(root), method, conflicts.get(member.key)))
    ghosts = [Placed(m, _label(_haunt(m, present, sets) or ("", *m.key)), "id", None) for m in ordered if m.ghost]
    return placed + ghosts


def _label(root: tuple[str, ...]) -> str:
    return "#" + "|".join(root)


def _join_judged(sets: _Sets, present: list[Member], same: list[Pair]) -> tuple[set[Key], set[Key]]:
    keys = {m.key for m in present}
    edges = [p for p in same if p[0] in keys and p[1] in keys]
    chains = _Sets(keys, ())
    for one, other in edges:
        chains.union(one, other)
    broken = {chains.find(a) for a, b in sets.different if chains.find(a) == chains.find(b)}
    joined: set[Key] = set()
    unjoined: set[Key] = set()
    for one, other in edges:
        if chains.find(one) in broken:
            unjoined |= {one, other}
        elif sets.union(one, other):
            joined |= {one, other}
    return joined, unjoined


def _join_number(sets: _Sets, sharing: list[Member]) -> bool:
    """Join the holders of one number whose names agree; True where more than one person holds it."""
    named = [m for m in sharing if m.name]
    # A number can stand on very many records; their names are few.
    heads: dict[tuple[str | None, str | None], Member] = {}
    for member in named:
        sets.union(heads.setdefault((member.name, member.former_name), member).key, member.key)
    edges = [(not names.same(a.name or "", b.name or ""), a, b) for a, b in combinations(heads.values(), 2)]
    for _, one, other in sorted((e for e in edges if _agree(e[1], e[2])), key=lambda e: e[0]):
        sets.union(one.key, other.key)
    holders = {sets.find(m.key) for m in named}
    if len(holders) > 1:
        return True
    joined = [sets.union(sharing[0].key if not named else named[0].key, m.key) for m in sharing]
    return not all(joined)


def _agree(one: Member, other: Member) -> bool:
    a, b = one.name or "", other.name or ""
    return names.compatible(a, b) or names.formerly(one.former_name, b) or names.formerly(other.former_name, a)


def _haunt(ghost: Member, present: list[Member], sets: _Sets) -> Key | None:
    """The cluster that a record which left would belong to: its number's, of the nearest name."""
    sharing = [m for m in present if m.spine is not None and m.spine == ghost.spine]
    roots = sorted({sets.find(m.key) for m in sharing})
    if ghost.name is None:
        return roots[0] if len(roots) == 1 else None
    named = [m for m in sharing if m.name]
    for near in (lambda m: names.same(m.name or "", ghost.name or ""), lambda m: _agree(m, ghost)):
        for member in named:
            if near(member):
                return sets.find(member.key)
    return roots[0] if len(roots) == 1 and not named else None
