"""What a file of authority must say, and how its mistakes are told."""

from pathlib import Path

import pytest

from pipelines.master import location
from schemas import authorities, contract, relations
from schemas.authorities import Authority
from schemas.errors import RendiError
from schemas.expressions import columns_of
from schemas.recorded import recorded

CONTRACTS = [contract.load(source) for source in contract.sources()]
ITEM = """
subject: person
location: place_id
region: region
flags: {helped: {source: civil_relief}}
items:
  - name: sex
    label: 性别
    basis: 《中华人民共和国居民身份证法》
    columns: {sex: string}
    sources: [police_household, floating_population]
  - name: home
    label: 住址
    basis: 法
    columns: {place_id: string}
    values: {place_id: home_place_id}
    sources: [civil_relief]
  - name: region
    label: 区划代码
    basis: 法
    columns: {region_code: string}
    sources: [police_household]
lists:
  - name: phones
    label: 联系电话
    basis: 法
    columns: {token: string}
    values: {token: phone_token}
    sources: [health_resident]
warnings:
  - rule: helped_nowhere
    when: helped AND grid_code IS NULL AND sex = '1' AND SIZE(phones) > 0 AND SIZE(sources) > 1
    column: grid_code
    message: {zh: 无网格, en: in no grid}
"""


def load(tmp_path: Path, text: str) -> Authority:
    (tmp_path / "person.yaml").write_text(text, encoding="utf-8")
    return authorities.load("person", CONTRACTS, tmp_path)


@pytest.mark.parametrize("subject", ["person", "legal_entity", "place"])
def test_the_authority_of_each_master_agrees_with_the_contracts(subject):
    authority = authorities.load(subject, CONTRACTS)
    assert all(item.basis and item.label for item in authority.items)


def test_every_source_of_a_subject_reaches_its_master():
    named = {
        subject: {c.source for c, _ in authorities.mentioned(CONTRACTS, authorities.load(subject, CONTRACTS))}
        for subject in ("person", "legal_entity", "place")
    }
    minted = {(m.subject, c.source) for c in CONTRACTS for m in c.mentions if m.mints}
    assert minted == {(subject, source) for subject, sources in named.items() for source in sources}


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("police_household,", "police_houshold,", "did you mean 'police_household'?"),
        ("columns: {sex: string}", "columns: {sexx: string}", "no column 'sexx'; did you mean 'sex'?"),
        ("basis:", "basiss:", "did you mean 'basis'?"),
        ("columns: {sex: string}", "columns: {sex: string}\n    compare: six", "did you mean 'sex'?"),
        ("source: civil_relief", "source: civil_relief, when: releif_kind = '低保'", "did you mean 'relief_kind'?"),
        ("source: civil_relief", "source: civil_relief, roles: [selv]", "did you mean 'self'?"),
        (
            "sources: [",
            "segments: [{when: helpd, order: [police_household]}]\n    sources: [",
            "did you mean 'helped'?",
        ),
        (
            "[police_household,",
            "[{source: police_household, overtakes: sx = '1'},",
            "no column 'sx'; did you mean 'sex'?",
        ),
        ("[police_household,", "[{source: police_household, overtakes: sex = '1'},", "the item has none"),
        ("subject: person", "subject: persons", "subject"),
        ("when: helped", "when: helpd", "warnings.helped_nowhere: when: no column 'helpd'; did you mean 'helped'?"),
        ("sex = '1'", "sexx = '1'", "did you mean 'sex'?"),
        ("column: grid_code", "column: grid_cod", "column: no column 'grid_cod'; did you mean 'grid_code'?"),
        # A flag is no column of the master.
        ("column: grid_code", "column: helped", "warnings.helped_nowhere: column: no column 'helped'"),
        ("location: place_id", "location: plase_id", "location: no column 'plase_id'; did you mean 'place_id'?"),
        ("region: region", "region: regoin", "region: no item 'regoin'; did you mean 'region'?"),
        ("{sex: string}", "{sex: sting}", "items.sex: columns.sex: no type 'sting'; did you mean 'string'?"),
        ("{sex: string}", "{sex: 'decimal(40,2)'}", "no type 'decimal(40,2)'"),
        ("{token: string}", "{token: text}", "lists.phones: columns.token: no type 'text'"),
    ],
)
def test_a_misspelt_word_is_told_with_the_nearest_right_one(tmp_path, wrong, right, said):
    with pytest.raises(RendiError) as told:
        load(tmp_path, ITEM.replace(wrong, right, 1))
    assert "person.yaml" in str(told.value)
    assert said in str(told.value)


def test_a_certificate_stands_before_the_register_of_its_department(tmp_path):
    late = ITEM.replace("floating_population]", "{source: police_household, roles: [self], certificate: true}]")
    with pytest.raises(RendiError, match="stands twice"):
        load(tmp_path, late)
    other = """
subject: person
items:
  - name: life
    label: 存亡
    basis: 法
    columns: {died_on: date}
    sources:
      - {source: health_resident, values: {died_on: "NULL"}}
      - {source: health_death, certificate: true}
"""
    with pytest.raises(RendiError, match="certificate of 卫健委 has to stand before"):
        load(tmp_path, other)


def test_what_a_place_tells_is_what_warnings_may_ask_for(tmp_path):
    assert load(tmp_path, ITEM).master[-3:] == list(location.TOLD)


def test_an_expression_reads_its_columns_and_no_keyword_text_or_function():
    read = columns_of(
        "CASE WHEN status = '正常 and_so' THEN coalesce(birth_month, person.alive) ELSE DATE '2020-01-01' END"
    )
    assert read == {"status", "birth_month", "person.alive"}


def test_record_columns_know_the_fields_that_they_come_from():
    columns = recorded(contract.load("disabled_person"))
    assert columns["id_birth_token"] == {"card_no", "card_id_number", "id_birth_date"}
    assert columns["phone_masked"] == {"phone"}
    assert columns["home_place_id"] == {"address"}
    assert "name" not in columns


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("kinds: [监护]", "kinds: [监户]", "did you mean '监护'?"),
        ("left: guardian_person_id", "left: guardian_persn_id", "did you mean 'guardian_person_id'?"),
        (
            "when: NOT person.alive\n    column: person_id\n    message: {zh: 监护人",
            "when: NOT parson.alive\n    column: person_id\n    message: {zh: 监护人",
            "did you mean 'person.'?",
        ),
        (
            "column: other_person_id",
            "column: other_person",
            "no column 'other_person'; did you mean 'other_person_id'?",
        ),
        ("source: urban_component", "source: urban_componet", "did you mean 'urban_component'?"),
        ("table: person_place\n    kind: 常住", "table: person_places\n    kind: 常住", "did you mean 'person_place'?"),
    ],
)
def test_a_misspelt_relation_is_told_with_the_nearest_right_word(tmp_path, wrong, right, said):
    text = (authorities.FOLDER / "relations.yaml").read_text(encoding="utf-8")
    assert wrong in text
    (tmp_path / "relations.yaml").write_text(text.replace(wrong, right, 1), encoding="utf-8")
    with pytest.raises(RendiError) as told:
        relations.load(CONTRACTS, tmp_path)
    assert said in str(told.value)
