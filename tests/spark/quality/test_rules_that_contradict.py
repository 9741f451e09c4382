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
    names = [f.name for f in of.fields]
    unknown = {field for _, fields, _ in rows for field in fields} - set(names)
    assert not unknown
    told = [(what, *(fields.get(name) or None for name in names)) for what, fields, _ in rows]
    delivered = spark.createDataFrame(told, ", ".join(f"`{name}` string" for name in ("_what", *names))).coalesce(1)
    nothing = dict.fromkeys(("_malformed", "_hash"), F.lit(None).cast("string"))
    bronze = delivered.withColumns({**nothing, "_date": F.lit(date.fromisoformat(DELIVERED))})
    verdicts = judged(with_key(bronze, of), refined_by(of, KEYS)).select("_what", "failed.rule", "warned.rule")
    found = {what: (set(failed), set(warned)) for what, failed, warned in verdicts.collect()}
    assert found == {what: verdict for what, _, verdict in rows}


def test_every_rule_that_a_source_states_itself_has_a_case() -> None:
    stated = {}
    for source in contract.sources():
        of = contract.load(source)
        derived = {rule["meta"]["rule"] for rule in derived_rules(of)}
        stated[source] = {rule.name for rule in suite.load(source, of).row_rules} - derived
    assert {source: {case.rule for case in cases} for source, cases in CASES.items()} == stated
