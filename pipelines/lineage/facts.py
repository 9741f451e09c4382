"""All of Rendi's column lineage, worked out of the facts: contracts, suites, authority, topics, catalogue."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from catalog.dataset import open_datasets
from catalog.resource import resources
from pipelines.lineage.edge import OWN, ROWS, Edge, zone
from pipelines.lineage.links import linked
from pipelines.lineage.masters import mastered
from pipelines.lineage.published import described, opened, topical
from pipelines.lineage.relations import related
from pipelines.lineage.sources import landed, protected, refined
from pipelines.publish.publish import described as said
from pipelines.topics.topics import FOLDER
from quality import suite
from schemas import authorities, relations, topic
from schemas.contract import Contract, load_all
from schemas.errors import RendiError
from schemas.recorded import ENTITY_ID


class Facts:
    """The facts of this installation; each unit's are read when they are first asked for, as the unit itself does."""

    @cached_property
    def contracts(self) -> tuple[Contract, ...]:
        """Those of all sources."""
        return load_all()

    def of(self, unit: str, source: str = "") -> list[Edge]:
        """The edges of one unit (of one source, where it runs by source), sorted. RendiError as the unit itself has."""
        edges: list[Edge] = getattr(self, f"_{unit}")
        return [e for e in edges if not source or e.to_table.partition("/")[2] == source]

    def all(self) -> list[Edge]:
        """The edges of all units, sorted."""
        units = (self._land, self._refine, self._link, self._protect, self._master, self._topics, self._publish)
        return sorted(edge for edges in units for edge in edges)

    @cached_property
    def _land(self) -> list[Edge]:
        return _once(edge for contract in self.contracts for edge in landed(contract))

    @cached_property
    def _refine(self) -> list[Edge]:
        return _once(edge for contract in self.contracts for edge in refined(contract, _rules(contract)))

    @cached_property
    def _link(self) -> list[Edge]:
        return _once(linked(self.contracts))

    @cached_property
    def _protect(self) -> list[Edge]:
        return _once(edge for contract in self.contracts for edge in protected(contract))

    @cached_property
    def _master(self) -> list[Edge]:
        masters = [mastered(authorities.load(subject, self.contracts), self.contracts) for subject in ENTITY_ID]
        tables = [related(table) for table in relations.load(self.contracts)]
        return _once(edge for edges in (*masters, *tables) for edge in edges)

    @cached_property
    def _topics(self) -> list[Edge]:
        return _once(topical(topic.load(FOLDER), _views([*self._protect, *self._master])))

    @cached_property
    def _publish(self) -> list[Edge]:
        by_source = {contract.source: contract for contract in self.contracts}
        catalogue = resources([said(one) for one in topic.load(FOLDER)], sources=by_source)
        views = _views([*self._protect, *self._master, *self._topics])
        return _once([*described(catalogue, by_source), *opened(open_datasets(catalogue), views)])


def _rules(contract: Contract) -> suite.Suite | None:
    try:
        return suite.load(contract.source, contract)
    except RendiError:
        # Refine says what is wrong with it, and its source stops alone; until it is mended, its rules are not told.
        return None


def _once(edges: Iterable[Edge]) -> list[Edge]:
    return sorted(set(edges))


def _views(edges: Iterable[Edge]) -> dict[str, list[str]]:
    """The columns of every table that the edges lead to, by the name of its view."""
    columns: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        columns[edge.to_table] |= {edge.to_column} - {ROWS}
    return {
        table.replace("/", "_", 1): sorted(names | OWN.get(zone(table), frozenset()))
        for table, names in columns.items()
    }
