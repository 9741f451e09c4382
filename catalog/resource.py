"""Resources: entries joined with contracts, so that nothing is written twice (政务信息资源目录编制指南, 核心元数据)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from catalog import codelists, openness
from catalog.entry import Entry, Item, Kind, OpenEntry, Register, SharingTerms, State
from catalog.entry import load as load_entries
from schemas import contract as contracts
from schemas.contract import Contract, Openness, Sharing
from schemas.errors import RendiError, nearest
from schemas.recorded import recorded

TABLES = {"source": "record", "master": "master", "topic": "topic"}
UNCLASSIFIED = "307000000"


@dataclass(frozen=True)
class Described:
    """What a table says of itself, such as the header of a topic's SQL file: of an item name, label and class."""

    kind: Kind
    name: str
    title: str
    abstract: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Resource:
    """One resource (信息资源) with its items. `code` is empty while no steward has classified it.

    recorded: the columns of record/<source>, which are not the contract's fields; of a master or topic, none.
    """

    name: str
    kind: Kind
    code: str
    category: str
    title: str
    title_en: str
    abstract: str
    abstract_en: str
    provider: str
    subject: str | None
    format: str
    sharing_terms: SharingTerms
    opening_condition: str
    every_days: int
    published_on: str | None
    related: tuple[str, ...]
    registers: Mapping[str, Register]
    state: State
    items: tuple[Item, ...]
    recorded: frozenset[str]
    datasets: tuple[OpenEntry, ...]

    @property
    def table(self) -> str:
        """The governed table that holds the resource, as a view's name."""
        return f"{TABLES[self.kind]}_{self.name}"

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the governed table."""
        return self.recorded or frozenset(item.name for item in self.items)

    @property
    def sharing(self) -> Sharing:
        """共享类型 of the whole: that of its least shared item."""
        return openness.least_shared(self.items)

    @property
    def openness(self) -> Openness:
        """开放属性 of the whole: that of its least open item."""
        return openness.least_open(self.items)

    def item(self, name: str) -> Item | None:
        """The item of that name."""
        return next((item for item in self.items if item.name == name), None)


def code_of(category: str, serial: int) -> str:
    """信息资源代码: the category's code, a slash, and a serial within the category (编制指南, 信息资源代码)."""
    return f"{category}/{serial:06d}"


def _contract_items(contract: Contract) -> tuple[Item, ...]:
    # The catalogue tells money (货币型) from other numbers; a kind of value that it does not know is text to it.
    known = codelists.load("kinds")
    kinds = {f.name: "money" if f.params.get("unit") == "yuan" else f.kind for f in contract.fields}
    kinds = {name: kind if kind in known else "text" for name, kind in kinds.items()}
    taken = {"name", "label", "pii", "sensitive", "classification", "sharing", "openness", "params"}
    return tuple(Item(kind=kinds[f.name], **f.model_dump(include=taken)) for f in contract.fields)


def _joined(entry: Entry, contract: Contract | None) -> Resource:
    provider = entry.provider or (contract.department if contract else "")
    return Resource(
        name=entry.name,
        kind=entry.kind,
        code=code_of(entry.category, entry.serial),
        category=entry.category,
        title=entry.title or (contract.title if contract else ""),
        title_en=entry.title_en,
        abstract=entry.abstract,
        abstract_en=entry.abstract_en,
        provider=provider,
        subject=entry.subject or (contract.subject if contract else None),
        format=contract.format if contract else "delta",
        sharing_terms=entry.sharing,
        opening_condition=entry.opening_condition,
        every_days=contract.every_days if contract else entry.every_days,
        published_on=entry.published_on.isoformat() if entry.published_on else None,
        related=tuple(entry.related),
        registers=entry.registers,
        state=entry.state,
        items=_contract_items(contract) if contract else tuple(entry.items),
        recorded=frozenset(recorded(contract)) if contract else frozenset(),
        datasets=tuple(entry.open),
    )


