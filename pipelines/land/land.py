"""Land one source: take what the department delivered into bronze as it is, or refuse it whole with a reason."""

import datetime as dt
from pathlib import Path

from pipelines.deliveries import Entry
from pipelines.lake import Lake
from pipelines.land.land_files import land_files
from pipelines.land.land_pages import land_pages
from pipelines.land.land_table import land_table
from pipelines.land.remote import fetched
from schemas.contract import Contract


def land(lake: Lake, contract: Contract, landing: str, night: dt.date, overrides: dict[str, str]) -> list[Entry]:
    """Land every unprocessed delivery of the source dated up to `night`, oldest first; gives their journal entries.

    overrides: what an engineer decided, delivery -> `accept` (in spite of its size or of missing columns) or `refuse`.
    """
    if contract.format == "jdbc":
        return land_table(lake, contract, landing, night, overrides)
    if contract.format == "http":
        return land_pages(lake, contract, night, overrides)
    here = fetched(landing, contract, night, Path(lake.root) / "restricted" / "fetched")
    return land_files(lake, contract, here, night, overrides)
