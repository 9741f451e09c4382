"""A department's HTTP interface on this machine, with the faults that such interfaces have."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "not-for-any-log"
_NAMED = {"drop", "cut", "truncated", "repeat", "more", "dribble"}


@dataclass
class Interface:
    """Serves records in pages. faults: what the next requests meet, one each, None for nothing:
    drop, cut (in mid-body), truncated (JSON of the right length that ends too soon), repeat (the page before), more (a
    total that is one higher), dribble (a byte every 50 ms), a number (a status), with seconds to wait behind a point, a
    text (503, with this Retry-After), and bytes (in place of the document).
    """

    records: list[Any]
    size: int = 3
    faults: list[Any] = field(default_factory=list)
    asked: list[tuple[float, str, str | None]] = field(default_factory=list)
    token: str | None = TOKEN
    total: int | None = None
    elsewhere: str = ""
    port: int = 0
    last: Any = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/records"

    def page(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """The document of one page: numbered, linked and with a cursor, so that a contract may choose."""
        at = int((query.get("cursor") or [0])[0]) or (int((query.get("page") or [1])[0]) - 1) * self.size
        rest = at + self.size
        found = self.total if self.total is not None else len(self.records)
        following = {"next": f"{self.elsewhere}?cursor={rest}", "cursor": rest} if rest < len(self.records) else {}
        return {"code": 0, "data": {"total": found, "rows": self.records[at:rest], **following}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        interface: Interface = self.server.interface  # type: ignore[attr-defined]
        interface.asked.append((time.monotonic(), self.path, self.headers.get("Authorization")))
        fault = interface.faults.pop(0) if interface.faults else None
        if interface.token and self.headers.get("Authorization") != f"Bearer {interface.token}":
            fault = 401
        if fault == "drop":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if isinstance(fault, int | float) or (isinstance(fault, str) and fault not in _NAMED):
            status, wait = (503, fault) if isinstance(fault, str) else (int(fault), round(fault % 1 * 1000))
            self.send_response(status)
            if wait:
                self.send_header("Retry-After", str(wait))
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        document = interface.page(parse_qs(urlsplit(self.path).query))
        if fault == "repeat" and interface.last is not None:
            document = interface.last
        if fault == "more":
            document["data"]["total"] += 1
        interface.last = document
        body = json.dumps(document, ensure_ascii=False).encode()
        if fault == "truncated":
            body = body[: len(body) // 2]
        if isinstance(fault, bytes):
            body = fault
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault == "dribble":
            self.dribble(body)
            return
        self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
        if fault == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def dribble(self, body: bytes) -> None:
        """One byte after the other, as long as somebody reads."""
        self.close_connection = True
        with suppress(ConnectionError):
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(records: Sequence[Any], **settings: Any) -> Iterator[Interface]:
    """An interface that runs as long as the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    interface = Interface(list(records), port=server.server_port, **settings)
    server.interface = interface  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield interface
    finally:
        server.shutdown()
        server.server_close()
