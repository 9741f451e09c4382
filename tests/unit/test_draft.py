"""What `rendi source new` makes of a sample: a contract, a suite and an entry that hold as they are."""

from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from catalog import draft as catalog_draft
from catalog import entry
from catalog.entry import parse as parse_entry
from pipelines import draft
from pipelines.cli import app
from quality import suite
from quality.draft import draft as draft_suite
from schemas import contract
from schemas.contract import Contract
from schemas.errors import RendiError
from schemas.recorded import made

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


NUMBERS = [f"1101051990010{n}{n}23{n}" for n in range(1, 8)]
PERMITS = ["E12345678", "H01234567", "G87654321"]
# Seven ID numbers (their form, not their check character) and three foreign permits.
RESIDENTS = "证件号码,姓名,出生日期,户号\n" + "".join(
    f"{number},甲某,1990-01-0{i % 9 + 1},H{i}\n" for i, number in enumerate([*NUMBERS, *PERMITS])
)


def drafted(folder: Path, sample: str, subject: str, mode: str = "full", name: str = "sample.csv") -> Contract:
    file = folder / name
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
    listed = parse_entry(catalog_draft.draft(found), "fresh")
    assert (listed.state, listed.open) == ("draft", [])


def test_a_time_of_change_is_measured_by_the_delivery(tmp_path: Path) -> None:
    found = drafted(tmp_path, "档案编号,updated_at\nA1,2026-03-01 08:00:00\nA2,2026-03-01 09:00:00\n", "person")
    rules = {r.name: r.column for r in suite.parse(draft_suite(found), "fresh.yaml", found).expectations}
    assert rules["updated_at_by_delivery"] == "updated_at"


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


def marked(found: Contract) -> dict[str, tuple[str, str | None]]:
    return {f.name: (f.kind, f.pii) for f in found.fields}


def test_what_identifies_a_person_is_marked_by_its_heading(tmp_path: Path) -> None:
    found = drafted(tmp_path, RESIDENTS, "person")
    assert {f.label: (f.kind, f.pii) for f in found.fields} == {
        "证件号码": ("id_number", "direct"),
        "姓名": ("person_name", "direct"),
        "出生日期": ("date", "quasi"),
        "户号": ("household", "quasi"),
    }
    # Nothing of them stands in the clear in record, the key included.
    assert {one.how for one in made(found)} <= {"token", "name_token", "name_mask", "month", "household", "same"}
    assert {one.column for one in made(found) if one.how == "same"} == {"id_sex"}


@pytest.mark.parametrize(
    ("heading", "marks"),
    [
        ("证照号码", ("id_number", "direct")),
        ("出生年月", ("year_month", "quasi")),
        ("家庭户号", ("household", "quasi")),
        ("开户号", ("text", None)),
        ("地址编码", ("text", None)),
        ("姓 名", ("person_name", "direct")),
    ],
)
def test_a_heading_says_what_its_column_holds(tmp_path: Path, heading: str, marks: tuple[str, str | None]) -> None:
    found = drafted(tmp_path, f"编码,{heading}\nA1,甲\nA2,乙\n", "person")
    assert marked(found)[found.fields[1].name] == marks


def test_names_that_contracts_use_are_known_without_their_labels(tmp_path: Path) -> None:
    line = '{"name": "甲某", "birth_date": "说不清", "address": "甲市乙路1号", "guardian_name": "乙某", "sex": "男"}'
    found = drafted(tmp_path, f"{line}\n", "person", name="sample.jsonl")
    assert marked(found) == {
        "name": ("person_name", "direct"),
        "birth_date": ("date", "quasi"),
        "address": ("address", "direct"),
        "guardian_name": ("person_name", "direct"),
        "sex": ("code", None),
    }
    assert found.field("sex").params == {"codes": "sex"}


@pytest.mark.parametrize("source", contract.sources())
@pytest.mark.parametrize("by", ["label", "name"])
def test_no_identifier_of_a_contract_is_drafted_in_the_clear(tmp_path: Path, source: str, by: str) -> None:
    known = contract.load(source)
    head = ",".join(getattr(f, by) for f in known.fields)
    found = drafted(tmp_path, f"{head}\n{',甲' * len(known.fields)}\n".replace("\n,", "\n"), known.subject)
    assert {f.name: f.pii for f in found.fields} == {f.name: f.pii for f in known.fields}


