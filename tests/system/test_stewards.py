"""What stewards and engineers decide by hand, command by command, and what the next night makes of it."""

import json
import os
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from pipelines import decisions, state
from pipelines.cli import app
from pipelines.locks import held
from schemas.errors import RendiError

# Two nights of two small sources stand behind these tests, each of which goes on from the one before it.
pytestmark = pytest.mark.timeout(600)

FIRST, SECOND = "2026-03-02", "2026-03-03"
SOURCES = ("market_register", "tax_payer")
REGISTER = (
    "统一社会信用代码,注册号,企业名称,市场主体类型,法定代表人,法定代表人身份证号,注册资本(万元),行业代码,住所,行政区划,"
    "成立日期,登记状态,更新时间"
)
KEPT, GONE, OLD = "91440101900001009U", "91440600900001025W", "440101900001009"
REGISTERED, TAXED, MENDED = "甲市某某贸易有限公司", "甲市某某贸易公司", "乙市某某制衣厂"
BECAUSE = ("--reason", "letter of 2 March", "--date", FIRST)


def registered(code: str, name: str) -> str:
    return f"{code},,{name},有限责任公司,,,50,,,440106,2001-02-03,存续,2026-03-01 08:00:00"


def taxed(number: str, name: str, updated: str = "2026-03-01") -> str:
    row = {"taxpayer_no": number, "name": name, "tax_credit_grade": "A", "arrears_yuan": "0", "phone": ""}
    return json.dumps(row | {"address": "甲市乙路1号", "updated_at": f"{updated} 08:00:00"})


