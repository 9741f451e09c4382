"""A starter entry for a source that is new."""

from catalog import codelists
from catalog.entry import load
from catalog.resource import UNCLASSIFIED
from schemas.contract import Contract


def draft(contract: Contract) -> str:
    """The text of `catalog/entries/<source>.yaml` for a new contract: listed, not classified, nothing of it open."""
    serial = 1 + max((e.serial for e in load().values() if e.category == UNCLASSIFIED), default=0)
    return (
        f"kind: source\ncategory: '{UNCLASSIFIED}'  # not classified: choose in catalog/codes/categories.csv\n"
        f"serial: {serial}  # within the category\ntitle_en: {contract.source}\n"
        "abstract: 一句话说明资源内容。\nabstract_en: What the resource holds, in one sentence.\n"
        "sharing: {condition: 依法定职责申请共享, manner: 共享平台（接口查询、库表交换）}\n"
        f"related: [{contract.subject}]\nstate: draft\n"
    )


def known_provider(department: str) -> bool:
    """Whether the department stands in the list of providers, without which no resource of it gets a code."""
    return department in codelists.load("providers")
