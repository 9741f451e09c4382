"""What tests of events share: the specification's schemas, and a lineage server on this machine."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

SPEC = Path(__file__).parent / "spec"


@pytest.fixture(scope="session")
def valid() -> Callable[[dict[str, Any]], None]:
    """Judge an event, and each of its facets by the schema that it names; raises where one does not hold."""
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in SPEC.glob("*.json")]
    registry: Registry = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in schemas)

    def judge(event: dict[str, Any]) -> None:
        datasets = [*event["inputs"], *event["outputs"]]
        parts = [(event, event["schemaURL"])]
        parts += [(f, f["_schemaURL"]) for f in event["run"]["facets"].values()]
        parts += [(f, f["_schemaURL"]) for dataset in datasets for f in dataset["facets"].values()]
        for part, url in parts:
            jsonschema.Draft202012Validator({"$ref": url}, registry=registry).validate(part)

    return judge


class Server:
    """A lineage server that keeps what it gets, or answers that it cannot."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.asked = 0
        self.status = 201
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/api/v1/lineage" and outer.status < 300:
                    outer.got.append(json.loads(body))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()
