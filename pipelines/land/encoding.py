"""What encoding a text file has, when it is not the one that its contract says."""

from pipelines.land.discover import Part
from pipelines.land.unpack import opened, unreadable
from schemas.contract import Contract
from schemas.errors import RendiError

# A byte order mark, as text.
BOM = "\ufeff"
# Both keep ASCII bytes for ASCII characters alone where it matters: a trail byte of GB18030 is never a line feed, a
# quote or a comma (0x40 and above in two bytes, 0x30 to 0x39 in four), so lines and quotes may be sought in bytes.
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    # GB2312 and GBK are subsets, and departments that name them deliver rarer characters all the same.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
}
_SAMPLE = 1 << 20
_MARKS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}


def codec(contract: Contract) -> str:
    """Python's codec for the contract's encoding; RendiError where it is none that can be read."""
    name = _CODECS.get(contract.encoding.lower().replace("_", "-"))
    if name is None:
        known = ", ".join(sorted(set(_CODECS)))
        raise RendiError(f"{contract.source}: encoding '{contract.encoding}' cannot be read; known are {known}")
    return name


def first_lines(part: Part, contract: Contract) -> bytes:
    """The first lines of a text file, whole unless it begins with one of a megabyte."""
    with opened(part, contract) as stream:
        sample = stream.read(_SAMPLE)
    return sample[: sample.rfind(b"\n") + 1] or sample


def check(sample: bytes, encoding: str, name: str) -> None:
    """Refuse a text file that is not in its encoding. sample: as `first_lines`; name: the file's.

    Single bad lines are for the parser; here it is the header or most lines.
    """
    for mark, what in _MARKS.items():
        if sample.startswith(mark):
            raise unreadable(name, f"it looks like {what}, not {encoding}")
    other = "gb18030" if encoding == "utf-8" else "utf-8"
    check_not_utf8(sample, encoding, name)
    lines = [line for line in sample.split(b"\n") if line.strip()]
    bad = [line for line in lines if not _decodes(line, encoding)]
    if lines and (len(bad) * 2 > len(lines) or bad[:1] == lines[:1]):
        guess = f"it looks like {other}, not {encoding}" if all(_decodes(b, other) for b in bad) else f"not {encoding}"
        raise unreadable(name, guess)


def check_not_utf8(sample: bytes, encoding: str, name: str) -> None:
    """Refuse a text file in UTF-8 of which the contract says GB18030. As `check`, which does this too."""
    # Chinese text in UTF-8 often decodes as GB18030, into other characters; the reverse hardly ever happens.
    if encoding == "gb18030" and sum(byte > 0x7F for byte in sample[:4096]) >= 12 and _decodes(sample, "utf-8"):
        raise unreadable(name, "it looks like utf-8, not gb18030")


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
