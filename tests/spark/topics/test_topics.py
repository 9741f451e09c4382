"""Topics over small masters: what they count, that a new file is all they take, and that a wrong one stops."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pyspark.sql import SparkSession

from catalog.resource import resources
from pipelines import about
from pipelines.lake import Lake
from pipelines.topics.topics import FOLDER, topics
from schemas import topic
from schemas.errors import RendiError
from tests.spark.master.conftest import NIGHT, frame

D = dt.date
DOCS = Path(__file__).parents[3] / "docs" / "analysts.md"
PERSON = (
    "person_id string, basis string, sex string, birth_month string, marital_status string, alive boolean,"
    " died_on date, community_code string, grid_code string, household_id string"
)
PEOPLE = [
    ("P1", "own_record", "1", "1950-01", "20", True, None, "C1", "G1", "H1"),
    ("P2", "own_record", "2", "1966-03", "20", True, None, "C1", "G1", "H1"),
    ("P3", "own_record", "2", "2010-01", "10", True, None, "C1", "G1", "H1"),
    ("P4", "own_record", "1", "1940-01", "30", False, D(2026, 1, 1), "C1", "G1", "H1"),
    ("P5", "mention", "1", "1940-01", None, True, None, "C2", "G2", None),
]
ENTITY = "entity_id string, uscc string, name string, kind string, industry string, status string, grid_code string"
ENTITIES = [("E1", "91A", "甲公司", "法人", "C26", "存续", "G1"), ("E2", "91B", "乙公司", "法人", "F51", "注销", "G1")]
JOB = "person_id string, entity_id string, kind string, detail string, valid_to date, source string"
JOBS = [
    ("P1", "E2", "参保单位", "正常", None, "hr_social_insurance"),
    ("P2", "E1", "参保单位", "中断", D(2025, 1, 1), "hr_social_insurance"),
    ("P2", "E1", "法定代表人", None, None, "market_register"),
    ("P1", "E2", "法定代表人", None, None, "market_register"),
]
COUPLES = [("P1", "P2", "夫妻", None), ("P2", "P1", "户主", None), ("P3", "P1", "户主", None)]


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(spark, str(tmp_path_factory.mktemp("topics") / "lake"))
    about.create(made.root)
    tables = {
        "person": (PEOPLE, PERSON),
        "legal_entity": (ENTITIES, ENTITY),
        "place": ([("L1", "G1"), ("L2", "G1")], "place_id string, grid_code string"),
        "person_legal_entity": (JOBS, JOB),
        "person_person": (COUPLES, "person_id string, other_person_id string, kind string, valid_to date"),
        "person_conflict": (
            [("P1", "sex", "1", "police_household"), ("P1", "sex", "2", "health_resident")],
            "id string, item string, value string, source string",
        ),
    }
    for name, (rows, schema) in tables.items():
        made.append(f"master/{name}", spark.createDataFrame(rows, schema))
    records = {
        "civil_relief": [
            {"person_id": "P2", "relief_kind": "低保", "monthly_amount": Decimal(500)},
            {"person_id": "P4", "relief_kind": "特困", "monthly_amount": Decimal(700)},
            {"person_id": "P3", "relief_kind": "低保", "monthly_amount": Decimal(100)},
            {"person_id": "P3", "relief_kind": "临时救助", "monthly_amount": Decimal(200)},
            {"person_id": "P1", "relief_kind": "低保", "monthly_amount": Decimal(300)},
        ],
        "market_penalty": [
            {"offender_entity_id": "E1", "amount_wan": Decimal("1.5"), "decided_on": D(2025, 1, 1)},
            {"offender_entity_id": "E1", "amount_wan": Decimal("2.5"), "decided_on": D(2025, 6, 1)},
            {"amount_wan": Decimal(9), "decided_on": D(2025, 6, 1)},
        ],
        "urban_component": [{"place_id": "L1", "state": "破损"}, {"place_id": "L2", "state": "完好"}],
        "grid_boundary": [{"grid_code": "G1", "grid_name": "一网格"}, {"grid_code": "G9", "grid_name": "空网格"}],
        "health_resident": [
            {"person_id": "P1", "blood_type": "A", "chronic_disease": "高血压"},
            *({"person_id": p} for p in ("P2", "P3", "P4")),
        ],
        "hr_social_insurance": [
            {
                "person_id": p,
                "kinds": "养老;医疗",
                "status": status,
                "employer_entity_id": "E2",
                "contribution_base": base,
            }
            for p, status, base in [
                ("P1", "正常", Decimal(6000)),
                ("P2", "退休", Decimal(2)),
                ("P3", "中断", Decimal(3)),
                ("P5", "正常", Decimal("4000.5")),
                ("P6", "中断", Decimal(1)),
            ]
        ],
    }
    for source, rows in records.items():
        made.append(f"record/{source}", frame(spark, source, rows))
    topics(made, NIGHT)
    return made


def rows(lake: Lake, name: str) -> dict[str, dict[str, object]]:
    """A topic's rows by its first key."""
    return {str(r[0]): r.asDict() for r in lake.read(f"topic/{name}").collect()}


