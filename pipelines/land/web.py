"""A department's HTTP interface: a document asked for again until it is whole, and not more often than is allowed."""

import os
import re
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3
from tenacity import RetryCallState, RetryError, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from pipelines.land.encoding import codec
from pipelines.land.json_text import loads
from schemas.contract import Contract
from schemas.errors import RendiError

TRIES = 6
# Seconds before the second try; doubled for each that follows.
FIRST_WAIT = 1.0
_LONGEST_WAIT = 300.0
_LARGEST = 64 << 20
# What passes: too many requests, or a server that is not well.
_PASSES = {408, 425, 429, 500, 502, 503, 504}


class Answer(NamedTuple):
    """A document: its bytes as they came, and what they say."""

    data: bytes
    document: Any


class _Again(Exception):  # noqa: N818  (it is no error yet)
    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class Web:
    """The interface of one contract. Its token is RENDI_HTTP_<SOURCE>_TOKEN; no message holds it, nor an address."""

    def __init__(self, contract: Contract, per_second: float) -> None:
        self._source = contract.source
        self._codec = codec(contract)
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=10, read=120), retries=False)
        self._headers = {"Accept": "application/json", "User-Agent": "rendi", **self._token(contract)}
        self._pause = 1 / per_second
        self._next = 0.0

    def ask(self, url: str) -> Answer:
        """The document at an address; RendiError where it cannot be had.

        Lost and cut connections, documents that are cut short, and servers that are too busy are tried again: after as
        long as the server says (Retry-After), else after a time that doubles.
        """
        retrying = Retrying(
            stop=stop_after_attempt(TRIES), wait=_wait, retry=retry_if_exception_type(_Again), sleep=time.sleep
        )
        try:
            return retrying(self._once, url)
        except RetryError as error:
            raise RendiError(f"{self._where(url)} {error.last_attempt.exception()}, {TRIES} times: try later") from None

    def _once(self, url: str) -> Answer:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._pause
        try:
            response = self._pool.request("GET", url, headers=self._headers, redirect=False, preload_content=False)
            try:
                data = response.read(_LARGEST + 1)
            finally:
                response.close()
        except urllib3.exceptions.HTTPError as error:
            # Its own text holds the address, whose query may hold what identifies a record.
            raise _Again(f"cannot be reached, or breaks off ({type(error).__name__})") from None
        if response.status in _PASSES:
            raise _Again(f"answers {response.status}", self._after(url, response.headers.get("Retry-After")))
        if response.status in (401, 403):
            variable = f"RENDI_HTTP_{self._source.upper()}_TOKEN"
            raise RendiError(f"{self._where(url)} answers {response.status}: is {variable} right?")
        if response.status != 200:
            raise RendiError(f"{self._where(url)} answers {response.status}: is the contract's 'url' right?")
        if len(data) > _LARGEST:
            raise RendiError(f"{self._where(url)} gives pages of more than 64 MiB: ask for fewer records a page")
        try:
            return Answer(data, loads(data.decode(self._codec)))
        except ValueError:
            raise _Again("gives a document that is cut short or no JSON") from None

    def _after(self, url: str, said: str | None) -> float | None:
        after = urllib3.Retry().parse_retry_after(said) if said and _RETRY_AFTER.fullmatch(said) else None
        if after is not None and after > _LONGEST_WAIT:
            raise RendiError(f"{self._where(url)} wants to be left alone for {after:.0f} seconds: try later")
        return after

    def _where(self, url: str) -> str:
        return f"{self._source}: the interface at {urlsplit(url).hostname}"

    def _token(self, contract: Contract) -> dict[str, str]:
        variable = f"RENDI_HTTP_{contract.source.upper()}_TOKEN"
        token = os.environ.get(variable, "").strip()
        if token and not re.fullmatch(r"[!-~]+", token):
            raise RendiError(f"{contract.source}: {variable} holds blanks or characters that no header can carry")
        return {"Authorization": f"Bearer {token}"} if token else {}


_RETRY_AFTER = re.compile(r"\s*[0-9]{1,9}\s*|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT")


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Again) and error.after is not None:
        return error.after
    return wait_exponential_jitter(initial=FIRST_WAIT, max=60, jitter=FIRST_WAIT)(state)
