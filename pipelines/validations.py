"""What Great Expectations said of each table last: kept as JSON by the units, shown as Data Docs at a night's end."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.files import write_whole
from pipelines.lake import Lake
from quality import docs
from quality.validate import by_rule, unexpected

_FOLDER = "restricted/validation"
DOCS = "governed/ops/docs"


def keep(lake: Lake, suite: str, result: Mapping[str, Any]) -> None:
    """Keep a suite's newest result, which holds counts and no value."""
    write_whole(f"{lake.root}/{_FOLDER}/{suite}.json", json.dumps(result, ensure_ascii=False, default=str))


def judged(lake: Lake, suite: str) -> dict[str, Any]:
    """What a suite's newest result says of itself: the fingerprint of its `rules`, and the table's `version`."""
    kept = _kept(lake, suite)
    return dict(kept["meta"]) if kept else {}


def broken(lake: Lake, suite: str) -> dict[str, int]:
    """How many rows broke each rule of a suite, by its newest result; rules that no row broke are not there."""
    kept = _kept(lake, suite)
    said = by_rule(kept) if kept else {}
    return {rule: count for rule, one in said.items() if (count := unexpected(one))}


def show(lake: Lake, title: str) -> None:
    """Bring the Data Docs up to the results: a page a suite, and one over all. title: what the night was."""
    kept = sorted(Path(lake.root, _FOLDER).glob("*.json"))
    if kept:
        results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in kept}
        docs.render(results, Path(lake.root, DOCS), title)


def _kept(lake: Lake, suite: str) -> dict[str, Any] | None:
    file = Path(lake.root, _FOLDER, f"{suite}.json")
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None
