"""Each rule of a master's suite finds the row that breaks it, and leaves the near one."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines.master.check import SUITES
from quality import suite
from quality.compile import verdict
from schemas import authorities, contract
from schemas.contract import Subject

Row = dict[str, Any]
CONTRACTS = [contract.load(source) for source in contract.sources()]
COMMUNITY, CODE, OTHER_CODE = "440106001001", "914401060000000001", "914401060000000002"
NOWHERE = {"longitude": None, "latitude": None}
SUBJECTS: dict[str, Subject] = {
    "master_person": "person",
    "master_legal_entity": "legal_entity",
    "master_place": "place",
}
SOUND: dict[str, Row] = {
    "master_person": {
        "person_id": "P",
        "basis": "own_record",
        "alive": True,
        "sex": "1",
        "region_code": "440106",
        "community_code": COMMUNITY,
        "id_token": "k1:a",
    },
    "master_legal_entity": {
        "entity_id": "E",
        "kind": "法人",
        "uscc": CODE,
        "name": "甲有限公司",
        "established_on": date(2000, 1, 1),
        "region_code": "440106",
    },
    "master_place": {
        "place_id": "L",
        "kind": "地址",
        "longitude": Decimal("113.5"),
        "latitude": Decimal("23.5"),
        "community_code": COMMUNITY,
    },
}
REGION_FORM = [
    ("region_code_form", {"region_code": "4401060"}, {"region_code": "440106001"}),
    ("region_code_form", {"region_code": "44010600100"}, {"region_code": COMMUNITY}),
]
COMMUNITY_FULL = ("community_code_full", {"community_code": "440106001"}, {"community_code": "440106001002"})
# What the sound row that stands beside each other one says in place of that.
NEIGHBOUR: dict[str, Row] = {
    "master_person": {"id_token": "k1:neighbour"},
    "master_legal_entity": {"uscc": OTHER_CODE},
    "master_place": {},
}
# What a row says that breaks the rule, and what one says that does not.
CASES: dict[str, list[tuple[str, Row, Row]]] = {
    "master_person": [
        ("basis_known", {"basis": "rumour"}, {"basis": "mention"}),
        ("basis_present", {"basis": None}, {"basis": "mention"}),
        ("alive_present", {"alive": None}, {"alive": None, "basis": "mention"}),
        ("died_on_of_the_dead", {"died_on": date(2026, 1, 1)}, {"died_on": date(2026, 1, 1), "alive": False}),
        ("sex_known", {"sex": "3"}, {"sex": "9"}),
        *REGION_FORM,
        COMMUNITY_FULL,
        ("id_token_unique", {"id_token": "k1:neighbour"}, {"id_token": "k1:another"}),
    ],
    "master_legal_entity": [
        ("kind_known", {"kind": "企业"}, {"kind": "个体工商户"}),
        ("uscc_unique", {"uscc": OTHER_CODE}, {"uscc": "914401060000000003"}),
        ("uscc_form", {"uscc": "91440106000000000I"}, {"uscc": "91440106000000000H"}),
        ("name_present", {"name": None}, {"name": "乙"}),
        ("established_on_plausible", {"established_on": date(1899, 12, 31)}, {"established_on": date(1900, 1, 1)}),
        *REGION_FORM,
    ],
    "master_place": [
        ("kind_present", {"kind": None}, {"kind": "部件"}),
        ("longitude_in_china", {"longitude": Decimal("72.9")}, {"longitude": Decimal(73)}),
        ("longitude_in_china", {"longitude": Decimal("136.1")}, {"longitude": Decimal(136)}),
        ("latitude_in_china", {"latitude": Decimal("2.9")}, {"latitude": Decimal(3)}),
        ("latitude_in_china", {"latitude": Decimal("54.1")}, {"latitude": Decimal(54)}),
        ("point_whole", {"latitude": None}, NOWHERE),
        COMMUNITY_FULL,
        ("community_of_point", {"community_code": None}, {"community_code": None, **NOWHERE}),
    ],
}
# What keeps a night from closing.
CRITICAL = {"died_on_of_the_dead"}


@pytest.mark.parametrize("table", SUITES.values())
def test_a_row_breaks_its_rule_alone_and_what_is_near_breaks_none(spark: SparkSession, table: str) -> None:
    rows: list[tuple[str, set[str], Row]] = []
    for number, (rule, bad, near) in enumerate(CASES[table]):
        rows += [(f"{number} {rule}", {rule}, bad), (f"{number} near {rule}", set(), near)]
    sound = SOUND[table]
    told = [(name, True, sound | says) for name, _, says in rows]
    told += [(name, False, sound | NEIGHBOUR[table]) for name, _, _ in rows]
    rules = suite.load(table)
    types = authorities.load(SUBJECTS[table], CONTRACTS).columns
    columns = sorted({column for rule in rules.expectations for column in rule.reads})
    schema = ", ".join(["_name string", "_judged boolean", *(f"{c} {types.get(c, 'string')}" for c in columns)])
    values = [(name, judged, *(row.get(column) for column in columns)) for name, judged, row in told]
    verdicts = verdict(spark.createDataFrame(values, schema).coalesce(1), rules, ["_name"]).where("_judged")
    found = {
        name: (set(failed), set(warned))
        for name, failed, warned in verdicts.select("_name", "failed.rule", "warned.rule").collect()
    }
    assert found == {name: (broken & CRITICAL, broken - CRITICAL) for name, broken, _ in rows}


def test_every_row_rule_of_a_master_has_a_case() -> None:
    stated = {table: {rule.name for rule in suite.load(table).row_rules} for table in SUITES.values()}
    assert {table: {rule for rule, _, _ in cases} for table, cases in CASES.items()} == stated
