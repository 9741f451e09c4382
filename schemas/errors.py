"""The one family of errors that a user may see."""

import difflib
from collections.abc import Iterable
from pathlib import Path


class RendiError(Exception):
    """Something that a person has to mend: what happened, where, and what to do. Never holds an identifying value."""


class ServerError(RendiError):
    """A landing folder's server that does not answer, or that is not trusted: the sources of files fail by it, and the
    night goes on with the others.
    """


def text_of(path: Path) -> str:
    """The text of a file that people write; RendiError where it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        where = f"{path.parent.name}/{path.name}"
        raise RendiError(f"{where}: byte {error.start} is not UTF-8: save the file in that encoding") from None


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint "; did you mean 'x'?" for a misspelt word, or an empty string where nothing is near."""
    match = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{match[0]}'?" if match else ""
