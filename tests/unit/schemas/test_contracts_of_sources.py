"""The contracts say of each department's extract what the list of extracts says."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas import contract

# The city's list of extracts lies beside the product, and is no part of it.
LIST = Path(__file__).resolve().parents[4] / "shared" / "sources.yaml"
# The kinds of value that are, or hold, an ID number or a credit code.
NUMBERS = {
    **dict.fromkeys(("id_number", "student_no", "disability_card"), "id"),
    **dict.fromkeys(("uscc", "taxpayer_no"), "uscc"),
}
PII = {"pii1": "direct", "pii2": "quasi"}

pytestmark = pytest.mark.skipif(
    not LIST.exists(), reason=f"the list of extracts is not beside the project ({LIST.name})"
)


def listed() -> list[dict[str, Any]]:
    return yaml.safe_load(LIST.read_text(encoding="utf-8"))["sources"] if LIST.exists() else []


@pytest.mark.parametrize("source", listed(), ids=lambda one: one["source"])
def test_a_contract_is_as_the_list_of_extracts_says(source: dict[str, Any]) -> None:
    one = contract.load(source["source"])
    told = (one.department, one.subject, one.mode)
    assert told == (source["department"], source["subject"], source["mode"])
    assert [field.name for field in one.fields] == list(source["fields"])
    for field in one.fields:
        said = re.match(
            r"(?P<type>[\w(),]+?),?\s*(?:\[(?P<flags>[^]]*)\])?\s*\"(?P<label>[^\"]+)\"", source["fields"][field.name]
        )
        assert said is not None, source["fields"][field.name]
        flags = {flag.strip() for flag in (said["flags"] or "").split(",")} - {""}
        pii = next((PII[flag] for flag in flags if flag in PII), None)
        found = (field.label, field.required, field.key is not None, field.pii, field.sensitive)
        assert found == (said["label"], "!" in flags, "key" in flags, pii, "sens" in flags), field.name
        assert field.kind == "code" or not said["type"].startswith("enum"), field.name
        assert flags & {"id", "uscc"} == ({NUMBERS[field.kind]} if field.kind in NUMBERS else set()), field.name
