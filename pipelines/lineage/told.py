"""What a run tells of its units while they go: an event when one starts, and one when it ends."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from openlineage.client.event_v2 import RunState

from pipelines.figures import KILLED, Figure
from pipelines.lake import Lake
from pipelines.lineage.edge import ROWS, Edge, zone
from pipelines.lineage.events import Columns, event, run_of
from pipelines.lineage.facts import Facts
from pipelines.lineage.outlet import FOLDER, Outlet
from schemas.errors import RendiError

# Datasets that are no tables of the lake: their columns are those that lineage names.
OUTSIDE = ("landing", "catalog", "open")


class Told:
    """The night's units as this process runs them. run: the id of the night's run. url: of a lineage server."""

    def __init__(self, lake: Lake, run: str, date: dt.date, url: str | None) -> None:
        self.lake, self.run, self.date = lake, run, date
        self.facts = Facts()
        self.outlet = Outlet(Path(lake.root) / FOLDER / f"{date}.jsonl", url)
        self._columns: dict[str, Columns] = {}

    def start(self, unit: str, source: str, id: str) -> "UnitTold":
        """Tell that a run of a unit starts, which goes by that id; what is given back tells how it ended."""
        return UnitTold(self, unit, source, id)

    def abort(self, killed: Figure) -> None:
        """Tell that a run of a unit was killed, which could not say so itself."""
        # Figures of before runs had ids have none.
        if not killed.run:
            return
        run = run_of(killed.run, self.date, self.run, KILLED)
        self.outlet.send(event(RunState.ABORT, run, killed.unit, killed.source, {}, {}, []))

    def columns(self, tables: Iterable[str], edges: Sequence[Edge], fresh: bool) -> dict[str, Columns]:
        """The columns of those of the tables that are there. fresh: whether they may have changed since last asked."""
        named = _named(edges)
        for table in tables:
            if zone(table) in OUTSIDE:
                # What was never published has no folder.
                if zone(table) != "open" or Path(self.lake.root, table).exists():
                    self._columns[table] = named[table]
            elif (fresh or table not in self._columns) and self.lake.exists(table):
                self._columns[table] = self.lake.columns(table)
        return {table: self._columns[table] for table in tables if table in self._columns}


class UnitTold:
    """One run of one unit, of one source or of all."""

    def __init__(self, told: Told, unit: str, source: str, id: str) -> None:
        self.told, self.unit, self.source, self.id = told, unit, source, id
        try:
            self.edges = told.facts.of(unit, source)
        except RendiError:
            # The unit reads the same facts, and ends with what is wrong with them.
            self.edges = []
        self._send(RunState.START)

    def end(self, error: BaseException | None) -> None:
        """Tell that it is complete, or that it failed; of a foreign error only its kind, for its text may hold values.

        RendiError where it ended well and its columns cannot be traced.
        """
        if error is None:
            self.edges = self.told.facts.of(self.unit, self.source)
            self._send(RunState.COMPLETE)
        else:
            self._send(RunState.FAIL, str(error) if isinstance(error, RendiError) else type(error).__name__)

    def _send(self, state: RunState, error: str = "") -> None:
        edges = self.edges
        made = {edge.to_table for edge in edges}
        read = {edge.from_table for edge in edges} - made
        inputs = self.told.columns(sorted(read), edges, fresh=False)
        outputs = self.told.columns(sorted(made), edges, fresh=state == RunState.COMPLETE)
        run = run_of(self.id, self.told.date, self.told.run, error)
        self.told.outlet.send(event(state, run, self.unit, self.source, inputs, outputs, edges))


def _named(edges: Iterable[Edge]) -> Mapping[str, Columns]:
    """The columns of tables as lineage names them, as text."""
    columns: dict[str, dict[str, str]] = defaultdict(dict)
    for edge in edges:
        columns[edge.from_table][edge.from_column] = "string"
        if edge.to_column != ROWS:
            columns[edge.to_table][edge.to_column] = "string"
    return columns
