"""What `rendi source new` makes of a sample: a contract, a suite and an entry that hold as they are."""

from pathlib import Path

import pytest

from catalog import draft as catalog_draft
from catalog.entry import parse as parse_entry
from pipelines import draft
from quality import suite
from quality.draft import draft as draft_suite
from schemas import contract
from schemas.contract import Contract
from schemas.errors import RendiError

# Made-up companies; the codes have the right form and check character.
COMPANIES = """企业名称,统一社会信用代码,成立时间,注册资金,法定代表人,注册地址
甲市某某贸易有限公司,91440101900001009U,2001-02-03,50(万元人民币),张某,甲市乙路1号
乙市某某制衣厂,91440600900001025W,2002-03-04,0万美元,李某,乙市丙路2号
丙市某某酒店有限公司,,2003-04-05,N/A,王某,丙市丁路3号
"""
PEOPLE = """姓名,公民身份号码,档案编号,家庭住址,说明
甲某,11010519491231002X,A1,甲市乙路1号,一
乙某,440524188001010014,A2,乙市丙路2号,一
"""


def drafted(folder: Path, sample: str, subject: str, mode: str = "full") -> Contract:
    file = folder / "sample.csv"
    file.write_text(sample, encoding="utf-8")
    return contract.parse(draft.contract(file, "fresh", "某局", subject, mode), "fresh.yaml")


def test_a_companys_code_is_its_key_though_some_lack_it_and_no_two_names_are_equal(tmp_path: Path) -> None:
    found = drafted(tmp_path, COMPANIES, "legal_entity")
    assert [f.name for f in found.keys] == ["uscc"]


def test_a_name_is_no_key(tmp_path: Path) -> None:
    assert [f.label for f in drafted(tmp_path, PEOPLE, "person").keys] == ["档案编号"]


def test_a_record_names_its_own_subject_and_where_that_is(tmp_path: Path) -> None:
    companies, people = drafted(tmp_path, COMPANIES, "legal_entity"), drafted(tmp_path, PEOPLE, "person")
    assert [(m.role, m.subject, m.mints) for m in companies.mentions] == [
        ("self", "legal_entity", True),
        ("premises", "place", False),
    ]
    assert companies.mentions[0].keys == {"uscc": ["uscc"], "organisation_code": ["organisation_code"]}
    assert people.mentions[0].keys == {"id_number": ["id_number"]}
    assert people.mentions[0].name == "name"


def test_what_a_value_holds_is_read_out_of_it(tmp_path: Path) -> None:
    companies, people = drafted(tmp_path, COMPANIES, "legal_entity"), drafted(tmp_path, PEOPLE, "person")
    assert {d.name for d in companies.derived} == {"organisation_code", "capital_wan", "capital_currency"}
    assert {(d.name, d.pii) for d in people.derived} == {("id_birth_date", "quasi"), ("id_sex", None)}


def test_a_name_from_pinyin_says_that_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "sample.csv").write_text(COMPANIES, encoding="utf-8")
    text = draft.contract(tmp_path / "sample.csv", "fresh", "某局", "legal_entity", "full")
    marked = [line for line in text.splitlines() if "# pinyin" in line]
    assert [line.split()[2] for line in marked] == ["cheng_li_shi_jian"]


@pytest.mark.parametrize(("mode", "share"), [("full", 0.8), ("delta", 0.0)])
def test_a_full_delivery_may_not_shrink_unseen(tmp_path: Path, mode: str, share: float) -> None:
    assert drafted(tmp_path, COMPANIES, "legal_entity", mode).minimum_share == share


@pytest.mark.parametrize(("sample", "subject"), [(COMPANIES, "legal_entity"), (PEOPLE, "person")])
def test_suite_and_entry_of_a_draft_hold(tmp_path: Path, sample: str, subject: str) -> None:
    found = drafted(tmp_path, sample, subject)
    rules = {r.name for r in suite.parse(draft_suite(found), "fresh.yaml", found).expectations}
    assert ("capital_wan_not_negative" in rules) == (subject == "legal_entity")
    entry = parse_entry(catalog_draft.draft(found), "fresh")
    assert (entry.state, entry.open) == ("draft", [])


PAGE = """{"code": 0, "data": {"totalCount": 120, "codes": [1], "rows": [
 {"企业名称": "甲市某某贸易有限公司", "统一社会信用代码": "91440101900001009U"},
 {"企业名称": "乙市某某制衣厂", "统一社会信用代码": "91440600900001025W"}], "nextPage": "/list?page=2"}}"""


def test_a_saved_page_of_an_interface_says_where_records_and_total_stand(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text(PAGE, encoding="utf-8")
    found = contract.parse(
        draft.contract(tmp_path / "page.json", "fresh", "某局", "legal_entity", "full"), "fresh.yaml"
    )
    assert (found.format, [f.name for f in found.keys]) == ("http", ["uscc"])
    assert found.pages is not None
    assert (found.pages.rows, found.pages.total, found.pages.next) == ("data.rows", "data.totalCount", "data.nextPage")


def test_an_interface_without_a_total_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text(PAGE.replace("totalCount", "code"), encoding="utf-8")
    with pytest.raises(RendiError, match=r"page.json: no number of all records beside 'data.rows'"):
        draft.contract(tmp_path / "page.json", "fresh", "某局", "legal_entity", "full")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.xlsx", b"PK"), ("a.jsonl", b"{"), ("a.jsonl", "甲".encode("gb18030")), ("a.parquet", b""), ("a.csv", b"")],
)
def test_a_sample_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RendiError, match=rf"^{name}: "):
        draft.contract(tmp_path / name, "fresh", "某局", "person", "full")
