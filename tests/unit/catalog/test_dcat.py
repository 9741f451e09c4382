"""The catalogue for portals: valid by the shapes of DCAT-AP 3.0.1, the same graph in both forms."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyshacl
import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph, URIRef
from rdflib.compare import isomorphic

from catalog import exports
from catalog.catalogue import Catalogue, load
from catalog.dataset import open_datasets
from catalog.exports import dcat
from catalog.exports.table import arrow_type
from catalog.resource import resources

DAY = date(2025, 9, 3)
# The shapes lie beside the checkout: they are a tool of the tests and no part of the product.
SHAPES = Path(__file__).resolve().parents[4] / "shared" / "shapes" / "dcat-ap-3.0.1.ttl"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(base="https://data.example.com/")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Path:
    folder = tmp_path_factory.mktemp("open")
    published = []
    for dataset in open_datasets(resources()):
        empty = pa.schema([pa.field(c.name, arrow_type(c)) for c in dataset.columns]).empty_table()
        published.append((dataset, exports.write(empty, dataset, folder, DAY, catalogue)))
    dcat.write(published, folder, DAY, catalogue)
    return folder


@pytest.fixture(scope="module")
def graph(written: Path) -> Graph:
    return Graph().parse(written / "catalog.ttl")


def problems(graph: Graph) -> str:
    if not SHAPES.exists():
        pytest.skip(f"the shapes of DCAT-AP are not at {SHAPES}: the graph was not validated")
    valid, _, text = pyshacl.validate(graph, shacl_graph=Graph().parse(SHAPES), do_owl_imports=False)
    return "" if valid else text


def test_the_graph_conforms_to_dcat_ap(graph: Graph) -> None:
    assert problems(graph) == ""


def test_a_dataset_without_a_title_does_not_conform(graph: Graph) -> None:
    broken = Graph() + graph
    dataset = next(broken.subjects(RDF.type, DCAT.Dataset))
    broken.remove((dataset, DCTERMS.title, None))
    assert "title" in problems(broken)


def test_turtle_and_json_ld_say_the_same(written: Path, graph: Graph) -> None:
    assert isomorphic(graph, Graph().parse(written / "catalog.jsonld", format="json-ld"))


def test_every_dataset_says_what_a_portal_shows(graph: Graph) -> None:
    datasets = set(graph.subjects(RDF.type, DCAT.Dataset))
    assert len(datasets) == len(open_datasets(resources()))
    for dataset in datasets:
        for predicate in (DCTERMS.title, DCTERMS.description):
            assert {text.language for text in graph.objects(dataset, predicate)} == {"zh", "en"}
        for predicate in (DCTERMS.publisher, DCAT.theme, DCTERMS.accrualPeriodicity, DCTERMS.spatial, DCTERMS.modified):
            assert (dataset, predicate, None) in graph, predicate
        distributions = list(graph.objects(dataset, DCAT.distribution))
        assert len(distributions) == 3
        assert all((d, DCTERMS.license, None) in graph for d in distributions)


def test_addresses_lie_under_the_base_and_lead_to_the_files(written: Path, graph: Graph, catalogue: Catalogue) -> None:
    addresses = [str(o) for o in graph.objects(None, DCAT.downloadURL)]
    assert addresses
    for address in addresses:
        assert address.startswith(f"{catalogue.base}open/")
        assert (written / address.removeprefix(f"{catalogue.base}open/")).is_file()


def test_the_same_night_gives_the_same_files(written: Path, tmp_path: Path, catalogue: Catalogue) -> None:
    published = []
    for dataset in open_datasets(resources()):
        empty = pa.schema([pa.field(c.name, arrow_type(c)) for c in dataset.columns]).empty_table()
        published.append((dataset, exports.write(empty, dataset, tmp_path, DAY, catalogue)))
    for path in dcat.write(published[::-1], tmp_path, DAY, catalogue):
        assert path.read_bytes() == (written / path.name).read_bytes()


def test_sizes_are_those_of_the_files(written: Path, graph: Graph) -> None:
    for distribution in graph.subjects(RDF.type, DCAT.Distribution):
        address = graph.value(distribution, DCAT.downloadURL)
        size = graph.value(distribution, DCAT.byteSize)
        assert isinstance(address, URIRef)
        path = written / str(address).split("/open/")[1]
        assert Decimal(str(size)) == path.stat().st_size
