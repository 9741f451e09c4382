"""Rows of the catalogue's two tables, governed/catalog/resource and governed/catalog/item."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog import codelists, openness
from catalog.resource import Resource, code_of


def resource_rows(resources: Sequence[Resource]) -> list[dict[str, Any]]:
    """Rows of governed/catalog/resource: one a resource; dates as ISO text."""
    codes = {resource.name: resource.code for resource in resources}
    return [_resource_row(resource, codes) for resource in resources]


def _resource_row(resource: Resource, codes: Mapping[str, str]) -> dict[str, Any]:
    names = codelists.levels(resource.category, resource.name)
    form = codelists.entry("formats", resource.format, resource.name)
    provider = codelists.load("providers").get(resource.provider, {"code": ""})
    return {
        "name": resource.name,
        "kind": resource.kind,
        "table": resource.table,
        "code": resource.code,
        "title": resource.title,
        "title_en": resource.title_en,
        "category_code": resource.category,
        "category_class": names[0],
        "category_item": names[1],
        "category_division": names[2],
        "category_detail": names[3],
        "provider": resource.provider,
        "provider_code": provider["code"],
        "abstract": resource.abstract,
        "abstract_en": resource.abstract_en,
        "format": f"{form['class']} ({form['name']})",
        "sharing": resource.sharing,
        "sharing_condition": resource.sharing_terms.condition,
        "sharing_manner": resource.sharing_terms.manner,
        "openness": resource.openness,
        "opening_condition": resource.opening_condition,
        "update_cycle": codelists.cycle(resource.every_days)["name"],
        "published_on": resource.published_on,
        "related": [codes[name] for name in resource.related],
        "open_datasets": [code_of(resource.category, dataset.serial) for dataset in resource.datasets],
        "items": len(resource.items),
        "state": resource.state,
    }


def item_rows(resources: Sequence[Resource]) -> list[dict[str, Any]]:
    """Rows of governed/catalog/item: one an item of a resource, numbered from 1 in the order of the table."""
    rows = []
    for resource in resources:
        for position, item in enumerate(resource.items, start=1):
            kind = codelists.entry("kinds", item.kind, resource.name)
            register = resource.registers.get(item.name)
            rows.append(
                {
                    "resource": resource.name,
                    "resource_code": resource.code,
                    "position": position,
                    "name": item.name,
                    "label": item.label,
                    "kind": item.kind,
                    "type": kind["type"],
                    "type_name": kind["type_name"],
                    "codes": item.params.get("codes"),
                    "classification": item.classification,
                    "identifies": openness.identifies(item, resource.subject),
                    "sensitive": item.sensitive,
                    "sharing": item.sharing,
                    "openness": item.openness,
                    "published_in": register.register_name if register else None,
                    "statute": register.statute if register else None,
                }
            )
    return rows
