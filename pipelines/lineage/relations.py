"""What master makes of relations: `schemas/authority/relations.yaml` says which, and the rules that judge them."""

from pipelines.lineage.edge import ROWS, Edge, edges
from schemas.expressions import columns_of
from schemas.relations import Relation, RelationTable


def related(table: RelationTable) -> list[Edge]:
    """From record and the masters of both ends to one relation table."""
    told = [edge for relation in table.relations for edge in _stated(table, relation)]
    for rule in table.rules:
        told += _asked(table, rule.when, "warned", "judged")
    return told


def _stated(table: RelationTable, relation: Relation) -> list[Edge]:
    record, target = f"record/{relation.source}", f"master/{table.name}"

    def of(text: str | None, made: str, how: str) -> list[Edge]:
        return edges("master", record, columns_of(text or ""), target, made, how)

    told = of("record_id", "record_id", "same") + of(relation.left, table.left, "same")
    # The head of a group is the left end of another record of it.
    told += of(relation.right or relation.left, table.right, "same")
    for text in (relation.group, relation.head):
        told += of(text, table.right, "decides")
    for text in (relation.when, relation.group, relation.head, relation.opens, relation.closes, relation.latest):
        told += of(text, ROWS, "rows")
    told += of(relation.left, ROWS, "rows") + of(relation.right, ROWS, "rows")
    for column in ("detail", "valid_from", "valid_to"):
        text = getattr(relation, column)
        told += of(text, column, "same" if text in columns_of(text) else "expression")
    if relation.closes:
        # The record that closes a relation dates its end.
        told += of(relation.valid_from, "valid_to", "same")
        for column in ("valid_from", "valid_to"):
            for text in (relation.opens, relation.closes, relation.left, relation.right):
                told += of(text, column, "decides")
    return told + _asked(table, relation.until or "", "valid_to", "expression")


def _asked(table: RelationTable, text: str, made: str, how: str) -> list[Edge]:
    """The columns of the relation itself and of the masters of its ends that an expression reads."""
    target = f"master/{table.name}"
    told: list[Edge] = []
    masters = dict(table.ends.values())
    for column in sorted(columns_of(text)):
        end, dot, name = column.partition(".")
        if dot:
            told += edges("master", f"master/{masters[end]}", [name], target, made, how)
        elif column == "concurrent":
            told += edges("master", target, [table.left, table.right, "valid_from", "valid_to"], target, made, how)
        elif column not in ("kind", made):
            told += edges("master", target, [column], target, made, how)
    return told
