"""What a saved page of an HTTP interface says of its own shape: where records and total stand."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.errors import RendiError

_TOTAL = re.compile(r"total|count|总数|总记录", re.IGNORECASE)
_NEXT = re.compile(r"next", re.IGNORECASE)


def document(file: Path) -> dict[str, Any] | None:
    """The JSON object that a file is; None for anything else, such as lines of objects."""
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError:
        return None
    return found if isinstance(found, dict) and records(found) else None


def records(page: dict[str, Any]) -> tuple[str, list[dict[str, Any]]] | None:
    """The place of the longest list of objects in a page, and that list; None where there is none."""
    lists = [
        (place, value)
        for place, value in _places(page)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    ]
    return max(lists, key=lambda one: len(one[1]), default=None)


def lines(page: dict[str, Any], source: str, name: str) -> list[str]:
    """The lines of a contract that say how the interface is paged; RendiError for a page without a total."""
    found = records(page)
    assert found is not None
    totals = [
        place
        for place, value in _places(page)
        if _TOTAL.search(place.rsplit(".", 1)[-1]) and str(value).isdecimal() and int(value) >= len(found[1])
    ]
    if not totals:
        raise RendiError(
            f"{name}: no number of all records beside '{found[0]}': an interface without a total cannot be checked; "
            "ask the department for one"
        )
    links = [place for place, value in _places(page) if _NEXT.search(place.rsplit(".", 1)[-1]) and _is_link(value)]
    way = f"next: {links[0]}" if links else "number: page"
    return [
        f"  - {{property: url, value: 'https://example.invalid/{source}'}}  # the interface's address",
        "  - property: pages",
        f"    value: {{rows: {found[0]}, total: {totals[0]}, {way}}}  # how the next page is asked for: look at it",
    ]


def _is_link(value: Any) -> bool:
    return isinstance(value, str) and ("/" in value or "?" in value)


def _places(node: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        place = f"{before}{key}"
        yield place, value
        if isinstance(value, dict):
            yield from _places(value, f"{place}.")
