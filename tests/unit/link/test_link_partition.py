"""Who is who within one block."""

from datetime import date
from itertools import permutations

from pipelines.link.partition import Member, Pair, partition


def member(
    record: str, name: str | None, spine: str | None = "N", former: str | None = None, ghost: bool = False
) -> Member:
    return Member(date(2026, 1, 1), (record, "self"), ghost, spine, name, former)


def clusters(members: list[Member], same: list[Pair] = [], different: list[Pair] = []) -> set[frozenset[str]]:  # noqa: B006
    together: dict[str, set[str]] = {}
    for placed in partition(members, same, different):
        together.setdefault(placed.label, set()).add(placed.member.key[0])
    return {frozenset(records) for records in together.values()}


def pair(one: str, other: str) -> Pair:
    return (one, "self"), (other, "self")


def test_two_holders_of_one_number_are_kept_apart_and_a_nameless_record_stays_alone() -> None:
    members = [member("a", "张伟"), member("b", "李明"), member("c", None), member("d", "张小伟")]
    assert clusters(members) == {frozenset("ad"), frozenset("b"), frozenset("c")}
    assert {p.conflict for p in partition(members, [], [])} == {"重号"}


def test_a_former_name_joins() -> None:
    assert clusters([member("a", "张伟"), member("b", "李明", former="张伟")]) == {frozenset("ab")}


def test_each_of_several_former_names_joins() -> None:
    for former in ("徐梅欣、徐小军", "徐小军、徐梅欣"):
        assert clusters([member("a", "徐雪瑞", former=former), member("b", "徐梅欣")]) == {frozenset("ab")}
    assert clusters([member("a", "徐雪瑞", former="徐梅欣、徐小军"), member("b", "李欣")]) == {
        frozenset("a"),
        frozenset("b"),
    }


def test_a_nameless_record_joins_where_one_person_holds_the_number() -> None:
    assert clusters([member("a", "张伟"), member("b", "李伟"), member("c", None)]) == {frozenset("abc")}


def test_a_wildcard_is_no_difference() -> None:
    assert clusters([member("a", "张□"), member("b", "张䶮")]) == {frozenset("ab")}


def test_the_order_of_rows_does_not_matter() -> None:
    members = [member("a", "张伟"), member("b", "李明"), member("c", None), member("d", "王伟明", spine="M")]
    found = {
        frozenset((p.member.key, p.label) for p in partition(rows, [pair("a", "d")], [pair("a", "b")]))
        for rows in permutations(members)
    }
    assert len(found) == 1


def test_a_steward_joins_two_numbers_and_parts_one() -> None:
    assert clusters([member("a", "张伟"), member("b", "李明", spine="M")], same=[pair("a", "b")]) == {frozenset("ab")}
    assert clusters([member("a", "张伟"), member("b", "张伟")], different=[pair("a", "b")]) == {
        frozenset("a"),
        frozenset("b"),
    }


def test_a_chain_of_same_across_a_different_is_left_unjoined_and_marked() -> None:
    members = [member(r, "张伟", spine=r) for r in "abc"]
    same, different = [pair("a", "b"), pair("b", "c")], [pair("a", "c")]
    assert clusters(members, same, different) == {frozenset("a"), frozenset("b"), frozenset("c")}
    assert {p.conflict for p in partition(members, same, different)} == {"judgement"}


def test_a_record_that_left_joins_nobody_and_goes_to_the_cluster_of_its_name() -> None:
    members = [member("a", "张伟"), member("b", "李明"), member("x", "李明", ghost=True)]
    assert clusters(members) == {frozenset("a"), frozenset("bx")}
    bridge = [member("a", "张伟"), member("b", "李明"), member("x", "张明", ghost=True)]
    assert frozenset("ab") not in {c - {"x"} for c in clusters(bridge)}
