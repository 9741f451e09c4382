"""How a source that is asked by the night is reached: what its contract and the environment say, without asking it."""

import datetime as dt
import os

from pipelines.land import jdbc, read_pages, web
from schemas.contract import Contract
from schemas.errors import RendiError


def access(contract: Contract, landing: str) -> tuple[bool, str] | None:
    """Whether a source can be asked, and how, in words that hold no secret; None for one that delivers files."""
    if contract.format == "http":
        variable = web.variable(contract)
        try:
            read_pages.address(contract, dt.date.today())
            web.Web(contract, 1)
        except RendiError as error:
            return False, str(error)
        given = [name for name in (variable, f"{variable}_TOKEN") if os.environ.get(name)]
        return True, f"by {', '.join(given)}" if given else f"without a token: {variable}_TOKEN is not set"
    if contract.format != "jdbc":
        return None
    file, variable = jdbc.database(contract, landing), jdbc.variable(contract)
    if file is not None:
        return True, file if jdbc.present(contract, landing) else f"no database at {file}: nothing is delivered"
    given = [name for name in (variable, f"{variable}_USER", f"{variable}_PASSWORD") if os.environ.get(name)]
    return True, f"by {', '.join(given)}" if given else f"without an account: {variable}_USER is not set"
