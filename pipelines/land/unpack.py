"""A part's bytes: plain, or out of a .gz or .zip that may not expand without measure."""

import gzip
import lzma
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import fsspec

from pipelines.land.discover import Part
from schemas.contract import Contract
from schemas.errors import RendiError

# Below a mebibyte a ratio says nothing: ten blanks compress a thousandfold as well.
FLOOR = 1 << 20
CAP = 64 << 30
_READ = 1 << 20
# What Python's own modules raise by a damaged archive: OSError comes from bz2, RuntimeError where a member's own head
# says that it is encrypted, ValueError by a place before the file's start or a name that is no text.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class Guarded:
    """A stream that ends with a RendiError once more comes out of it than was allowed, or it turns out broken."""

    def __init__(self, inner: Any, name: str, allowance: int) -> None:
        self._inner = inner
        self._name = name
        self._left = allowance

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_READ), b""))
        try:
            data: bytes = self._inner.read(size)
        except BROKEN:
            raise unreadable(self._name, "the archive is damaged or cut short") from None
        self._left -= len(data)
        if self._left < 0:
            raise bomb(self._name)
        return data


def allowance(size: int, contract: Contract) -> int:
    """How many bytes may come out of a file of `size` bytes: the contract's `maximumExpansion` times, with a floor
    and an absolute cap.
    """
    return min(CAP, max(FLOOR, int(size * contract.maximum_expansion)))


def unreadable(name: str, why: str) -> RendiError:
    """The refusal of a part that cannot be read as a whole."""
    return RendiError(f"{name}: unreadable: {why}; ask the department for the file again")


def bomb(name: str) -> RendiError:
    """The refusal of a part that expands beyond its contract's ratio."""
    return RendiError(
        f"{name}: refused: it expands beyond the contract's 'maximumExpansion'; raise that if it is right"
    )


@contextmanager
def opened(part: Part, contract: Contract) -> Iterator[Any]:
    """The part's bytes as a stream with `read(size)`; a plain file has `seek` too.

    Raises RendiError for a broken archive, one that expands too far, and one that does not hold exactly one file of
    the contract's format under a plain name.
    """
    allowed = allowance(part.size, contract)
    with fsspec.open(part.path, "rb") as raw:
        if part.name.lower().endswith(".gz"):
            yield Guarded(gzip.GzipFile(fileobj=raw), part.name, allowed)
        elif part.name.lower().endswith(".zip"):
            try:
                archive = zipfile.ZipFile(raw)
                inner = archive.open(_member(archive, part, contract))
            except BROKEN:
                raise unreadable(part.name, "the archive is damaged or cut short") from None
            with archive, inner:
                yield Guarded(inner, part.name, allowed)
        else:
            yield raw


@contextmanager
def seekable(part: Part, contract: Contract) -> Iterator[BinaryIO]:
    """The part's bytes as a stream that can seek, for formats that are read from their end; archives are unpacked to
    a temporary file that is gone afterwards.
    """
    with opened(part, contract) as stream:
        if not isinstance(stream, Guarded):
            yield stream
            return
        with tempfile.TemporaryFile() as copy:
            while data := stream.read(_READ):
                copy.write(data)
            copy.seek(0)
            yield copy


def _member(archive: zipfile.ZipFile, part: Part, contract: Contract) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise unreadable(part.name, f"the archive holds {len(members)} files, not one")
    member = members[0]
    if any(sign in member.filename for sign in ("/", "\\", ":")) or member.external_attr >> 28 == 0o12:
        raise RendiError(f"{part.name}: refused: the archive names a path or a link instead of a plain file")
    if not member.filename.lower().endswith(f".{contract.format}"):
        raise unreadable(part.name, f"the archive holds no .{contract.format} file")
    if member.flag_bits & 0x1:
        raise unreadable(part.name, "the archive is encrypted")
    return member
