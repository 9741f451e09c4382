"""A department's table on a PostgreSQL server: one state of it, read side by side, day by day."""

import datetime as dt

import pytest
from pyspark.sql import functions as F

from pipelines.land import jdbc, read_jdbc
from pipelines.land.land import land
from pipelines.land.read_jdbc import Due
from pipelines.scratch import Scratch
from schemas.errors import RendiError
from tests.spark.land.conftest import DAY, MANY, Office, insured, taken


def test_every_value_is_text_as_the_database_writes_it_in_the_citys_time(office: Office) -> None:
    office.change(
        "INSERT INTO insured VALUES ('A1', '44010619900101123X', '甲', NULL, '{养老,医疗}', 5000.50, '正常', "
        "'202603', '2026-03-02 15:30:00+00', true);"
    )
    (row,) = taken(office, Due(DAY))
    assert (row["kinds"], row["contribution_base"], row["employer_uscc"]) == ("{养老,医疗}", "5000.50", None)
    assert row["updated_at"] == "2026-03-02 23:30:00+08"
    assert (row["_row"], row["_file"], row["_extra"]) == (1, "insured", {"retired": "true"})


def test_columns_outside_the_contract_may_be_called_as_they_like(office: Office) -> None:
    office.change("ALTER TABLE insured ADD \"Retired\" text DEFAULT 'no', ADD \"a`b\" text DEFAULT 'c';")
    office.change(insured("A1", "'2026-03-02 08:00+08'"))
    (row,) = taken(office, Due(DAY))
    assert row["account_no"] == "A1"
    assert {name: row["_extra"][name] for name in ("Retired", "a`b")} == {"Retired": "no", "a`b": "c"}


def test_a_days_rows_are_those_changed_by_then_or_with_no_readable_time(office: Office) -> None:
    moments = ["'2026-03-02 23:59:59+08'", "'2026-03-02 16:00:00+00'", "NULL", "'infinity'", "'2026-03-01 12:00+08'"]
    office.change("".join(insured(f"A{at}", moment) for at, moment in enumerate(moments)))
    assert sorted(row["account_no"] for row in taken(office, Due(DAY))) == ["A0", "A2", "A3", "A4"]
    assert sorted(row["account_no"] for row in taken(office, Due(DAY, since=DAY))) == ["A0", "A2", "A3"]


def test_a_time_that_is_text_is_judged_as_in_files(office: Office) -> None:
    texts = ["2026-03-02", "20260303", "2026年3月1日", "不详", "２０２６/０３/０２", "\u30002026-01-01"]
    office.change("ALTER TABLE insured ALTER updated_at TYPE text USING updated_at::text;")
    office.change("".join(insured(f"A{at}", f"'{text}'") for at, text in enumerate(texts)))
    assert sorted(row["account_no"] for row in taken(office, Due(DAY))) == ["A0", "A2", "A3", "A4", "A5"]
    assert sorted(row["account_no"] for row in taken(office, Due(DAY, since=DAY))) == ["A0", "A3", "A4", "A5"]
    assert len(taken(office, Due(None))) == len(texts)


def test_a_large_table_is_read_side_by_side_each_row_once_and_numbered_alike(office: Office) -> None:
    office.change(MANY.replace("{0}", "60000"))
    due, spark = Due(DAY), office.lake.spark
    with Scratch() as scratch, jdbc.state(spark, office.contract, "nowhere") as database:
        assert read_jdbc.count(database, due) == 60_000
        frames = [read_jdbc.read(database, due, size) for size in (60_000, 1)]
        assert [frame.rdd.getNumPartitions() for frame in frames] == [spark.sparkContext.defaultParallelism, 1]
        shares = frames[0].groupBy(F.spark_partition_id()).count().collect()
        assert min(row["count"] for row in shares) > 60_000 / len(shares) / 2
        kept = [read_jdbc.number(frame, office.contract, scratch)[0] for frame in frames]
        named = F.concat_ws("|", "account_no", "_row")
        assert read_jdbc.identity(kept[0], named) == read_jdbc.identity(kept[1], named)
        numbers = kept[0].agg(F.min("_row"), F.max("_row"), F.countDistinct("_row")).collect()[0]
        assert tuple(numbers) == (1, 60_000, 60_000)


