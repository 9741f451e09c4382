"""The one family of errors that a user may see."""

import difflib
from collections.abc import Iterable


class RendiError(Exception):
    """Something that a person has to mend: what happened, where, and what to do. Never holds an identifying value."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint "; did you mean 'x'?" for a misspelt word, or an empty string where nothing is near."""
    match = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{match[0]}'?" if match else ""
