"""The persons' part as a careful person writes it by hand: DuckDB, one script of SQL, nothing kept but the result.

No history, provenance, quarantine by rule, protection or second night: what is gained by leaving all that out. Its hash
is SHA-256 over a salt and the value, since DuckDB has no keyed one.
"""

import json
import re
import sqlite3
import sys
import time
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa

SQL = Path(__file__).with_name("by_hand.sql")
SHEETS = {
    "civil_marriage": "certificate_no kind male_name male_id female_name female_id registered_on",
    "civil_relief": "relief_no id_number name relief_kind monthly_amount address approved_on",
}
CSVS = {
    "police_household": (
        "gb18030",
        "person_no id_number name former_name sex ethnic birth_date native_region household_no relation_to_head "
        "household_kind marital_status education address region_code status updated_at",
    ),
    "floating_population": (
        "utf-8-sig",
        "permit_no id_number name sex birth_date phone origin_region address registered_on expires_on",
    ),
    "disabled_person": ("utf-8", "card_no name sex birth_date kind grade phone address issued_on"),
    "health_death": ("gb18030", "certificate_no id_number name died_on"),
}


def sheet(path: Path, names: list[str]) -> pa.Table:
    """The rows of a workbook below its header, as text."""
    book = openpyxl.load_workbook(path, read_only=True)
    first = book[book.sheetnames[0]]
    first.reset_dimensions()
    rows = first.iter_rows(values_only=True)
    below = [row for row in rows if row[0] and re.search(r"\d", str(row[0]))]
    columns = zip(*below, strict=True)
    return pa.table({n: [None if v is None else str(v) for v in c] for n, c in zip(names, columns, strict=True)})


def read(con: duckdb.DuckDBPyConnection, landing: Path, stamp: str, scratch: Path) -> int:
    """Name every extract as a table of text; gives how many rows they have."""
    for source, fields in SHEETS.items():
        con.register(source, sheet(landing / source / f"{source}_{stamp}.xlsx", fields.split()))
    for source, (encoding, fields) in CSVS.items():
        path = scratch / f"{source}.csv"
        with (landing / source / f"{source}_{stamp}.csv").open(
            encoding=encoding, errors="replace", newline="\r\n"
        ) as old:
            # A quote that nobody closed would swallow every row after it.
            path.write_text("".join(line for line in old if line.count('"') % 2 == 0), encoding="utf-8", newline="")
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in fields.split())
        options = f"header = true, quote = '\"', escape = '\"', ignore_errors = true, columns = {{{columns}}}"
        con.execute(f"CREATE TABLE {source} AS FROM read_csv('{path}', auto_detect = false, {options})")
    con.execute(
        "CREATE TABLE education_student AS FROM read_json(?, format = 'newline_delimited', ignore_errors = true, "
        "columns = {student_no: 'VARCHAR', id_number: 'VARCHAR', name: 'VARCHAR', sex: 'VARCHAR', "
        "birth_date: 'VARCHAR', guardian_phone: 'VARCHAR', address: 'VARCHAR', enrolled_on: 'VARCHAR'})",
        [str(landing / "education_student" / f"education_student_{stamp}.jsonl")],
    )
    con.execute(f"CREATE TABLE health_resident AS FROM '{landing}/health_resident/health_resident_{stamp}*.parquet'")
    insured = sqlite3.connect(landing / "hr.sqlite").execute("SELECT * FROM social_insurance")
    names = [column[0] for column in insured.description]
    values = zip(*insured.fetchall(), strict=True)
    con.register("hr_social_insurance", pa.table(dict(zip(names, values, strict=True))))
    sources = [*SHEETS, *CSVS, "education_student", "health_resident", "hr_social_insurance"]
    return sum(con.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0] for source in sources)


def main(landing: str, date: str, folder: str, out: str) -> None:
    """Make `folder`/person.parquet and record.parquet of the extracts of `date`."""
    Path(folder).mkdir(parents=True)
    began = time.monotonic()
    with duckdb.connect() as con:
        count = read(con, Path(landing), date.replace("-", ""), Path(folder))
        con.execute(SQL.read_text(encoding="utf-8").replace("{folder}", folder))
    Path(out).write_text(json.dumps({"seconds": time.monotonic() - began, "rows": count}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
