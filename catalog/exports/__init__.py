"""Open datasets as files: one module a format; `write` publishes a version whole, `withdraw` takes datasets back."""

from catalog.exports.published import PublishedFile
from catalog.exports.version import withdraw, write

__all__ = ["PublishedFile", "withdraw", "write"]