def test_credit_counts_penalties_and_insured_people(lake):
    credit = rows(lake, "credit")
    assert (credit["E1"]["penalties"], credit["E1"]["penalty_amount_wan"]) == (2, Decimal(4))
    assert credit["E1"]["last_penalty_on"] == D(2025, 6, 1)
    assert (credit["E1"]["insured_people"], credit["E1"]["interrupted_people"]) == (0, 1)
    assert (credit["E2"]["penalties"], credit["E2"]["insured_people"]) == (0, 1)
    assert (credit["E1"]["contribution_base_yuan"], credit["E2"]["contribution_base_yuan"]) == (
        None,
        Decimal("10000.5"),
    )


def test_a_household_counts_the_living_and_names_the_dead_apart(lake):
    household = rows(lake, "household")["H1"]
    counted = {c: household[c] for c in ("members", "adults", "minors", "elderly", "couples", "widowed", "dead_listed")}
    assert counted == {
        "members": 3,
        "adults": 2,
        "minors": 1,
        # Born in March 1966, she is sixty from the first of March 2026 on.
        "elderly": 2,
        "couples": 1,
        "widowed": 0,
        "dead_listed": 1,
    }


def test_health_leaves_the_dead_out_and_takes_sources_that_never_delivered_as_empty(lake):
    health = rows(lake, "health")
    # Who has retired stays insured.
    assert {person: row["medically_insured"] for person, row in health.items()} == {"P1": True, "P2": True, "P3": False}
    assert health["P1"]["disability_kind"] is None


def test_relief_finds_the_dead_owners_and_those_who_draw_twice(lake):
    relief = rows(lake, "relief")
    assert {p: (r["alive"], r["owned_entities"], r["draws"]) for p, r in relief.items()} == {
        "P2": (True, 1, 1),
        "P3": (True, 0, 2),
        "P4": (False, 0, 1),
    }
    assert relief["P3"]["monthly_amount"] == Decimal(300)


def test_grids_count_people_entities_and_components(lake):
    grid = rows(lake, "grid")
    counted = ("people", "elderly", "legal_entities", "components", "broken_components")
    assert [grid["G1"][c] for c in counted] == [3, 2, 1, 2, 1]
    assert [grid["G9"][c] for c in counted] == [0, 0, 0, 0, 0]


def test_a_lake_whose_masters_nobody_has_delivered_for_has_no_topics(spark, tmp_path):
    bare = Lake(spark, str(tmp_path / "lake"))
    about.create(bare.root)
    topics(bare, NIGHT)
    assert bare.tables("topic") == []


def test_nothing_new_commits_nothing(lake):
    before = {t: lake.version(t) for t in lake.tables("topic")}
    topics(lake, NIGHT)
    assert {t: lake.version(t) for t in lake.tables("topic")} == before


