"""How much of a night's deliveries is not as the deliveries before had it."""

import datetime as dt

import duckdb

from pipelines import state
from schemas.contract import load_all


def rows(root: str, night: dt.date) -> int:
    """Rows delivered in the night with values that no earlier delivery of their source has."""
    found = 0
    for contract in load_all():
        if not any(e.source == contract.source and e.night == night for e in state.deliveries(root)):
            continue
        bronze = state.open_table(root, f"bronze/{contract.source}").to_pyarrow_dataset()
        fields = ", ".join(f'"{field.name}"' for field in contract.fields)
        with duckdb.connect() as con:
            con.register("bronze", bronze)
            new, old = (f"SELECT {fields} FROM bronze WHERE _night {sign} ?" for sign in ("=", "<"))
            counted = con.execute(f"SELECT count(*) FROM ({new} EXCEPT {old})", [night, night]).fetchall()
        found += counted[0][0]
    return found
