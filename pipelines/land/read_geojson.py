"""GeoJSON (RFC 7946): a FeatureCollection; properties are fields, the geometry is the contract's geometry field.

Its degrees are of WGS 84, which differs from CGCS2000 by less than a decimetre; `crs` may name one of the two (The
GeoJSON Format Specification of 2008, clause 3). Nothing is converted, so that any other is refused.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pipelines.land.discover import Part
from pipelines.land.header import Columns
from pipelines.land.json_rows import Rows, absent_by_chance
from pipelines.land.json_text import as_text, loads
from pipelines.land.pieces import Piece
from pipelines.land.unpack import opened, unreadable
from schemas.contract import Contract
from schemas.errors import RendiError

_BATCH = 5_000
# urn:ogc:def:crs:EPSG::4490, urn:ogc:def:crs:OGC:1.3:CRS84, http://www.opengis.net/def/crs/EPSG/0/4326, EPSG:4490 ...
_DEGREES = re.compile(r"(?:.*[:/])?(?:CRS84|4326|4490|WGS[ _-]?(?:19)?84|CGCS[ _-]?2000)", re.IGNORECASE)
# Strings, runs of plain numbers such as coordinates, and the signs that nest and separate.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|\[[-+0-9.eE,\s]*+\]|[\[\]{},]')


def columns(part: Part, contract: Contract) -> Columns:
    """The properties that occur, and the geometry; RendiError for what is no FeatureCollection with one of ours."""
    rows = Rows(contract, part.name)
    present: set[str] = set()
    extra: set[str] = set()
    features = _features(part, contract)
    for feature in features:
        for key in _record(feature, contract) or ():
            field = rows.field(key)
            present.add(field) if field else extra.add(key)
    if not present and features:
        raise unreadable(part.name, "no feature has a property of the contract")
    if not features:
        present = {field.name for field in contract.fields}
    here = sorted(present | absent_by_chance(contract, present, extra, len(features)))
    return Columns(dict.fromkeys(here, 0), dict.fromkeys(sorted(extra), 0), len(here) + len(extra))


def pieces(part: Part, contract: Contract) -> list[Piece]:
    """A GeoJSON file is one document and read as one."""
    return [Piece(part)]


def count(part: Part, contract: Contract) -> int:
    """Delivered features: members of the array "features", counted by brackets and commas without a JSON parser."""
    depth = commas = 0
    found = filled = False
    last = ""
    for match in _TOKEN.finditer(_text(part, contract)):
        token = match.group()
        if found and depth == 2:
            if token == "]":
                break
            filled = True
            commas += token == ","
        if token[0] == "[" and depth == 1 and last == '"features"':
            found = True
            if token != "[":
                break
        if token in ("[", "{"):
            depth += 1
        elif token in ("]", "}"):
            depth -= 1
        last = token
    return commas + 1 if filled else 0


def parse(piece: Piece, contract: Contract) -> Iterator[pa.RecordBatch]:
    """The features as batches of `batch.columns_ddl`; what is no feature is malformed, as JSON text."""
    rows = Rows(contract, piece.part.name)
    for row, feature in enumerate(_features(piece.part, contract), start=1):
        record = _record(feature, contract)
        try:
            if record is None:
                raise ValueError("no feature")
            rows.add(row, record)
        except ValueError:
            rows.add_malformed(row, json.dumps(feature, separators=(",", ":")))
        if len(rows) == _BATCH:
            yield from rows.take()
    yield from rows.take()


def _record(feature: Any, contract: Contract) -> dict[str, Any] | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None
    properties = feature.get("properties")
    if not isinstance(properties, dict | None):
        return None
    record = dict(properties or {})
    for field in contract.fields:
        if field.kind == "geometry" and field.name not in record and "geometry" in feature:
            record[field.name] = feature["geometry"]
    if "id" in feature and "id" not in record:
        record["id"] = feature["id"]
    return record


def _features(part: Part, contract: Contract) -> list[Any]:
    try:
        document = loads(_text(part, contract))
        system = _system(document)
    except ValueError:
        raise unreadable(part.name, "it is not JSON, or cut short") from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise unreadable(part.name, "it is no FeatureCollection")
    if not _DEGREES.fullmatch(system) and any(field.kind == "geometry" for field in contract.fields):
        raise RendiError(
            f"{part.name}: refused: its 'crs' is {system[:80]}, and geometry is taken as degrees of CGCS2000 or WGS "
            "84: ask the department for EPSG:4490"
        )
    return features


def _system(document: Any) -> str:
    """The name of the coordinate system, which is that of the format where none is given; ValueError for no text."""
    crs = (document.get("crs") if isinstance(document, dict) else None) or "CRS84"
    if isinstance(crs, dict) and isinstance(properties := crs.get("properties"), dict):
        crs = properties.get("name", crs)
    return str(as_text(crs)).strip()


def _text(part: Part, contract: Contract) -> str:
    with opened(part, contract) as stream:
        data = stream.read(-1)
    try:
        return str(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise unreadable(part.name, "it is not UTF-8") from None
