"""Open datasets as files: one module a format, and `write`, which publishes a version whole."""

from catalog.exports.published import PublishedFile
from catalog.exports.version import write

__all__ = ["PublishedFile", "write"]
