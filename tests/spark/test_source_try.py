"""`rendi source try` names fields that hold ID numbers and are not marked."""

import json
from pathlib import Path

from pyspark.sql import SparkSession
from typer.testing import CliRunner

from pipelines.cli import app

HEADER = "证明编号,身份证号,姓名,死亡日期"


def to_do(folder: Path, numbers: list[str]) -> list[str]:
    rows = [f"{number},,甲某,2026-01-0{i % 9 + 1}" for i, number in enumerate(numbers)]
    sample = folder / "sample.csv"
    sample.write_text("\n".join([HEADER, *rows, ""]), encoding="gb18030")
    said = CliRunner().invoke(app, ["source", "try", str(sample), "--source", "health_death", "--json"])
    (trial,) = json.loads(said.stdout)
    return trial["to_do"]


def test_an_unmarked_field_that_holds_id_numbers_is_named(spark: SparkSession, tmp_path: Path) -> None:
    assert to_do(tmp_path, ["A1", "A2", "110105491231002"]) == []
    # One of them with a wrong check character, one as it may be typed.
    (told,) = to_do(tmp_path, ["A1", "A2", "110105194912310021", "11010519491231002x"])
    assert told == (
        "schemas/contracts/health_death.yaml: certificate_no: 2 of 4 values look like ID numbers and would stand in "
        "the clear: mark it `pii: direct`"
    )