def test_a_name_means_what_it_means_to_sources_of_the_same_subject(tmp_path: Path) -> None:
    line = '{"uscc": "91440101900001009U", "name": "甲市某某贸易有限公司", "address": "甲市乙路1号", "kind": "x"}'
    found = drafted(tmp_path, f"{line}\n", "legal_entity", name="sample.jsonl")
    assert {marked(found)[name] for name in ("name", "address")} == {("org_name", None), ("address", None)}


@pytest.mark.parametrize(("many", "pii"), [(100, "direct"), (101, None)])
def test_one_id_number_in_a_hundred_marks_a_column(tmp_path: Path, many: int, pii: str | None) -> None:
    rows = [f"甲{n},编号{n}" for n in range(many - 1)] + ["甲,１１０１０５１９４９１２３１００２x"]
    found = drafted(tmp_path, "\n".join(["办件人,凭据", *rows]), "legal_entity")
    assert found.fields[1].pii == pii


def test_codes_of_companies_are_no_id_numbers(tmp_path: Path) -> None:
    # 18 digits and more of a county whose code ends in 18, with what reads as a day.
    found = drafted(tmp_path, "信用代码\n914401189001010096\n91440101900001009U\n", "legal_entity")
    assert marked(found)[found.fields[0].name] == ("uscc", None)


def test_a_draft_gives_no_field_the_name_of_a_column_of_rendis(tmp_path: Path) -> None:
    found = drafted(tmp_path, "person_id,Valid_From,no\n1,a,b\n", "person")
    assert [f.name for f in found.fields] == ["delivered_person_id", "delivered_valid_from", "delivered_no"]


def test_one_household_number_stands_for_the_household(tmp_path: Path) -> None:
    found = drafted(tmp_path, "户号,家庭户号\na,b\n", "person")
    assert [(f.kind, f.pii) for f in found.fields] == [("household", "quasi"), ("text", "quasi")]


def test_what_cannot_be_drafted_says_which_file_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (contract, suite, entry):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    (tmp_path / "sample.csv").write_text("编号,出生日期,birth_month\n1,1990-01-01,1990-01\n", encoding="utf-8")
    fresh = ["--source", "fresh", "--department", "局", "--subject", "person"]
    told = CliRunner().invoke(app, ["source", "new", f"{tmp_path}/sample.csv", *fresh])
    assert "both be the column 'birth_month'" in str(told.exception)
    assert "Nothing was drafted: change the heading in sample.csv" in str(told.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["sample.csv"]


def workbook(path: Path, rows: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_headings_that_stand_twice_are_no_sample(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", [["编号", "备注", "备注"], ["1", "2", "3"]])
    (tmp_path / "a.csv").write_text("编号,备注,备注\n1,2,3\n", encoding="utf-8")
    for name in ("a.xlsx", "a.csv"):
        with pytest.raises(RendiError, match=rf"^{name}: the heading '备注' stands twice.*: rename one of them"):
            draft.contract(tmp_path / name, "fresh", "某局", "person", "full")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        ("{}\n", "it is empty"),
        ("1\n2\n", "one record as a JSON object"),
        ('["甲"]\n', "one record as a JSON object"),
    ],
)
def test_lines_that_are_no_records_are_told_in_a_sentence(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "a.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(RendiError, match=rf"^a\.jsonl: .*{said}"):
        draft.contract(tmp_path / "a.jsonl", "fresh", "某局", "person", "full")


def test_a_number_of_18_digits_beside_a_missing_one_stays_whole(tmp_path: Path) -> None:
    lines = [f'{{"no": "{n}", "idn": {number}}}' for n, number in enumerate(NUMBERS)] + ['{"no": "x"}']
    found = drafted(tmp_path, "\n".join(lines), "person", name="sample.jsonl")
    assert marked(found)["idn"] == ("id_number", "direct")
