"""A set of digit strings as one regular expression: for membership in thousands of codes by a single short literal."""

from collections import defaultdict
from collections.abc import Iterable


def pattern(words: Iterable[str]) -> str:
    """A pattern, without anchors, that matches exactly these strings of digits, all of one length.

    It is a tree of digits in which branches that go on alike are one, so that a match looks at each character once.
    """
    branches: dict[str, set[str]] = defaultdict(set)
    for word in words:
        if word:
            branches[word[0]].add(word[1:])
    alike: dict[str, str] = defaultdict(str)
    for digit in sorted(branches):
        alike[pattern(branches[digit])] += digit
    options = [(digits if len(digits) == 1 else f"[{digits}]") + rest for rest, digits in alike.items()]
    return options[0] if len(options) == 1 else f"(?:{'|'.join(options)})" if options else ""
