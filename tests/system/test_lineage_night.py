"""Lineage against a whole night: every column that was written, every event, and values that are changed on purpose."""

import json
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pyarrow.compute as pc
import pytest
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines import nightly, state
from pipelines.land.take import content_hash
from pipelines.lineage.edge import OWN, Edge, zone
from pipelines.lineage.walk import Lineage
from pipelines.master.master import warned
from pipelines.master.statements import Model, model, union
from pipelines.master.survivorship import survive
from pipelines.nightly import refined_by
from pipelines.protect.record import protected
from pipelines.refine.source import judged, silver_columns
from pipelines.topics.topics import FOLDER, run
from schemas import authorities, contract, topic
from schemas.contract import Contract
from schemas.record_key import with_key
from tests.system.conftest import FIRST, Night
from tests.unit.lineage.lineage_spec import edges_of, validate

pytestmark = pytest.mark.timeout(3000)

# The catalogue's tables hold what its entries say, ops what ran, decision what people decided.
OWN_ZONES = ("catalog", "ops", "decision")


@pytest.fixture(scope="module")
def edges(night: Night) -> set[Edge]:
    rows = state.open_table(night.root, "ops/lineage").to_pyarrow_table().to_pylist()
    found = {Edge(**row) for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.fixture(scope="module")
def lineage(edges: set[Edge]) -> Lineage:
    return Lineage(edges)


def tables(night: Night) -> Iterator[str]:
    """Every Delta table that lies in the lake, but those that hold nothing of what was delivered."""
    for log in sorted(Path(night.root).glob("*/*/*/_delta_log")):
        table = f"{log.parents[1].name}/{log.parent.name}"
        if zone(table) not in OWN_ZONES:
            yield table


def test_every_column_that_a_night_wrote_is_traced_or_rendis_own(night: Night, lineage: Lineage) -> None:
    checked, untraced = 0, set()
    for table in tables(night):
        opened = state.open_table(night.root, table)
        for column in opened.schema().to_arrow().names:
            checked += 1
            known = (
                lineage.columns[table]
                if zone(table) == "bronze"
                else {c for c in [column] if traced(lineage, table, c)}
            )
            if column not in known and column not in OWN[zone(table)]:
                values = opened.to_pyarrow_table(columns=[column]).column(column)
                # A column that nobody fills is NULL throughout: no source delivers a company's former name.
                if pc.count(values).as_py():
                    untraced.add(f"{table}.{column}")
    assert checked > 2000
    assert untraced == set()


def traced(lineage: Lineage, table: str, column: str) -> bool:
    return bool(lineage.back((table, column)))


def test_rendis_own_columns_are_few_and_are_no_delivered_fields() -> None:
    own = set().union(*OWN.values())
    assert len(own) < 30
    # `kind` and `source` name a relation's kind and who says so, `status` a case's; a source may use the words too.
    delivered = {f.name for c in contract.load_all() for f in c.fields}
    assert own & delivered <= {"kind", "status"}


def test_lineage_names_no_column_that_a_table_does_not_have(night: Night, lineage: Lineage) -> None:
    for table in tables(night):
        assert lineage.columns[table] <= set(state.open_table(night.root, table).schema().to_arrow().names), table


def test_open_datasets_hold_the_columns_that_lineage_leads_to(night: Night, lineage: Lineage) -> None:
    published = sorted((Path(night.root) / "open").glob("*/*/datapackage.json"))
    assert published
    for package in published:
        fields = json.loads(package.read_text(encoding="utf-8"))["resources"][0]["schema"]["fields"]
        table = f"open/{package.parents[1].name}"
        assert {f["name"] for f in fields} == lineage.columns[table]
        assert all(traced(lineage, table, f["name"]) for f in fields)


def test_events_of_the_night_hold_to_the_specification_and_agree_with_ops_lineage(
    night: Night, edges: set[Edge]
) -> None:
    file = Path(night.root) / "governed" / "ops" / "openlineage" / f"{FIRST}.jsonl"
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for event in events:
        validate(event)
    states: dict[str, list[str]] = {}
    for event in sorted(events, key=lambda e: e["eventTime"]):
        states.setdefault(event["run"]["runId"], []).append(f"{event['job']['name']} {event['eventType']}")
    per_source = [f"{u}.{s}" for u in ("land", "refine", "protect") for s in contract.sources()]
    jobs = sorted([*per_source, *(u for u in nightly.NAMES if u not in ("land", "refine", "protect"))])
    assert sorted(states.values()) == [[f"{job} START", f"{job} COMPLETE"] for job in jobs]
    complete = [e for e in events if e["eventType"] == "COMPLETE"]
    told = set().union(*map(edges_of, complete))
    written = {d["name"] for e in complete for d in e["outputs"]}
    assert written >= {"master/person", "topic/credit", "silver/police_household", "open/101001001-000002"}
    # What no department delivered has lineage and no table.
    assert told == {e for e in edges if e.to_table in written}
    assert ({e.to_table for e in edges} - written).isdisjoint(tables(night))


@pytest.mark.parametrize("source", contract.sources())
def test_a_changed_delivered_value_changes_only_columns_that_lineage_names(
    night: Night, lineage: Lineage, source: str
) -> None:
    one = contract.load(source)
    if not night.lake.exists(f"bronze/{source}"):
        pytest.skip(f"nobody delivered {source}")
    rows = _varied(night, one)
    silver = judged(with_key(rows, one).withColumn("_date", F.lit(FIRST)), refined_by(one, night.keys)).persist()
    record = protected(silver, one, night.keys)
    tested = 0
    for table, frame in {"silver": silver.select(silver_columns(silver)), "record": record}.items():
        found = {row["_row"]: row.asDict() for row in frame.collect()}
        for number, field in enumerate((f.name for f in one.fields), 1):
            changed = {c for c in found[0] if found[number][c] != found[0][c]} - {"_row"}
            named = {p.end[1] for p in lineage.forward((f"bronze/{source}", field)) if p.end[0] == f"{table}/{source}"}
            assert changed <= named, (table, field, changed - named)
            tested += len(changed)
    silver.unpersist()
    assert tested > len(one.fields)


def _varied(night: Night, one: Contract) -> DataFrame:
    """A delivered row (`_row` 0), and for each field a copy in which that field holds what another row holds."""
    frame = night.lake.read(f"bronze/{one.source}").where("_malformed IS NULL").limit(200)
    delivered = [row.asDict() for row in frame.collect()]
    fields = [f.name for f in one.fields]
    base = max(delivered, key=lambda r: sum(r[f] is not None for f in fields))
    rows = [{**base, "_row": 0}]
    for number, field in enumerate(fields, 1):
        other = next((r[field] for r in delivered if r[field] not in (None, base[field])), "别的")
        rows.append({**base, field: other, "_row": number})
    made = night.lake.spark.createDataFrame([tuple(r[c] for c in frame.columns) for r in rows], frame.schema)
    return made.withColumn("_hash", content_hash(one))


CHANGES = [
    ("police_household", "status"),
    ("police_household", "updated_at"),
    ("police_household", "home_place_id"),
    ("health_death", "died_on"),
    ("civil_marriage", "kind"),
    ("disabled_person", "phone_masked"),
]


def test_a_changed_record_changes_only_columns_of_the_master_that_lineage_names(night: Night, edges: set[Edge]) -> None:
    there = [c for c in contract.load_all() if night.lake.exists(f"record/{c.source}")]
    person = model(authorities.load("person", contract.load_all()), there)
    before = _summed(night, person, {})
    seen = 0
    for source, column in CHANGES:
        after = _summed(night, person, {source: column})
        changed = {c for c in before if after[c] != before[c]}
        asked = {(f"record/{source}", column)}
        # Within the master, rules read what survived.
        direct = {
            e.to_column for e in edges if (e.from_table, e.from_column) in asked and e.to_table == "master/person"
        }
        asked |= {("master/person", c) for c in direct}
        named = {e.to_column for e in edges if (e.from_table, e.from_column) in asked and e.to_table == "master/person"}
        assert changed <= named, (source, column, changed - named)
        seen += bool(changed)
    assert seen == len(CHANGES)


def _summed(night: Night, person: Model, changed: dict[str, str]) -> dict[str, object]:
    """A sum over each column of the master of persons, where one column of a source holds other values."""

    def rows(source: str) -> DataFrame:
        frame = night.lake.read(f"record/{source}")
        column = changed.get(source)
        return frame.withColumn(column, _other(frame, column)) if column else frame

    statements = union(person, rows)
    assert statements is not None
    master = survive(statements, person).withColumn("warned", warned(person.authority)).drop("_own")
    names = [c for c in master.columns if c not in person.authority.flags and c != "person_id"]
    hashes = [F.sum(F.xxhash64("person_id", F.to_json(F.struct(c))).cast("decimal(38,0)")).alias(c) for c in names]
    return master.agg(*hashes).collect()[0].asDict()


ASKED = [
    ("credit", "record_market_penalty", "amount_wan"),
    ("credit", "record_tax_payer", "tax_credit_grade"),
    ("grid", "record_urban_component", "state"),
    ("health", "record_disabled_person", "grade"),
    ("credit", "master_person_legal_entity", "detail"),
    ("household", "master_person", "birth_month"),
]


def test_a_changed_column_changes_only_items_of_a_topic_that_lineage_names(night: Night, edges: set[Edge]) -> None:
    known = {one.name: one for one in topic.load(FOLDER)}
    lake = night.lake.for_thread()
    for name, view, column in ASKED:
        one = known[name]
        rows = {v: lake.read(v.replace("_", "/", 1)) for v in one.reads}
        sums = []
        for changed in ({}, {view: rows[view].withColumn(column, _other(rows[view], column))}):
            for read, frame in (rows | changed).items():
                frame.createOrReplaceTempView(read)
            found = run(lake, one, FIRST.replace(day=1))
            hashes = [F.sum(F.xxhash64(*one.key, F.to_json(F.struct(c))).cast("decimal(38,0)")) for c in found.columns]
            sums.append(dict(zip(found.columns, found.agg(*hashes).collect()[0], strict=True)))
        changed_items = {c for c in sums[0] if sums[0][c] != sums[1][c]}
        asked = (view.replace("_", "/", 1), column)
        named = {e.to_column for e in edges if (e.from_table, e.from_column) == asked and e.to_table == f"topic/{name}"}
        assert changed_items and changed_items <= named, (name, column, changed_items, named)


def _other(frame: DataFrame, column: str) -> Column:
    """Other values of the same type: what text has turned round, dates and times a year before."""
    kind = frame.schema[column].dataType.simpleString()
    if kind == "date":
        return F.add_months(column, -12)
    if kind.startswith("decimal"):
        return F.col(column) + 1
    if kind == "timestamp":
        return F.col(column) - F.expr("INTERVAL 12 MONTHS")
    if kind.startswith("array"):
        fields = {"rule": "r", "column": "name,sex,status", "message": "m"}
        return F.array(F.struct(*(F.lit(v).alias(k) for k, v in fields.items())))
    words = [r[0] for r in frame.select(column).distinct().limit(3).collect() if r[0]]
    return reduce(lambda found, word: F.when(F.col(column) != word, word).otherwise(found), words, F.lit("别的"))
