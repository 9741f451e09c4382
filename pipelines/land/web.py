"""A department's HTTP interface: a document asked for again until it is whole, and not more often than is allowed."""

import os
import re
import time
from json import JSONDecodeError
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3
from tenacity import RetryCallState, RetryError, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from pipelines.land.encoding import BOM, codec
from pipelines.land.json_text import loads
from schemas.contract import Contract
from schemas.errors import RendiError

TRIES = 6
# Seconds before the second try; doubled for each that follows.
FIRST_WAIT = 1.0
# Seconds that one page may take. The pool's own limit is for each read: one byte every while would never meet it.
LONGEST_PAGE = 900.0
_LONGEST_WAIT = 300.0
_LARGEST = 64 << 20
_BLOCK = 1 << 16
# What passes: too many requests, or a server that is not well.
_PASSES = {408, 425, 429, 500, 502, 503, 504}


class Answer(NamedTuple):
    """A document: its bytes as they came, and what they say."""

    data: bytes
    document: Any


class _Again(Exception):  # noqa: N818  (it is no error yet)
    def __init__(self, why: str, after: float = 0.0) -> None:
        super().__init__(why)
        self.after = after


class Web:
    """The interface of one contract. Its token is RENDI_HTTP_<SOURCE>_TOKEN; no message holds it, nor an address."""

    def __init__(self, contract: Contract, per_second: float) -> None:
        self._source = contract.source
        self._codec = codec(contract)
        self._variable = f"{variable(contract)}_TOKEN"
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=10, read=120), retries=False)
        self._headers = {"Accept": "application/json", "User-Agent": "rendi", **self._token()}
        self._pause = 1 / per_second
        self._next = 0.0

    def ask(self, url: str) -> Answer:
        """The document at an address; RendiError where it cannot be had.

        Lost and cut connections, documents that are cut short or take too long, and servers that are too busy are tried
        again: after a time that doubles, and no sooner than the server says (Retry-After).
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
        end = time.monotonic() + LONGEST_PAGE
        try:
            response = self._pool.request("GET", url, headers=self._headers, redirect=False, preload_content=False)
            try:
                data = _body(response, end)
            finally:
                response.close()
        except urllib3.exceptions.HTTPError as error:
            # Its own text holds the address, whose query may hold what identifies a record.
            raise _Again(f"cannot be reached, or breaks off ({type(error).__name__})") from None
        if response.status in _PASSES:
            raise _Again(f"answers {response.status}", self._after(url, response.headers.get("Retry-After")))
        if response.status in (401, 403):
            raise RendiError(f"{self._where(url)} answers {response.status}: is {self._variable} right?")
        if response.status != 200:
            raise RendiError(f"{self._where(url)} answers {response.status}: is the contract's 'url' right?")
        if len(data) > _LARGEST:
            raise RendiError(f"{self._where(url)} gives pages of more than 64 MiB: ask for fewer records a page")
        try:
            return Answer(data, loads(data.decode(self._codec).removeprefix(BOM)))
        except ValueError as error:
            raise self._no_json(url, data, error) from None

    def _no_json(self, url: str, data: bytes, error: ValueError) -> Exception:
        """Why a document cannot be read. Only one that ends too early may be another at the next try."""
        if data.lstrip(BOM.encode() + b" \t\r\n").startswith(b"<"):
            why = f"a page, e.g. of a login, and no JSON: is the contract's 'url' right, and is {self._variable} valid?"
        elif _cut(error):
            return _Again("gives a document that is empty or cut short")
        elif isinstance(error, UnicodeDecodeError):
            why = f"a document that is not in {self._codec}: is the contract's 'encoding' right?"
        else:
            # The decoder names a place and no content; behind a semicolon stands advice for whoever writes Python.
            cause = str(error).partition(";")[0]
            why = f"a document that is not JSON as the standard has it ({cause}): ask the department"
        return RendiError(f"{self._where(url)} gives {why}")

    def _after(self, url: str, said: str | None) -> float:
        if not said or not _RETRY_AFTER.fullmatch(said):
            return 0.0
        try:
            after = urllib3.Retry().parse_retry_after(said)
        except urllib3.exceptions.InvalidHeader:  # a date that is none
            return 0.0
        if after > _LONGEST_WAIT:
            raise RendiError(f"{self._where(url)} wants to be left alone for {after:.0f} seconds: try later")
        return after

    def _where(self, url: str) -> str:
        return f"{self._source}: the interface at {urlsplit(url).hostname}"

    def _token(self) -> dict[str, str]:
        token = os.environ.get(self._variable, "").strip()
        if token and not re.fullmatch(r"[!-~]+", token):
            raise RendiError(f"{self._source}: {self._variable} holds blanks or characters that no header can carry")
        return {"Authorization": f"Bearer {token}"} if token else {}


# What a document ends in that was cut within a word, a number or an escape, or between two of them.
_CUT = re.compile(r"[-+.\\0-9A-Za-z]{0,6}")
_RETRY_AFTER = re.compile(r"\s*[0-9]{1,9}\s*|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT")


def variable(contract: Contract) -> str:
    """The environment variable that stands in for the contract's URL; with _TOKEN it holds the token."""
    return f"RENDI_HTTP_{contract.source.upper()}"


def _body(response: urllib3.BaseHTTPResponse, end: float) -> bytes:
    """What is sent, until the time `end`, and no more than shows that it is too much."""
    data = bytearray()
    # read1 gives what is there; read would wait until a block is full.
    while len(data) <= _LARGEST and (block := response.read1(_BLOCK)):
        data += block
        if time.monotonic() > end:
            raise _Again(f"takes longer than {LONGEST_PAGE / 60:.0f} minutes for a page")
    return bytes(data)


def _cut(error: ValueError) -> bool:
    """Whether a document is unreadable because it ends too early: nothing of it, or an object without its end."""
    if isinstance(error, UnicodeDecodeError):
        return error.end == len(error.object)  # half a character at the end
    if not isinstance(error, JSONDecodeError) or error.doc.lstrip()[:1] not in ("", "{"):
        return False
    return error.msg.startswith("Unterminated string") or bool(_CUT.fullmatch(error.doc, error.pos))


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    ours = wait_exponential_jitter(initial=FIRST_WAIT, max=60, jitter=FIRST_WAIT)(state)
    # The server's may be 0, or a time that is over by our clock.
    return max(ours, error.after) if isinstance(error, _Again) else ours
