"""Walks over lineage: from a column back to what was delivered, and forward to what becomes of it."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipelines.lineage.edge import OWN, ROWS, WAYS, Edge, zone
from schemas.errors import RendiError, nearest

Column = tuple[str, str]
DELIVERED = "bronze"


@dataclass(frozen=True)
class Path:
    """The edges that lead from one column to another, in the order of the data."""

    edges: tuple[Edge, ...]

    @property
    def start(self) -> Column:
        """The column from which the data comes."""
        return self.edges[0].from_table, self.edges[0].from_column

    @property
    def end(self) -> Column:
        """The column to which it goes; its name is `*` where it decides which rows there are."""
        return self.edges[-1].to_table, self.edges[-1].to_column

    @property
    def direct(self) -> bool:
        """Whether the value itself goes this way; otherwise it decides something on the way."""
        return all(WAYS[edge.how].type == "DIRECT" for edge in self.edges)

    @property
    def clear(self) -> bool:
        """Whether what stands at the start can be read at the end."""
        return all(WAYS[edge.how].clear for edge in self.edges)


class Lineage:
    """All edges, to be asked from either end."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self._into: dict[Column, list[Edge]] = defaultdict(list)
        self._out: dict[Column, list[Edge]] = defaultdict(list)
        self.columns: dict[str, set[str]] = defaultdict(set)
        for edge in sorted(edges):
            self._into[edge.to_table, edge.to_column].append(edge)
            self._out[edge.from_table, edge.from_column].append(edge)
            self.columns[edge.from_table].add(edge.from_column)
            self.columns[edge.to_table] |= {edge.to_column} - {ROWS}

    def back(self, column: Column) -> list[Path]:
        """From each delivered column behind `column`: a path by which the value goes, else the shortest."""

        def before(edges: tuple[Edge, ...]) -> list[tuple[Edge, ...]]:
            at = (edges[0].from_table, edges[0].from_column) if edges else column
            return [(edge, *edges) for edge in self._into[at] if zone(edge.to_table) != DELIVERED]

        return [path for path in _paths(before, lambda path: path.start) if zone(path.start[0]) == DELIVERED]

    def forward(self, column: Column) -> list[Path]:
        """To each column that `column` has to do with: a path by which the value goes, else the shortest."""

        def after(edges: tuple[Edge, ...]) -> list[tuple[Edge, ...]]:
            at = (edges[-1].to_table, edges[-1].to_column) if edges else column
            return [(*edges, edge) for edge in self._out[at]]

        return _paths(after, lambda path: path.end)

    def named(self, text: str) -> Column:
        """The column that a person means by `master_person.sex` or `master/person.sex`.

        RendiError names the nearest right word, and says so of Rendi's own columns.
        """
        word, dot, column = text.partition(".")
        tables = {table.replace("/", "_"): table for table in self.columns}
        table = word if word in self.columns else tables.get(word)
        if not dot or table is None:
            hint = nearest(word, tables)
            raise RendiError(
                f"no table '{word}'{hint}; write a column as <zone>_<table>.<column>, such as master_person.sex"
            )
        if column not in self.columns[table]:
            if column in OWN.get(zone(table), ()):
                raise RendiError(
                    f"{table}.{column} is Rendi's own: it says when and whence a row came, or by which source, "
                    "and is made of no delivered column"
                )
            raise RendiError(f"no column '{column}' in {table}{nearest(column, self.columns[table])}")
        return table, column


def _paths(
    longer: Callable[[tuple[Edge, ...]], list[tuple[Edge, ...]]], reached: Callable[[Path], Column]
) -> list[Path]:
    """One path to every column that can be reached, first by direct edges alone, sorted by the column."""
    found: dict[Column, Path] = {}
    for only_direct in (True, False):
        seen: set[Column] = set()
        waiting = deque(longer(()))
        while waiting:
            path = Path(waiting.popleft())
            if (only_direct and not path.direct) or reached(path) in seen:
                continue
            seen.add(reached(path))
            found.setdefault(reached(path), path)
            waiting.extend(longer(path.edges))
    return [found[column] for column in sorted(found)]
