"""JSON objects to text, as they were written."""

import json
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


class _Written(float):
    """A number that remembers how it was written: 1.10 is not 1.1 in a delivery."""

    text: str

    def __new__(cls, text: str) -> "_Written":
        number = super().__new__(cls, text)
        number.text = text
        return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_Written, parse_constant=_refuse)


def loads(text: str) -> Any:
    """Read strictly: ValueError for a repeated key, NaN, or anything after the value."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def as_text(value: Any) -> str | None:
    """A value as text: strings and numbers as written, null as None, true and false, the rest as compact JSON.

    ValueError for half a surrogate pair, which is no character.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = value
    elif isinstance(value, _Written):
        return value.text
    elif isinstance(value, bool):
        return "true" if value else "false"
    elif isinstance(value, int):
        return str(value)
    else:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if not text.isascii() and _SURROGATE.search(text):
        raise ValueError("half a surrogate pair")
    return text