class Town:
    """A lake after its first night; the deliveries of the second have landed, and nobody has refined them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, str(folder / "lake")
        both = [registered(KEPT, REGISTERED), registered(GONE, MENDED)]
        self.deliver("market_register", FIRST, "csv", REGISTER, *both)
        self.deliver("tax_payer", FIRST, "jsonl", taxed(KEPT, TAXED), taxed(GONE, ""), taxed(OLD, ""))
        self.night(FIRST)
        self.deliver("market_register", SECOND, "csv", REGISTER, both[0])
        self.deliver("tax_payer", SECOND, "jsonl", taxed(KEPT, "甲市别家公司", SECOND))
        self.night(SECOND, "--to", "land")
        self.rows = [one["newest_row"] for one in self.json("quarantine", "list", "tax_payer")]
        self.entries = {(e["source"], e["date"]): e["delivery"] for e in self.json("delivery", "list")}

    def deliver(self, source: str, date: str, ends: str, *lines: str) -> None:
        path = self.folder / "landing" / source / f"{source}_{date.replace('-', '')}.{ends}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="gb18030" if source == "market_register" else "utf-8")

    def night(self, date: str, *words: str) -> None:
        sources = [word for source in SOURCES for word in ("--source", source)]
        self.rendi("run", "--landing", str(self.folder / "landing"), "--date", date, *sources, *words)

    def rendi(self, *words: str) -> str:
        told = CliRunner().invoke(app, [*words, "--lake", self.root])
        assert told.exit_code == 0, told.exception or told.output
        return told.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.rendi(*words, "--json"))

    def refused(self, *words: str) -> str:
        told = CliRunner().invoke(app, [*words, "--lake", self.root]).exception
        assert isinstance(told, RendiError)
        return str(told)

    def column(self, table: str, column: str) -> list[Any]:
        return sorted(state.open_table(self.root, table).to_pyarrow_table(columns=[column]).column(column).to_pylist())

    def states(self) -> dict[tuple[str, str], tuple[str, str]]:
        return {(e["source"], e["date"]): (e["state"], e["reason"]) for e in self.json("delivery", "list")}

    def entity(self) -> str:
        (found,) = self.json("sql", f"SELECT entity_id FROM legal_entity WHERE uscc = '{KEPT}'")
        return found["entity_id"]

    def name(self) -> tuple[str, str, str]:
        """The name of the company in the last closed night, its source, and by which rule that one won."""
        told = self.json("explain", "entity", self.entity())
        (won,) = [one for one in told["attributes"] if one["item"] == "name"]
        return told["entity"]["name"], won["source"], won["rule"]


@pytest.fixture(scope="module")
def town(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town"))


def words(town: Town) -> dict[str, tuple[str, ...]]:
    """Table of decisions -> the command that appends to it."""
    mended, dropped = town.rows
    return {
        "correction": ("quarantine", "correct", "tax_payer", mended, "name", MENDED, *BECAUSE),
        "dismissal": ("quarantine", "dismiss", "tax_payer", dropped, *BECAUSE),
        "pin": ("pin", "legal_entity", town.entity(), "name", "tax_payer", *BECAUSE),
        "override": ("delivery", "accept", town.entries["market_register", SECOND], *BECAUSE),
    }


def test_the_quarantine_is_listed_by_rule_and_case_and_a_row_is_shown_with_the_rules_it_broke(town: Town) -> None:
    (case,) = town.json("quarantine", "list")
    assert (case["source"], case["rule"], case["cases"], case["rows"]) == ("tax_payer", "name_present", 2, 2)
    (row,) = town.json("quarantine", "show", "tax_payer", town.rows[0])
    assert (row["delivered"]["taxpayer_no"], row["status"]) == (GONE, "open")
    assert [one["rule"] for one in row["failed"]] == ["name_present"]
    shown = town.rendi("quarantine", "show", "tax_payer", town.rows[0])
    assert GONE in shown and "name_present" in shown


def test_deliveries_are_listed_with_their_state_and_reason(town: Town) -> None:
    found = town.states()
    assert {key: found[key][0] for key in found} == {
        **dict.fromkeys(((source, FIRST) for source in SOURCES), "accepted"),
        ("market_register", SECOND): "refused",
        ("tax_payer", SECOND): "landed",
    }
    assert f"rendi delivery accept {town.entries['market_register', SECOND]}" in found["market_register", SECOND][1]


def test_a_decision_refuses_while_another_is_written_and_a_replay_while_its_source_is(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "held", lambda root, name, wait_seconds: held(root, name))
    with held(town.root, decisions.LOCK), held(town.root, "tax_payer"):
        for table, command in words(town).items():
            told = f"decision is being written by process {os.getpid()}: "
            assert town.refused(*command).startswith(told), table
        assert town.refused("quarantine", "replay", "tax_payer").startswith("tax_payer is being written by")
    assert [decisions.decided(town.root, table) for table in decisions.TABLES] == [[]] * len(decisions.TABLES)


def test_a_decision_waits_for_another_to_end_and_is_kept_with_its_reason(town: Town) -> None:
    for table, command in words(town).items():
        other, begun = ExitStack(), time.monotonic()
        other.enter_context(held(town.root, decisions.LOCK))
        threading.Timer(0.3, other.close).start()
        town.rendi(*command)
        assert time.monotonic() - begun > 0.3
        (kept,) = decisions.decided(town.root, table)
        assert (kept["reason"], str(kept["night"])) == ("letter of 2 March", FIRST)


def test_a_replayed_row_enters_silver_once_and_both_cases_are_closed(town: Town) -> None:
    replay = ("quarantine", "replay", "tax_payer", "--date", FIRST)
    assert town.rendi(*replay).startswith("1 rows passed")
    assert town.rendi(*replay).startswith("0 rows passed")
    assert town.column("silver/tax_payer", "name") == sorted([TAXED, MENDED])
    assert town.json("quarantine", "list") == []
    closed = {one["newest_row"]: one["status"] for one in town.json("quarantine", "list", "tax_payer", "--all")}
    assert closed == dict(zip(town.rows, ("replayed", "dismissed"), strict=True))


def test_a_landed_delivery_can_be_refused_and_an_accepted_one_cannot(town: Town) -> None:
    landed, accepted = (town.entries["tax_payer", date] for date in (SECOND, FIRST))
    assert "is accepted already" in town.refused("delivery", "refuse", accepted, *BECAUSE)
    assert town.rendi("delivery", "refuse", landed, *BECAUSE) == f"{landed} will not be taken\n"
    assert decisions.overrides(town.root, "tax_payer") == {landed: "refuse"}


def test_a_pin_waits_for_the_next_night(town: Town) -> None:
    assert town.name() == (REGISTERED, "market_register", "source")


def test_the_next_night_does_what_was_decided(town: Town) -> None:
    town.night(SECOND)
    found = town.states()
    assert found["tax_payer", SECOND] == ("refused", "refused by an engineer")
    assert town.column("silver/tax_payer", "name") == sorted([TAXED, MENDED])
    assert found["market_register", SECOND][0] == "accepted"
    assert town.column("silver/market_register", "uscc") == [KEPT]
    assert town.column("superseded/market_register", "why") == ["removed"]
    assert town.name() == (TAXED, "tax_payer", "pin")


def test_the_corrected_row_is_in_the_closed_night_once_and_the_dismissed_one_is_not(town: Town) -> None:
    rows = town.json("sql", "SELECT taxpayer_uscc AS code, name FROM record_tax_payer")
    assert sorted((row["code"], row["name"]) for row in rows) == [(KEPT, TAXED), (GONE, MENDED)]
