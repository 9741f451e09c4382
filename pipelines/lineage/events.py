"""OpenLineage events of a unit (openlineage.io, spec 2-0-2): what it read and wrote, and column by column how."""

import datetime as dt
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState, set_producer
from openlineage.client.facet_v2 import (
    DatasetFacet,
    RunFacet,
    column_lineage_dataset,
    error_message_run,
    nominal_time_run,
    parent_run,
    schema_dataset,
)

from pipelines.lineage.edge import ROWS, WAYS, Edge

NAMESPACE = "rendi"
NIGHT = "night"
PRODUCER = "urn:rendi"
set_producer(PRODUCER)

Columns = Mapping[str, str]
"""A table's columns with their types, as Spark writes them."""


def event(
    state: RunState,
    run: Run,
    unit: str,
    source: str,
    inputs: Mapping[str, Columns],
    outputs: Mapping[str, Columns],
    edges: Sequence[Edge],
) -> RunEvent:
    """One event. inputs, outputs: table → its columns. edges: those of the unit; they are told when it is complete.

    Datasets go by the lake's names of tables (`silver/police_household`), jobs by unit and source.
    """
    whole = state == RunState.COMPLETE
    return RunEvent(
        eventTime=dt.datetime.now(dt.UTC).isoformat(),
        eventType=state,
        run=run,
        job=Job(NAMESPACE, f"{unit}.{source}" if source else unit),
        inputs=[InputDataset(NAMESPACE, name, facets={"schema": _schema(columns)}) for name, columns in inputs.items()],
        outputs=[
            OutputDataset(NAMESPACE, name, facets=_facets(name, columns, edges if whole else []))
            for name, columns in outputs.items()
        ],
        producer=PRODUCER,
    )


def run_of(id: str, date: dt.date, night: str, error: str = "") -> Run:
    """One run of a unit. id: its own. night: the id of the night's run. error: why it failed."""
    midnight = dt.datetime.combine(date, dt.time(), dt.timezone(dt.timedelta(hours=8)))
    parent = parent_run.Run(str(uuid.UUID(night)))
    facets: dict[str, RunFacet] = {
        "nominalTime": nominal_time_run.NominalTimeRunFacet(midnight.isoformat()),
        "parent": parent_run.ParentRunFacet(parent, parent_run.Job(NAMESPACE, NIGHT)),
    }
    if error:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(error, "Python")
    return Run(id, facets)


def new_run() -> uuid.UUID:
    """An identifier of a run, without digits in a row that a leak scan could take for a phone or ID number."""
    while re.search("[0-9]{6}", (made := uuid.uuid4()).hex):
        pass
    return made


def _facets(table: str, columns: Columns, edges: Sequence[Edge]) -> dict[str, DatasetFacet]:
    facets: dict[str, DatasetFacet] = {"schema": _schema(columns)}
    return facets | {"columnLineage": _lineage(table, edges)} if edges else facets


def _schema(columns: Columns) -> schema_dataset.SchemaDatasetFacet:
    fields = [
        schema_dataset.SchemaDatasetFacetFields(name, kind, ordinal_position=place)
        for place, (name, kind) in enumerate(columns.items(), start=1)
    ]
    return schema_dataset.SchemaDatasetFacet(fields)


def _lineage(table: str, edges: Iterable[Edge]) -> column_lineage_dataset.ColumnLineageDatasetFacet:
    made: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.to_table == table:
            made[edge.to_column].append(edge)
    rows = _inputs(made.pop(ROWS, []))
    fields = {column: column_lineage_dataset.Fields(_inputs(into)) for column, into in made.items()}
    return column_lineage_dataset.ColumnLineageDatasetFacet(fields, rows)


def _inputs(edges: Iterable[Edge]) -> list[column_lineage_dataset.InputField]:
    ways: dict[tuple[str, str], list[str]] = defaultdict(list)
    for edge in edges:
        ways[edge.from_table, edge.from_column].append(edge.how)
    return [
        column_lineage_dataset.InputField(
            NAMESPACE,
            table,
            column,
            [
                column_lineage_dataset.Transformation(WAYS[how].type, WAYS[how].subtype, how, WAYS[how].masking)
                for how in hows
            ],
        )
        for (table, column), hows in ways.items()
    ]