def test_rows_that_arrive_while_it_is_read_are_neither_counted_nor_read(office: Office) -> None:
    office.change(insured("A1", "'2026-03-02 08:00+08'"))
    due = Due(DAY)
    with jdbc.state(office.lake.spark, office.contract, "nowhere") as database:
        before = read_jdbc.count(database, due)
        office.change(insured("A2", "'2026-03-02 09:00+08'") + "DELETE FROM insured WHERE account_no = 'A1';")
        rows = read_jdbc.read(database, due, before)
        assert [row["account_no"] for row in rows.collect()] == ["A1"]
        assert read_jdbc.count(database, due) == before == 1
    assert [row["account_no"] for row in taken(office, due)] == ["A2"]


def test_a_table_is_landed_once_and_again_when_it_changed(office: Office) -> None:
    office.change(insured("A1", "'2026-03-01 08:00+08'") + insured("A2", "'2026-03-02 08:00+08'"))
    assert [(e.state, e.delivered) for e in office.night(DAY)] == [("landed", 2)]
    assert office.night(DAY) == []
    office.change(insured("A3", "'2026-03-02 09:00+08'"))
    office.night(DAY)
    assert sorted(office.entries()) == [(2, "accepted", 3), (2, "replaced", 2)]
    assert office.accounts("silver") == ["A1", "A2", "A3"]


@pytest.mark.parametrize("overlap", [None, 1])
def test_a_table_asked_again_for_its_date_gives_up_no_row_that_changed_past_midnight(
    office: Office, overlap: int | None
) -> None:
    contract = office.contract.model_copy(update={"overlap_days": overlap})
    office.change(insured("A1", "'2026-03-02 08:00+08'") + insured("A2", "'2026-03-02 09:00+08'"))
    office.night(DAY, contract)
    office.change(
        "UPDATE insured SET status = '退休', updated_at = '2026-03-03 00:30+08' WHERE account_no = 'A1';"
        + insured("A3", "'2026-03-02 23:00+08'")
    )
    assert office.night(DAY, contract) == []
    assert (office.entries(), office.accounts("silver")) == ([(2, "accepted", 2)], ["A1", "A2"])
    office.night(DAY + dt.timedelta(days=1), contract)
    assert office.accounts("silver") == ["A1", "A2", "A3"]
    # The date after it was taken: what the table shows now is not of this date any more.
    office.change("UPDATE insured SET updated_at = '2026-03-01 08:00+08';")
    assert office.night(DAY, contract) == []
    assert [state for _, state, _ in office.entries()] == ["accepted", "accepted"]


def test_a_key_with_several_rows_keeps_each_of_them(office: Office) -> None:
    office.change("ALTER TABLE insured DROP CONSTRAINT insured_pkey;")
    office.change(insured("A1", "'2026-03-01 08:00+08'") + insured("A1", "'2026-03-02 08:00+08'", "中断"))
    office.night(DAY)
    office.change("UPDATE insured SET updated_at = '2026-03-03 00:30+08' WHERE status = '中断'")
    assert office.night(DAY) == []


def test_a_full_table_holds_what_changed_past_midnight_and_only_what_is_deleted_is_removed(office: Office) -> None:
    contract = office.contract.model_copy(update={"mode": "full", "overlap_days": None})
    office.change(insured("A1", "'2026-03-02 08:00+08'") + insured("A2", "'2026-03-01 08:00+08'"))
    office.night(DAY, contract)
    office.change("UPDATE insured SET status = '退休', updated_at = '2026-03-04 00:30+08' WHERE account_no = 'A1';")
    office.night(DAY + dt.timedelta(days=1), contract)
    assert office.entries() == [(2, "accepted", 2), (3, "accepted", 2)]
    assert office.accounts("silver") == ["A1", "A2"]
    office.change("DELETE FROM insured WHERE account_no = 'A2';")
    assert office.night(DAY + dt.timedelta(days=1), contract) == [], "the next date removes it"
    office.night(DAY + dt.timedelta(days=2), contract)
    assert office.accounts("silver") == ["A1"]


