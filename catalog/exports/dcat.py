"""The open part of the catalogue for portals: DCAT-AP 3 in Turtle and JSON-LD."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import quote

from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import SKOS

from catalog import codelists
from catalog.catalogue import Catalogue
from catalog.dataset import OpenDataset
from catalog.exports.published import PublishedFile

# DCAT-AP 3.0.1, section 11: the controlled vocabularies of the EU Publications Office.
AUTHORITY = "http://publications.europa.eu/resource/authority/"
THEMES = URIRef(f"{AUTHORITY}data-theme")
SPDX = Namespace("http://spdx.org/rdf/terms#")
LANGUAGES = {"zh": "ZHO", "en": "ENG"}
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"

Published = Sequence[tuple[OpenDataset, Sequence[PublishedFile]]]


def _texts(graph: Graph, subject: URIRef, predicate: URIRef, chinese: str, english: str) -> None:
    graph.add((subject, predicate, Literal(chinese, lang="zh")))
    graph.add((subject, predicate, Literal(english, lang="en")))


def _concept(graph: Graph, address: str, scheme: URIRef | None, label: str) -> URIRef:
    concept = URIRef(address)
    graph.add((concept, RDF.type, SKOS.Concept))
    graph.add((concept, SKOS.prefLabel, Literal(label, lang="en")))
    if scheme is not None:
        graph.add((concept, SKOS.inScheme, scheme))
    return concept


def _agent(graph: Graph, provider: str, catalogue: Catalogue) -> URIRef:
    row = codelists.entry("providers", provider, "DCAT publisher")
    agent = URIRef(f"{catalogue.base}organisation/{row['code']}")
    graph.add((agent, RDF.type, FOAF.Agent))
    _texts(graph, agent, FOAF.name, row["name"], row["name_en"])
    graph.add((agent, DCTERMS.identifier, Literal(row["code"])))
    return agent


def _license(graph: Graph, catalogue: Catalogue) -> URIRef:
    document = URIRef(catalogue.license)
    graph.add((document, RDF.type, DCTERMS.LicenseDocument))
    graph.add((document, DCTERMS.title, Literal(catalogue.license_name)))
    return document


def _shared(graph: Graph, subject: URIRef, catalogue: Catalogue) -> None:
    """What a catalogue and its datasets say alike: languages and place."""
    for code in LANGUAGES.values():
        language = URIRef(f"{AUTHORITY}language/{code}")
        graph.add((language, RDF.type, DCTERMS.LinguisticSystem))
        graph.add((subject, DCTERMS.language, language))
    place = URIRef(catalogue.spatial)
    graph.add((place, RDF.type, DCTERMS.Location))
    graph.add((subject, DCTERMS.spatial, place))


def _distribution(graph: Graph, dataset: OpenDataset, file: PublishedFile, catalogue: Catalogue) -> URIRef:
    address = f"{catalogue.base}open/{dataset.folder}/{file.version}/{quote(file.name)}"
    form = codelists.entry("formats", file.format, dataset.name)
    # The page of a distribution and its file are two things: the file's own address is its downloadURL.
    node = URIRef(f"{catalogue.base}dataset/{dataset.folder}/{file.format}")
    graph.add((node, RDF.type, DCAT.Distribution))
    _texts(graph, node, DCTERMS.title, f"{dataset.title}（{form['name']}）", f"{dataset.title_en} ({form['name']})")
    graph.add((node, DCAT.accessURL, URIRef(address)))
    graph.add((node, DCAT.downloadURL, URIRef(address)))
    graph.add((node, DCAT.byteSize, Literal(file.bytes, datatype=XSD.nonNegativeInteger)))
    media_type = URIRef(MEDIA_TYPES + form["media_type"])
    graph.add((media_type, RDF.type, DCTERMS.MediaType))
    graph.add((node, DCAT.mediaType, media_type))
    file_type = URIRef(f"{AUTHORITY}file-type/{form['file_type']}")
    graph.add((file_type, RDF.type, DCTERMS.MediaTypeOrExtent))
    graph.add((node, DCTERMS["format"], file_type))
    graph.add((node, DCTERMS.license, _license(graph, catalogue)))
    graph.add((node, DCTERMS.modified, Literal(file.version, datatype=XSD.date)))
    checksum = URIRef(f"{node}#checksum")
    graph.add((checksum, RDF.type, SPDX.Checksum))
    graph.add((checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256))
    graph.add((checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary)))
    graph.add((SPDX.checksumAlgorithm_sha256, RDF.type, SPDX.ChecksumAlgorithm))
    graph.add((node, SPDX.checksum, checksum))
    return node


def _dataset(graph: Graph, dataset: OpenDataset, files: Sequence[PublishedFile], catalogue: Catalogue) -> URIRef:
    node = URIRef(f"{catalogue.base}dataset/{dataset.folder}")
    category = codelists.entry("categories", dataset.category, dataset.name)
    graph.add((node, RDF.type, DCAT.Dataset))
    _texts(graph, node, DCTERMS.title, dataset.title, dataset.title_en)
    _texts(graph, node, DCTERMS.description, dataset.abstract, dataset.abstract_en)
    graph.add((node, DCTERMS.identifier, Literal(dataset.code)))
    for keyword in dataset.keywords:
        graph.add((node, DCAT.keyword, Literal(keyword, lang="zh")))
    theme = _concept(graph, f"{THEMES}/{category['theme']}", THEMES, category["theme"])
    graph.add((node, DCAT.theme, theme))
    frequency = URIRef(f"{AUTHORITY}frequency/{codelists.cycle(dataset.every_days)['frequency']}")
    graph.add((frequency, RDF.type, DCTERMS.Frequency))
    graph.add((node, DCTERMS.accrualPeriodicity, frequency))
    rights = _concept(graph, f"{AUTHORITY}access-right/PUBLIC", None, "public")
    graph.add((rights, RDF.type, DCTERMS.RightsStatement))
    graph.add((node, DCTERMS.accessRights, rights))
    graph.add((node, DCTERMS.publisher, _agent(graph, dataset.provider, catalogue)))
    if dataset.issued:
        graph.add((node, DCTERMS.issued, Literal(dataset.issued, datatype=XSD.date)))
    _shared(graph, node, catalogue)
    for file in files:
        graph.add((node, DCTERMS.modified, Literal(file.version, datatype=XSD.date)))
        graph.add((node, DCAT.distribution, _distribution(graph, dataset, file, catalogue)))
    return node


def graph(published: Published, catalogue: Catalogue, day: date) -> Graph:
    """The catalogue of open datasets as of the business date `day` (DCAT-AP 3.0.1).

    published: each dataset with the files of its version in force. Every node has an address under the catalogue's
    base, so that two nights' graphs can be compared.
    """
    result = Graph()
    for prefix, space in {"dcat": DCAT, "dct": DCTERMS, "foaf": FOAF, "skos": SKOS, "spdx": SPDX}.items():
        result.bind(prefix, space, override=True)
    node = URIRef(f"{catalogue.base}catalog")
    result.add((node, RDF.type, DCAT.Catalog))
    _texts(result, node, DCTERMS.title, catalogue.title, catalogue.title_en)
    _texts(result, node, DCTERMS.description, catalogue.abstract, catalogue.abstract_en)
    result.add((node, DCTERMS.publisher, _agent(result, catalogue.publisher, catalogue)))
    result.add((node, DCTERMS.license, _license(result, catalogue)))
    result.add((node, DCTERMS.modified, Literal(day.isoformat(), datatype=XSD.date)))
    result.add((node, DCAT.themeTaxonomy, THEMES))
    result.add((THEMES, RDF.type, SKOS.ConceptScheme))
    result.add((THEMES, DCTERMS.title, Literal("Data theme", lang="en")))
    _shared(result, node, catalogue)
    for dataset, files in published:
        result.add((node, DCAT.dataset, _dataset(result, dataset, files, catalogue)))
    return result


def _sorted(node: object) -> object:
    """JSON-LD with its lists in one order: an RDF graph has none, and the same graph shall give the same file."""
    if isinstance(node, Mapping):
        return {key: _sorted(value) for key, value in sorted(node.items())}
    if isinstance(node, list):
        return sorted((_sorted(value) for value in node), key=lambda value: json.dumps(value, sort_keys=True))
    return node


def write(published: Published, folder: Path, day: date, catalogue: Catalogue) -> list[Path]:
    """Write catalog.ttl and catalog.jsonld into `folder`, each by rename; returns their paths."""
    described = graph(published, catalogue, day)
    linked = json.dumps(_sorted(json.loads(described.serialize(format="json-ld"))), ensure_ascii=False, indent=2)
    texts = {"catalog.ttl": described.serialize(format="turtle"), "catalog.jsonld": linked + "\n"}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        fresh = folder / f".{name}.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(folder / name)
    return [folder / name for name in texts]
