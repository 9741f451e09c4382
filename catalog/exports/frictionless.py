"""The data package beside an open dataset's files (Frictionless Data Package v1, datapackage.json)."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from catalog import codelists
from catalog.catalogue import Catalogue
from catalog.dataset import OpenDataset
from catalog.exports.published import PublishedFile

NAME = "datapackage.json"
# Data Package v1, licenses: what else a licence is called is its title.
_LICENCE = re.compile(r"[-a-zA-Z0-9._]+")


def table_schema(dataset: OpenDataset) -> dict[str, Any]:
    """The Table Schema of a dataset, with the Chinese label of each column as its title."""
    fields = []
    for column in dataset.columns:
        kind = codelists.entry("kinds", column.kind, dataset.name)["schema"]
        fields.append({"name": column.name, "type": kind, "title": column.label, "description": column.label_en})
    return {"fields": fields, "missingValues": [""]}


def _resource(file: PublishedFile, dataset: OpenDataset) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": f"{dataset.name.replace('_', '-')}-{file.format}",
        "path": file.name,
        "format": file.format,
        "mediatype": codelists.entry("formats", file.format, dataset.name)["media_type"],
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }
    if file.format != "csv":
        # Parquet carries its own types. Of both, readers of data packages check size and hash only if told "file".
        return {**resource, "type": "file"}
    return {
        **resource,
        "type": "table",
        "profile": "tabular-data-resource",
        "description": "Text that begins with =, +, -, @, a tab or a line break has an apostrophe before it.",
        "encoding": "utf-8",
        "schema": table_schema(dataset),
    }


def descriptor(dataset: OpenDataset, files: Sequence[PublishedFile], version: str, catalogue: Catalogue) -> str:
    """The text of datapackage.json for `files`; the same input gives the same text."""
    called = "name" if _LICENCE.fullmatch(catalogue.license_name) else "title"
    package = {
        "profile": "data-package",
        "name": dataset.name.replace("_", "-"),
        "id": f"{catalogue.base}dataset/{dataset.folder}",
        "title": dataset.title,
        "description": dataset.abstract,
        "version": version,
        # An empty list is none (v1: minItems 1).
        **({"keywords": list(dataset.keywords)} if dataset.keywords else {}),
        "licenses": [{called: catalogue.license_name, "path": catalogue.license}],
        "contributors": [{"title": dataset.provider, "role": "publisher"}],
        "resources": [_resource(file, dataset) for file in files],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def write(folder: Path, text: str) -> None:
    """Write a descriptor into the folder of its files."""
    (folder / NAME).write_text(text, encoding="utf-8")
