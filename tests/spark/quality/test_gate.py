"""The gate: equal counts for every suite, refusals, threads, and no value in what it leaves."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import reduce
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from quality import docs, gate, suite, validate
from quality.broken import BROKEN
from quality.compile import verdict
from quality.gate import judge
from quality.suite import Rule, Suite
from schemas import contract
from schemas.errors import RendiError

NAME, NUMBER, PHONE = "欧阳𠮷祥", "11010519491231002X", "13800138000"


Small = Callable[..., tuple[DataFrame, Suite]]


def rule(type_: str, severity: str = "warning", name: str = "r", **kwargs: object) -> Rule:
    meta = {"rule": name, "message": f"说明 / {name} fell"}
    return Rule.model_validate({"type": type_, "kwargs": kwargs, "severity": severity, "meta": meta})


@pytest.mark.parametrize("table", suite.tables())
def test_verdict_and_great_expectations_agree_rule_by_rule(small: Small, table: str) -> None:
    rows, rules = small(table)
    judged = verdict(rows, rules).persist()
    judgement = judge(judged, rules)
    judged.unpersist()
    assert set(judgement.rules) == {one.name for one in rules.row_rules}
    assert sum(judgement.rules.values()) > 0


def test_folding_a_row_condition_changes_no_count(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, rules = small("market_register")
    judged = verdict(rows, rules).persist()
    folded = judge(judged, rules).rules
    monkeypatch.setattr(validate, "_folds", lambda rule: False)
    plain = judge(judged, rules).rules
    judged.unpersist()
    assert plain == folded


def test_a_malformed_line_breaks_that_rule_alone(small: Small) -> None:
    lines = []
    for table in contract.sources():
        line, rules = small(table, count=0)
        lines.append(verdict(line, rules).select(F.lit(table), "failed.rule", "warned"))
    rows = reduce(DataFrame.unionAll, lines).collect()
    assert {(table, tuple(failed), tuple(warned)) for table, failed, warned in rows} == {
        (table, ("line_readable",), ()) for table in contract.sources()
    }


def test_another_count_than_the_verdicts_stops(people: DataFrame) -> None:
    rules = Suite(name="people", expectations=[rule("expect_column_values_to_not_be_null", column="a")])
    stale = verdict(people, rules).withColumn("a", F.lit("x"))
    with pytest.raises(RendiError, match=r"differ on r \(2 rows named, 0 counted\)"):
        judge(stale, rules)


def test_critical_rules_about_the_table_refuse_and_warnings_are_noted(people: DataFrame) -> None:
    rules = Suite(
        name="people",
        expectations=[
            rule("expect_column_values_to_not_be_null", "critical", "a_mostly", column="a", mostly=0.9),
            rule("expect_table_row_count_to_be_between", "warning", "many", min_value=100),
            rule(
                "expect_column_proportion_of_non_null_values_to_be_between",
                "critical",
                "half",
                column="a",
                min_value=0.5,
            ),
        ],
    )
    judgement = judge(verdict(people, rules), rules)
    assert judgement.refused == ["说明 / a_mostly fell"]
    assert judgement.noted == ["说明 / many fell"]
    assert judgement.rules == {}


def test_table_rules_judge_the_whole_where_only_a_part_changed(people: DataFrame) -> None:
    rules = Suite(
        name="people",
        expectations=[
            rule("expect_table_row_count_to_be_between", "critical", "whole", min_value=8),
            rule("expect_column_values_to_not_be_null", "warning", "a_present", column="a"),
        ],
    )
    judged = verdict(people, rules)
    part = judged.where("id = 3")
    assert judge(part, rules).refused == ["说明 / whole fell"]
    both = judge(part, rules, whole=judged)
    assert (both.refused, both.rules) == ([], {"a_present": 1})


def test_a_check_that_cannot_run_stops_without_telling_why(people: DataFrame) -> None:
    rules = Suite(
        name="people", expectations=[rule("expect_column_values_to_match_regex", column="a", regex="(" + NUMBER)]
    )
    with pytest.raises(RendiError, match="could not be checked") as error:
        judge(people.withColumns({"failed": F.array().cast(BROKEN), "warned": F.array().cast(BROKEN)}), rules)
    assert NUMBER not in str(error.value)


def test_threads_judge_their_own_rows(spark: SparkSession) -> None:
    rules = Suite(name="same", expectations=[rule("expect_column_values_to_be_null", "warning", "none", column="a")])
    frames = [spark.createDataFrame([("x",)] * n, "a string") for n in range(1, 7)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda one: judge(verdict(one, rules), rules).rules["none"], frames))
    assert found == [1, 2, 3, 4, 5, 6]


def test_nothing_stays_cached(people: DataFrame, spark: SparkSession) -> None:
    rules = Suite(name="people", expectations=[rule("expect_column_values_to_not_be_null", column="a")])
    before = set(spark.sparkContext._jsc.getPersistentRDDs())
    judge(verdict(people, rules), rules)
    assert set(spark.sparkContext._jsc.getPersistentRDDs()) <= before


def test_no_value_reaches_results_docs_or_messages(spark: SparkSession, tmp_path: Path) -> None:
    rows = [(NAME, NUMBER, PHONE, date(1949, 12, 31))] * 3
    planted = spark.createDataFrame(rows, "name string, id_number string, phone string, born date")
    rules = Suite(
        name="planted",
        expectations=[
            rule("expect_column_values_to_be_null", "critical", "n1", column="name"),
            rule("expect_column_values_to_match_regex", "critical", "n2", column="id_number", regex=r"\Ax\z"),
            rule("expect_column_values_to_be_in_set", "warning", "n3", column="phone", value_set=["x"]),
            rule("expect_column_values_to_be_unique", "warning", "n4", column="phone"),
            rule("expect_column_pair_values_to_be_equal", "warning", "n5", column_A="phone", column_B="name"),
            rule("expect_compound_columns_to_be_unique", "warning", "n6", column_list=["phone", "name"]),
            rule("expect_column_values_to_be_between", "warning", "n7", column="born", max_value="1900-01-01"),
            rule("expect_column_values_to_be_in_set", "warning", "n8", column="phone", value_set=["x"], mostly=0.5),
            rule("expect_column_unique_value_count_to_be_between", "warning", "n9", column="name", min_value=2),
        ],
    )
    judged = verdict(planted, rules)
    judgement = judge(judged, rules)
    assert set(judgement.rules.values()) == {3}
    pages = docs.render({"planted": judgement.result}, tmp_path, "2026-03-02")
    texts = [json.dumps(judgement.result, ensure_ascii=False), *(page.read_text(encoding="utf-8") for page in pages)]
    texts += [str(row) for row in judged.select("failed", "warned").collect()]
    for text in texts:
        for value in (NAME, NUMBER, PHONE, "1949-12-31"):
            assert value not in text
            assert value.encode("unicode_escape").decode() not in text


def test_verdicts_are_counted_by_tally_and_rule(people: DataFrame) -> None:
    present = rule("expect_column_values_to_not_be_null", "critical", "present", column="a")
    twice = rule("expect_column_values_to_be_unique", "warning", "twice", column="g")
    rules = Suite(name="people", expectations=[present, twice])
    both = people.withColumns({"old": F.lit(False), "g": F.lit(1)}).limit(1)
    both = both.unionByName(people.withColumns({"old": F.lit(True), "g": F.col("id")}))
    judged = verdict(both, rules, ["old"])
    made = gate.measures(rules, new=~F.col("old"), old=F.col("old"))
    found = judged.agg(*(column.alias(name) for name, column in made.items())).collect()[0].asDict()
    new, old = (gate.tallied(rules, found, name) for name in ("new", "old"))
    missing = people.where("a IS NULL").count()
    # The row that is there on both sides is no duplicate of itself.
    assert new.rules["twice"] == old.rules["twice"] == 0
    assert (new.rows, old.rows, old.failed, old.rules["present"]) == (1, people.count(), missing, missing)
    assert missing > 0
    assert gate.tallied(rules, {}, "new") == gate.Tally(0, 0, 0, {"present": 0, "twice": 0})


def test_a_rule_that_the_suite_does_not_have_stops(people: DataFrame) -> None:
    known = rule("expect_column_values_to_not_be_null", name="known", column="id")
    gone = rule("expect_column_values_to_not_be_null", name="gone", column="a")
    judged = verdict(people, Suite(name="people", expectations=[known, gone]))
    with pytest.raises(RendiError, match=r"rules of another suite \(\d+ times named\)"):
        judge(judged, Suite(name="people", expectations=[known]))


def test_no_query_is_made_for_example_values(people: DataFrame, spark: SparkSession) -> None:
    def queries(count: int) -> int:
        rules = [
            rule("expect_column_values_to_not_match_regex", name=f"r{i}", column="a", regex=f"y{i}")
            for i in range(count)
        ]
        suite = Suite(name="people", expectations=rules)
        judged = verdict(people, suite)
        before = spark._jsparkSession.sharedState().statusStore().executionsCount()
        assert judge(judged, suite).rules["r0"] == 0
        return int(spark._jsparkSession.sharedState().statusStore().executionsCount() - before)

    assert queries(9) == queries(2)


def test_data_docs_need_no_network_and_tell_rule_and_count(small: Small, tmp_path: Path) -> None:
    rows, rules = small("police_household")
    judged = verdict(rows, rules).persist()
    judgement = judge(judged, rules)
    judged.unpersist()
    kept = json.loads(json.dumps(judgement.result))
    pages = docs.render({"police_household": kept}, tmp_path, "2026-03-02")
    assert [page.name for page in pages] == ["police_household.html", "index.html"]
    page, index = (one.read_text(encoding="utf-8") for one in pages)
    for text in (page, index):
        assert "http" not in text and "src=" not in text and "<script" not in text
    assert "household_kind" in page
    assert "_folded" not in page
    assert f"<td>{judgement.rules['birth_date_as_in_id']}</td>" in index