def test_a_full_table_that_is_empty_is_refused_once_it_had_rows(office: Office) -> None:
    given = {"mode": "full", "overlap_days": None, "minimum_share": 0.8}
    contract = office.contract.model_copy(update=given)
    assert office.night(DAY, contract) == []
    office.change(insured("A1", "'2026-03-02 08:00+08'"))
    office.night(DAY, contract)
    office.change("DELETE FROM insured;")
    (entry,) = office.night(DAY + dt.timedelta(days=1), contract)
    assert entry.state == "refused" and entry.reason.startswith("0 rows, the last full delivery had 1: ")
    assert office.accounts("silver") == ["A1"]
    (entry,) = land(office.lake, contract, "nowhere", DAY + dt.timedelta(days=1), {entry.delivery: "accept"})
    assert (entry.state, entry.delivered) == ("landed", 0)


def test_with_an_overlap_a_night_takes_what_changed_and_what_came_late_and_nothing_twice(office: Office) -> None:
    contract = office.contract.model_copy(update={"overlap_days": 2})
    office.change("".join(insured(f"A{n}", f"'2026-0{n}-01 08:00+08'") for n in (1, 2, 3)) + insured("A0", "NULL"))
    office.night(DAY, contract)
    # A4 was written on the day before the last night, but committed after it.
    office.change(
        insured("A4", "'2026-03-01 12:00+08'")
        + insured("A5", "'2026-03-03 08:00+08'")
        + "UPDATE insured SET status = '退休', updated_at = '2026-03-03 09:00+08' WHERE account_no = 'A1';"
        + "UPDATE insured SET status = '中断' WHERE account_no = 'A2';"  # long ago, by its own time: nobody asks for it
    )
    third = DAY + dt.timedelta(days=1)
    office.night(third, contract)
    assert office.entries() == [(2, "accepted", 4), (3, "accepted", 3)]
    assert office.accounts("bronze") == ["A0", "A1", "A1", "A2", "A3", "A4", "A5"]
    states = {r["account_no"]: r["status"] for r in office.lake.read("silver/hr_social_insurance").collect()}
    assert states == {"A1": "退休", "A2": "正常", "A3": "正常", "A4": "正常", "A5": "正常"}
    assert office.night(third, contract) == []
    # Later on the same day the delivery is all that is new since the day before, not what is new since the morning.
    office.change(insured("A6", "'2026-03-03 20:00+08'"))
    office.night(third, contract)
    assert sorted(office.entries())[1:] == [(3, "accepted", 4), (3, "replaced", 3)]
    assert office.accounts("silver") == ["A1", "A2", "A3", "A4", "A5", "A6"]
    office.night(third + dt.timedelta(days=1), contract)
    assert office.entries()[-1] == (4, "skipped", 0)


def test_a_row_without_a_time_that_changes_back_is_a_change_again(office: Office) -> None:
    contract = office.contract.model_copy(update={"overlap_days": 1})
    office.change(insured("A1", "NULL", "正常") + insured("A2", "'2026-03-02 08:00+08'"))
    for after, status in enumerate(("正常", "中断", "正常", "正常")):
        office.change(f"UPDATE insured SET status = '{status}' WHERE account_no = 'A1'")
        office.night(DAY + dt.timedelta(days=after), contract)
    assert office.entries() == [(2, "accepted", 2), (3, "accepted", 1), (4, "accepted", 1), (5, "skipped", 0)]


def test_a_table_that_grew_many_times_over_is_taken_with_a_word(office: Office) -> None:
    office.change(insured("B1", "'2026-03-01 08:00+08'"))
    land(office.lake, office.contract, "nowhere", DAY, {})
    office.change(MANY.replace("{0}", "2000").replace("2026-03-02", "2026-03-03"))
    (entry,) = land(office.lake, office.contract, "nowhere", DAY + dt.timedelta(days=1), {})
    assert entry.state == "landed" and "rows are 2001 times the 1 of" in entry.reason


def test_a_missing_column_is_refused_with_the_nearest(office: Office) -> None:
    office.change("ALTER TABLE insured RENAME kinds TO kind")
    with pytest.raises(RendiError, match=r"column '参保险种' \(kinds\) is missing; did you mean 'kind'"):
        taken(office, Due(DAY))
