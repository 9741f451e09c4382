"""The figures count what can be shared and opened."""

from catalog.figures import figures
from catalog.resource import resources
from catalog.rows import item_rows, resource_rows

SOME = ("market_register", "civil_relief", "urban_component")


def test_figures_count_what_can_be_shared_and_opened_by_kind_and_in_all() -> None:
    every = resources()
    rows = item_rows(every)
    sources, whole = figures([row for row in resource_rows(every) if row["name"] in SOME], rows)
    assert sources == whole | {"kind": "source"}
    assert (whole["resources"], whole["shared"], whole["open"]) == (3, 3, 2)
    assert (whole["shared_share"], whole["open_share"]) == (1.0, 0.6667)
    own = [row for row in rows if row["resource"] in SOME]
    assert whole["items"] == len(own) > whole["open_items"] == sum(row["openness"] != "不予开放" for row in own) > 0


def test_every_resource_is_of_one_kind() -> None:
    every = resources()
    *kinds, whole = figures(resource_rows(every), item_rows(every))
    for name in ("resources", "shared", "open", "items", "open_items"):
        assert sum(kind[name] for kind in kinds) == whole[name]


def test_of_an_empty_catalogue_there_is_nothing_to_say() -> None:
    assert figures([], []) == []