def _draft(kind: Kind, name: str, title: str, abstract: str, provider: str) -> Resource:
    """A resource that exists and that nobody has described yet: unclassified, without a code, nothing of it open."""
    return Resource(
        name=name,
        kind=kind,
        code="",
        category=UNCLASSIFIED,
        title=title,
        title_en=name,
        abstract=abstract,
        abstract_en=abstract,
        provider=provider,
        # Without knowing what a resource is about, its items count as those of persons.
        subject="person",
        format="delta",
        sharing_terms=SharingTerms(condition="未编目，待数据管理员审核"),
        opening_condition="",
        every_days=1,
        published_on=None,
        related=(),
        registers={},
        state="draft",
        items=(),
        recorded=frozenset(),
        datasets=(),
    )


def _with_columns(resource: Resource, described: Described) -> Resource:
    """The table's own items decide which there are; each is as closed as the table and the entry say."""
    if not described.items:
        return resource
    return replace(resource, items=tuple(_closed(said, resource.item(said.name)) for said in described.items))


def _closed(said: Item, known: Item | None) -> Item:
    """The entry's item, or an unclassified one, no more shared or open than the table itself says."""
    known = known or Item(name=said.name, label=said.label)
    both = (said, known)
    return known.model_copy(update={"sharing": openness.least_shared(both), "openness": openness.least_open(both)})


def _check(resource: Resource, known: Mapping[str, Resource]) -> None:
    where = f"catalog entry '{resource.name}'"
    codelists.levels(resource.category, where)
    if resource.code:
        codelists.entry("providers", resource.provider, where)
    for item in resource.items:
        codelists.entry("kinds", item.kind, f"{where}, item '{item.name}'")
        openness.check_item(item, resource.subject, where)
    names = [item.name for item in resource.items]
    for name in resource.registers:
        if name not in names:
            raise RendiError(f"{where}: registers: no item '{name}'{nearest(name, names)}")
    for name in resource.related:
        if name not in known:
            raise RendiError(f"{where}: related: no resource '{name}'{nearest(name, known)}")
    if resource.sharing == "有条件共享" and not resource.sharing_terms.condition:
        raise RendiError(f"{where}: sharing.condition is missing: it has items that are 有条件共享")
    if resource.sharing == "不予共享" and not resource.sharing_terms.basis:
        raise RendiError(f"{where}: sharing.basis is missing: say which law forbids sharing (政务数据共享条例)")


def _check_codes(resources: Sequence[Resource]) -> None:
    seen: dict[str, str] = {}
    for resource in resources:
        own = [(resource.code, resource.name)] if resource.code else []
        own += [(code_of(resource.category, d.serial), f"{resource.name}.open.{d.name}") for d in resource.datasets]
        for code, name in own:
            if code in seen:
                raise RendiError(f"catalog/entries: code {code} stands twice, at {seen[code]} and {name}")
            seen[code] = name


def resources(
    described: Sequence[Described] = (),
    entries: Mapping[str, Entry] | None = None,
    sources: Mapping[str, Contract] | None = None,
) -> list[Resource]:
    """All resources: an entry each, and a draft for every contract or described table that has no entry yet.

    described: tables that say themselves which items they have. entries, sources: by default those of the repository.
    RendiError where an entry has no contract, breaks a rule of openness, or names what does not exist.
    """
    entries = load_entries() if entries is None else entries
    sources = {name: contracts.load(name) for name in contracts.sources()} if sources is None else sources
    found: dict[str, Resource] = {}
    for name, entry in entries.items():
        if entry.kind == "source" and name not in sources:
            raise RendiError(f"catalog/entries/{name}.yaml: no contract of that name{nearest(name, sources)}")
        found[name] = _joined(entry, sources[name] if entry.kind == "source" else None)
    for name, contract in sources.items():
        if name not in found:
            draft = _draft("source", name, contract.title, contract.description, contract.department)
            found[name] = replace(
                draft,
                items=_contract_items(contract),
                recorded=frozenset(recorded(contract)),
                subject=contract.subject,
                format=contract.format,
            )
        elif found[name].kind != "source":
            raise RendiError(f"catalog/entries/{name}.yaml: kind is {found[name].kind}, but a contract has that name")
    for one in described:
        base = found.get(one.name) or _draft(one.kind, one.name, one.title, one.abstract, "")
        found[one.name] = _with_columns(base, one)
    for resource in found.values():
        _check(resource, found)
    result = [found[name] for name in sorted(found)]
    _check_codes(result)
    return result
