"""One published file of an open dataset."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PublishedFile:
    """A distribution: where it lies, its format (as in catalog/codes/formats.csv), size and SHA-256."""

    path: Path
    format: str
    version: str
    rows: int
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name within its version's folder."""
        return self.path.name
