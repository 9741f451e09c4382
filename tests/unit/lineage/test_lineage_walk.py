"""Walks: both ways, by the most direct path, and one sentence for a word that nobody knows."""

import pytest

from pipelines.lineage.edge import Edge
from pipelines.lineage.walk import Lineage
from schemas.errors import RendiError

KNOWN = Lineage(
    [
        Edge("land", "landing/a", "编号", "bronze/a", "no", "same"),
        Edge("refine", "bronze/a", "no", "silver/a", "no", "cleaned"),
        Edge("refine", "bronze/a", "day", "silver/a", "no", "decides"),
        Edge("refine", "bronze/a", "day", "silver/a", "*", "rows"),
        Edge("protect", "silver/a", "no", "record/a", "no_token", "token"),
        Edge("master", "record/a", "no_token", "master/person", "id_token", "stands"),
        Edge("publish", "silver/a", "no", "open/1", "no", "decides"),
        Edge("publish", "record/a", "no_token", "open/1", "no", "same"),
    ]
)


def test_back_ends_at_what_was_delivered_and_says_what_only_decides() -> None:
    back = {path.start: (path.direct, path.clear) for path in KNOWN.back(("master/person", "id_token"))}
    assert back == {("bronze/a", "no"): (True, False), ("bronze/a", "day"): (False, False)}
    assert KNOWN.back(("bronze/a", "no")) == []


def test_forward_takes_the_path_by_which_the_value_goes_though_it_is_longer() -> None:
    forward = {path.end: path for path in KNOWN.forward(("bronze/a", "no"))}
    assert set(forward) == {
        ("silver/a", "no"),
        ("record/a", "no_token"),
        ("master/person", "id_token"),
        ("open/1", "no"),
    }
    assert [edge.how for edge in forward["open/1", "no"].edges] == ["cleaned", "token", "same"]


@pytest.mark.parametrize("text", ["master_person.id_token", "master/person.id_token"])
def test_a_column_is_named_as_a_view_or_as_a_table(text: str) -> None:
    assert KNOWN.named(text) == ("master/person", "id_token")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("master_persn.id_token", "no table 'master_persn'; did you mean 'master_person'"),
        ("master_person.id_tokn", "no column 'id_tokn' in master/person; did you mean 'id_token'"),
        ("master_person", "write a column as"),
        ("record_a._night", "record/a._night is Rendi's own"),
    ],
)
def test_a_word_that_nobody_knows_gets_one_sentence(text: str, said: str) -> None:
    with pytest.raises(RendiError, match=said.replace("'", ".").replace("?", "")):
        KNOWN.named(text)