def test_sums_of_the_largest_amounts_fit_also_where_a_topic_was_narrower(spark, tmp_path):
    rich = Lake(spark, str(tmp_path / "lake"))
    about.create(rich.root)
    masters = {"person": (PEOPLE, PERSON), "legal_entity": (ENTITIES, ENTITY), "person_legal_entity": (JOBS, JOB)}
    for name, (of, columns) in masters.items():
        rich.append(f"master/{name}", spark.createDataFrame(of, columns))
    relief, yuan, wan = Decimal("99999999.99"), Decimal(10**16) - Decimal("0.01"), Decimal(10**14) - Decimal("0.0001")
    largest = {
        "civil_relief": {"person_id": "P3", "relief_kind": "低保", "monthly_amount": relief},
        "market_penalty": {"offender_entity_id": "E1", "amount_wan": wan, "decided_on": D(2025, 1, 1)},
        "tax_payer": {"entity_id": "E1", "arrears_yuan": yuan},
    }
    for source, row in largest.items():
        rich.append(f"record/{source}", frame(spark, source, [row, row]))
    (of_relief,) = (one for one in topic.load(FOLDER) if one.name == "relief")
    narrow = ", ".join(
        f"{item.name} {'decimal(10,2)' if item.name == 'monthly_amount' else 'string'}" for item in of_relief.items
    )
    rich.append("topic/relief", spark.createDataFrame([("P9", *[None] * (len(of_relief.items) - 1))], narrow))
    topics(rich, NIGHT)
    assert {p: r["monthly_amount"] for p, r in rows(rich, "relief").items()} == {"P3": 2 * relief}
    credit = rows(rich, "credit")["E1"]
    assert (credit["penalty_amount_wan"], credit["arrears_yuan"]) == (2 * wan, 2 * yuan)


def test_the_catalogue_says_the_type_of_every_sum(lake):
    said = {
        (entry, item.name): item.params["type"]
        for entry, table in (("relief", "topic/relief"), ("credit", "topic/credit"))
        for item in next(one.items for one in resources() if one.name == entry)
        if "type" in item.params
    }
    assert len(said) == 4
    assert said == {(entry, column): lake.columns(f"topic/{entry}")[column] for entry, column in said}


NEW = """-- name: men
-- title: 男性
-- abstract: 各社区男性人数。
-- key: community_code
-- reads: master_person
-- item: community_code | 社区代码 | 有条件共享 | 不予开放
-- item: men | 人数 | 有条件共享 | 不予开放
SELECT community_code, COUNT(*) AS men FROM master_person WHERE sex = '1' GROUP BY community_code
"""


def test_a_file_in_the_folder_is_all_that_a_topic_takes(lake, tmp_path):
    (tmp_path / "men.sql").write_text(NEW, encoding="utf-8")
    topics(lake, NIGHT, tmp_path)
    assert {c: r["men"] for c, r in rows(lake, "men").items()} == {"C1": 2, "C2": 1}


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("master_person", "master_persn", "no view 'master_persn'; did you mean 'master_person'?"),
        ("FROM master_person", "FROM persons, master_person", "FROM"),
        ("AS men", "AS man", "no item 'man'; did you mean 'men'?"),
        ("sex = '1'", "sexx = '1'", "sexx"),
    ],
)
def test_a_wrong_topic_stops_before_it_writes_and_says_why(lake, tmp_path, wrong, right, said):
    text = NEW.replace("name: men", "name: wrong").replace(wrong, right)
    (tmp_path / "wrong.sql").write_text(text, encoding="utf-8")
    with pytest.raises(RendiError) as told:
        topics(lake, NIGHT, tmp_path)
    assert "wrong.sql" in str(told.value)
    if said != "FROM":
        assert said in str(told.value)
    assert not lake.exists("topic/wrong")


def test_the_questions_of_the_analysts_page_are_answered_by_duckdb(lake):
    connection = duckdb.connect()
    for table in lake.tables("master", "topic", "record"):
        connection.register(table.replace("/", "_"), lake.read(table).toArrow())
    asked = re.findall(
        r"^## (How|Who|Which|On|In)[^\n]*\n```sql\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S | re.M
    )
    answers = [connection.execute(sql).fetchall() for _, sql in asked]
    assert answers == [
        [("C1", 3, 2)],
        [("特困", 1, Decimal(700))],
        [("91B", "乙公司", "注销", 1)],
        [("sex", "health_resident", 1), ("sex", "police_household", 1)],
        [("G1", "一网格", 3, 2, 1)],
    ]


def test_every_topic_reads_and_gives_what_its_header_says(lake):
    for one in topic.load(FOLDER):
        assert lake.read(f"topic/{one.name}").columns == [item.name for item in one.items]
