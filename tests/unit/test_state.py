"""What a lake says of itself where something is wrong with it, or odd about a delivery."""

from pathlib import Path

import deltalake
import pyarrow as pa
import pytest

from pipelines import state
from pipelines.deliveries import Entry
from schemas.errors import RendiError


def test_a_table_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "governed" / "master" / "person"
    deltalake.write_deltalake(str(path), pa.table({"a": [1]}))
    (path / "_delta_log" / f"{0:020d}.json").write_text('{"add": {')
    with pytest.raises(RendiError, match="master/person cannot be read: `rendi doctor`"):
        state.open_table(str(tmp_path), "master/person")


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"line_readable": 1, "phone_valid": 19}, "odd; 1 rows break line_readable"),
        ({"amount_valid": 20, "phone_valid": 0}, "odd; 20 rows break amount_valid"),
        (
            {f"rule_{n}": 30 + n for n in range(9)},
            "odd; 38 rows break rule_8; 37 rows break rule_7; 36 rows break rule_6",
        ),
    ],
)
def test_a_delivery_s_reason_names_what_is_wrong_with_many_of_its_rows(
    tmp_path: Path, rules: dict[str, int], reason: str
) -> None:
    entry = Entry(
        source="tax_payer",
        delivery="20260302-a",
        date="2026-03-02",
        night="2026-03-02",
        state="accepted",
        reason="odd",
        delivered=100,
        rules=rules,
    )
    (tmp_path / "format.json").write_text("{}")
    journal = tmp_path / "restricted" / "journal" / "tax_payer"
    journal.mkdir(parents=True)
    (journal / "20260302-a.json").write_text(entry.model_dump_json(), encoding="utf-8")
    assert [d["reason"] for d in state.status(str(tmp_path))["deliveries"]] == [reason]
