"""Files as a delivery: why one is refused."""

import datetime as dt
from pathlib import Path
from typing import Any

from pipelines.lake import Lake
from pipelines.land import discover
from pipelines.land.land_files import described, taken
from schemas import contract

NIGHT = dt.date(2026, 3, 2)


def test_what_was_wrong_while_it_was_fetched_is_why_it_cannot_be_read(tmp_path: Path) -> None:
    none: Any = None
    lake, payer = Lake(none, str(tmp_path / "lake")), contract.load("tax_payer")
    path = tmp_path / "tax_payer_20260302.jsonl"
    path.write_text("")
    delivery = discover.single(str(path), payer, NIGHT)
    for reason, forced, said in (
        ("page 1 has no number", None, "page 1 has no number"),
        ("", None, "it is empty"),
        ("page 1 has no number", "accept", "it is empty"),
    ):
        entry = taken(lake, payer, delivery, described(delivery, payer, NIGHT), forced, reason)
        assert entry.state == "refused" and said in entry.reason
