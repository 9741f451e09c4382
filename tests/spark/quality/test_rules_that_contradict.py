"""Each rule that a source's suite states itself finds its row through refine's own path, and leaves the near one."""

from collections.abc import Iterator
from datetime import date

import pytest
from contradictions import CASES, DELIVERED, SOUND, Fields
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.nightly import refined_by
from pipelines.protect.keyring import Key, KeyRing
from pipelines.refine.source import judged
from quality import suite
from quality.derive import derived_rules
from schemas import contract
from schemas.contract import Contract
from schemas.record_key import with_key

KEYS = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"c" * 16),))
# What a row says of itself twice, and not the same (rule 7), keeps it from silver; all else is noted on it.
CRITICAL = {
    "birth_date_as_in_id",
    "birth_date_as_in_student_no",
    "columns_in_place",
    "died_on_after_birth",
    "died_on_by_delivery",
    "enrolled_on_after_birth",
    "expires_after_registration",
    "female_id_is_female",
    "grade_as_on_card",
    "id_number_as_in_student_no",
    "issued_on_after_birth",
    "kind_as_on_card",
    "male_id_is_male",
    "registered_on_after_birth",
    "registered_on_after_female_birth",
    "registered_on_after_male_birth",
    "sex_as_in_id",
    "sex_as_in_student_no",
    "two_persons",
}
Verdict = tuple[set[str], set[str]]


def expected(of: Contract) -> Iterator[tuple[str, Fields, Verdict]]:
    """What a row is there for, its fields, and the rules that it fails and is warned of."""
    sound = SOUND[of.source]
    yield "sound", sound, (set(), set())
    needed = {f.name for f in of.fields if f.required or f.key}
    yield "bare", {field: text for field, text in sound.items() if field in needed}, (set(), set())
    broken_by = [case.bad for case in CASES[of.source]]
    for absent in ({field: ""} for field in sound if field not in needed):
        if absent not in broken_by:
            yield f"without {[*absent]}", sound | absent, (set(), set())
    for number, (rule, bad, near, also) in enumerate(CASES[of.source]):
        broken = {rule, *also}
        yield f"{rule} {number} bad", sound | bad, (broken & CRITICAL, broken - CRITICAL)
        yield f"{rule} {number} near", sound | near, (set(), set())


@pytest.mark.parametrize("source", contract.sources())
def test_a_contradiction_breaks_its_rule_alone_and_what_is_near_breaks_none(spark: SparkSession, source: str) -> None:
    of = contract.load(source)
    rows = list(expected(of))
    assert verdicts(spark, of, {what: fields for what, fields, _ in rows}) == {what: said for what, _, said in rows}


@pytest.mark.parametrize(
    ("source", "name", "number"),
    [("police_household", "name", "id_number"), ("civil_marriage", "female_name", "female_id")],
)
def test_a_row_whose_name_and_number_were_exchanged_is_quarantined(
    spark: SparkSession, source: str, name: str, number: str
) -> None:
    sound = SOUND[source]
    exchanged = sound | {name: sound[number], number: sound[name]}
    rows = {"exchanged": exchanged, "no name": sound | {name: sound[number]}, "no number": sound | {number: "x"}}
    found = verdicts(spark, contract.load(source), rows)
    assert found["exchanged"] == ({f"{name}_tells_who"}, {f"{name}_valid", f"{number}_valid"})
    # One of the two tells who it is (rule 7).
    assert found["no name"] == (set(), {f"{name}_valid"})
    assert found["no number"] == (set(), {f"{number}_valid"})


def verdicts(spark: SparkSession, of: Contract, rows: dict[str, Fields]) -> dict[str, Verdict]:
    """What each row fails and is warned of, by what it is there for."""
    names = [f.name for f in of.fields]
    assert not {field for fields in rows.values() for field in fields} - set(names)
    told = [(what, *(fields.get(name) or None for name in names)) for what, fields in rows.items()]
    delivered = spark.createDataFrame(told, ", ".join(f"`{name}` string" for name in ("_what", *names))).coalesce(1)
    nothing = dict.fromkeys(("_malformed", "_hash"), F.lit(None).cast("string"))
    bronze = delivered.withColumns({**nothing, "_date": F.lit(date.fromisoformat(DELIVERED))})
    judgements = judged(with_key(bronze, of), refined_by(of, KEYS)).select("_what", "failed.rule", "warned.rule")
    return {what: (set(failed), set(warned)) for what, failed, warned in judgements.collect()}


def test_every_rule_that_a_source_states_itself_has_a_case() -> None:
    stated = {}
    for source in contract.sources():
        of = contract.load(source)
        derived = {rule["meta"]["rule"] for rule in derived_rules(of)}
        stated[source] = {rule.name for rule in suite.load(source, of).row_rules} - derived
    assert {source: {case.rule for case in cases} for source, cases in CASES.items()} == stated
