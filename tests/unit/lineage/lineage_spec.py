"""OpenLineage events as others read them: judged by the specification's schemas, and turned back into edges."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

from pipelines.lineage.edge import Edge

SPEC = Path(__file__).parent / "spec"


@cache
def _schema(url: str) -> jsonschema.Draft202012Validator:
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in SPEC.glob("*.json")]
    registry: Registry = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in schemas)
    return jsonschema.Draft202012Validator({"$ref": url}, registry=registry)


def validate(event: dict[str, Any]) -> None:
    """Judge an event, and each of its facets, by the schema that it names; raises where one does not hold."""
    datasets = [*event["inputs"], *event["outputs"]]
    facets = [f for part in (event["run"], *datasets) for f in part["facets"].values()]
    for part, url in [(event, event["schemaURL"]), *((f, f["_schemaURL"]) for f in facets)]:
        _schema(url).validate(part)


def edges_of(event: dict[str, Any]) -> set[Edge]:
    """The edges that an event's column lineage tells."""
    unit, found = event["job"]["name"].split(".")[0], set()
    for dataset in event["outputs"]:
        facet = dataset["facets"]["columnLineage"]
        for made, inputs in [*((m, f["inputFields"]) for m, f in facet["fields"].items()), ("*", facet["dataset"])]:
            found |= {
                Edge(unit, one["name"], one["field"], dataset["name"], made, way["description"])
                for one in inputs
                for way in one["transformations"]
            }
    return found
