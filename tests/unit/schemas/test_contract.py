"""What a contract may not say, and how its mistakes are told."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas import contract
from schemas.contract import Contract
from schemas.errors import RendiError

RELIEF = (contract.FOLDER / "civil_relief.yaml").read_text(encoding="utf-8")


def parsed(text: str) -> Contract:
    return contract.parse(text, "civil_relief.yaml")


def with_fields(*fields: tuple[str, str, str | None]) -> str:
    """The contract of relief with more fields: name, kind, pii."""
    node: dict[str, Any] = yaml.safe_load(RELIEF)
    for name, kind, pii in fields:
        pairs = [{"property": "kind", "value": kind}, *([{"property": "pii", "value": pii}] if pii else [])]
        node["schema"][0]["properties"].append({"name": name, "customProperties": pairs})
    return yaml.safe_dump(node, allow_unicode=True)


@pytest.mark.parametrize("source", contract.sources())
def test_the_names_of_every_contract_are_its_own(source: str) -> None:
    assert contract.load(source).source == source


@pytest.mark.parametrize(
    "name",
    [
        *("record_id", "row_hash", "person_id", "entity_id", "place_id"),
        *("valid_from", "valid_to", "learned_on", "why", "warned", "failed"),
    ],
)
def test_a_field_may_not_bear_the_name_of_a_column_of_rendis(name: str) -> None:
    with pytest.raises(RendiError, match=rf"civil_relief\.yaml: .*'{name}'.*: rename the field"):
        parsed(with_fields((name, "text", None)))


@pytest.mark.parametrize("name", ["_row", "Sex"])
def test_the_name_of_a_derived_field_is_one_of_a_fields(name: str) -> None:
    with pytest.raises(RendiError, match=r"civil_relief\.yaml: derived\.1\.name: "):
        parsed(RELIEF.replace("name: id_sex", f"name: {name}"))


def test_the_condition_of_a_derived_field_reads_fields_of_its_contract() -> None:
    with pytest.raises(RendiError, match=r"derived\.id_sex: when: no column 'nam'; did you mean 'name'"):
        parsed(RELIEF.replace("part: sex", "part: sex, when: nam IS NOT NULL"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([("name_raw", "text", None)], "field 'name_raw' and what was delivered as 'name'"),
        ([("id_sex", "text", None)], "field 'id_sex' and field 'id_sex'"),
        ([("home_place_id", "text", None)], "field 'home_place_id' and mention 'home' of a place"),
        ([("home_community_code", "text", None)], "field 'home_community_code' and mention 'home' of a place"),
        (
            [("name_masked", "text", None)],
            "field 'name' and field 'name_masked' would both be the column 'name_masked'",
        ),
        ([("birth", "date", "quasi"), ("birth_date", "date", "quasi")], "would both be the column 'birth_month'"),
        ([("id_birth", "date", "quasi")], "field 'id_birth' and field 'id_birth_date'"),
        (
            [("home_no", "household", "quasi"), ("family_no", "household", "quasi")],
            "the column 'household_id': rename one of them, or give it another kind",
        ),
    ],
)
def test_no_two_things_of_a_contract_become_one_column(fields: list[tuple[str, str, str | None]], said: str) -> None:
    with pytest.raises(RendiError) as told:
        parsed(with_fields(*fields))
    assert "civil_relief.yaml" in str(told.value)
    assert said in str(told.value)
    assert "rename one of them" in str(told.value)


@pytest.mark.parametrize(("label", "owner"), [("姓 名", "name"), ("ＮＡＭＥ", "name"), ("id_number", "id_number")])
def test_no_two_fields_are_called_alike_in_a_header(label: str, owner: str) -> None:
    with pytest.raises(RendiError, match=f"'.*' of field '.*' is also field '{owner}'.*another businessName"):
        parsed(RELIEF.replace("businessName: 住址", f"businessName: {label}"))


def test_only_a_standard_address_tells_its_community() -> None:
    address = (contract.FOLDER / "planning_address.yaml").read_text(encoding="utf-8")
    with pytest.raises(RendiError, match="no field 'comunity_code'; did you mean 'community_code'"):
        parsed(address.replace("community: community_code", "community: comunity_code"))
    with pytest.raises(RendiError, match="'community' is for a standard address"):
        parsed(address.replace(", address: [address]}", "}"))


def test_an_unknown_kind_is_told_with_the_field_and_the_nearest() -> None:
    with pytest.raises(
        RendiError, match=r"civil_relief\.yaml: .*field 'age': There is no kind of value 'tex'; did you"
    ):
        parsed(with_fields(("age", "tex", None)))


def test_a_file_in_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "civil_relief.yaml").write_text(RELIEF, encoding="gb18030")
    with pytest.raises(RendiError, match=r"civil_relief\.yaml: byte \d+ is not UTF-8: save the file in that encoding"):
        contract.load("civil_relief", tmp_path)


def test_a_record_may_carry_its_own_time_of_change() -> None:
    assert parsed(with_fields(("updated_at", "datetime", None))).has_updated_at


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"description": "低保救助"}, "description has to be a mapping: write `description: {purpose: …}`"),
        (
            {"customProperties": None},
            "customProperties has to be a list of mappings: write `- {property: …, value: …}`",
        ),
        ({"slaProperties": {"frequency": 1}}, "slaProperties has to be a list of mappings"),
        ({"customProperties": [{"property": ["mode"], "value": "full"}]}, "customProperties needs 'property', a word"),
        ({"schema": {"name": "civil_relief", "properties": []}}, "schema has to be a list of mappings"),
        ({"schema": ["civil_relief"]}, "schema has to be a list of mappings"),
        ({"schema": [{"name": "civil_relief", "properties": None}]}, "schema: properties has to be a list of mappings"),
        ({"schema": [{"name": "civil_relief", "properties": ["name"]}]}, "write `- {name: …, businessName: …}`"),
        (
            {"schema": [{"properties": [{"name": "sex", "customProperties": None}]}]},
            "sex: customProperties has to be a list of mappings",
        ),
    ],
)
def test_a_mistake_in_yaml_is_told_with_file_key_and_what_to_write(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(RendiError) as told:
        parsed(yaml.safe_dump({**yaml.safe_load(RELIEF), **wrong}, allow_unicode=True))
    assert str(told.value).startswith("civil_relief.yaml: ")
    assert said in str(told.value)


def test_the_list_of_sources_is_had_without_spark() -> None:
    code = "import sys; from schemas.contract import sources; sources(); sys.exit('pyspark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
