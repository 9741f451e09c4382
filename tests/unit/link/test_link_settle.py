"""Which identifier a cluster keeps."""

from pipelines.link.settle import Claim, Dormant, settle

AGES = {"P1": (1,), "P2": (2,), "P3": (3,)}


def test_the_larger_share_keeps_the_identifier_and_the_rest_is_split_off() -> None:
    result = settle([Claim("P1", "a", 1), Claim("P1", "b", 3)], AGES, {"P1": "a"}, [], {})
    assert result.ids == {"b": "P1"}
    assert result.split == {"a": "P1"}


def test_of_two_merged_ones_the_larger_stays_and_of_equal_ones_the_older() -> None:
    assert settle([Claim("P1", "a", 1), Claim("P2", "a", 3)], AGES, {}, [], {}).merged == {"P1": "P2"}
    assert settle([Claim("P1", "a", 2), Claim("P2", "a", 2)], AGES, {}, [], {}).merged == {"P2": "P1"}


def test_of_equal_shares_the_one_with_the_founding_mention_keeps_the_identifier() -> None:
    assert settle([Claim("P1", "a", 1), Claim("P1", "b", 1)], AGES, {"P1": "b"}, [], {}).ids == {"b": "P1"}


def test_after_an_unmerge_each_side_has_its_own_identifier_again_even_if_the_other_grew() -> None:
    claims = [Claim("P2", "a", 5), Claim("P2", "b", 1)]
    result = settle(claims, AGES, {"P1": "a", "P2": "b"}, [Dormant("P1", "P2")], {})
    assert result.ids == {"a": "P1", "b": "P2"}
    assert result.returned == {"P1"}


def test_a_merge_stands_while_both_founding_mentions_are_together() -> None:
    claims = [Claim("P2", "a", 5), Claim("P2", "b", 1)]
    result = settle(claims, AGES, {"P1": "a", "P2": "a"}, [Dormant("P1", "P2")], {})
    assert result.ids["a"] == "P2"


def test_a_retired_identifier_returns_with_its_founding_mention_or_its_spine() -> None:
    assert settle([], AGES, {"P1": "a"}, [Dormant("P1", None)], {}).ids == {"a": "P1"}
    assert settle([], AGES, {}, [Dormant("P1", None)], {"P1": "a"}).ids == {"a": "P1"}


def test_an_identifier_is_given_once() -> None:
    claims = [Claim("P1", label, n) for label, n in (("a", 1), ("b", 2), ("c", 2))] + [Claim("P2", "a", 1)]
    result = settle(claims, AGES, {}, [Dormant("P3", None)], {"P3": "c"})
    assert sorted(result.ids.values()) == ["P1", "P2", "P3"]
    assert result.ids == {"b": "P1", "a": "P2", "c": "P3"}
