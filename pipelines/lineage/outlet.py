"""Where events go: always into a file of the lake, one a business date; to a lineage server too, where one is set."""

import errno
import logging
import os
import threading
from pathlib import Path

import requests
from openlineage.client.event_v2 import RunEvent
from openlineage.client.serde import Serde
from openlineage.client.transport.http import HttpConfig, HttpTransport

FOLDER = "governed/ops/openlineage"
SECONDS = 5.0

log = logging.getLogger("rendi")


class Outlet:
    """One night's way out for events, shared by its threads."""

    def __init__(self, file: Path, url: str | None) -> None:
        self.file = file
        self._lock = threading.Lock()
        # A server that does not answer is asked once a run, not once an event: retrying would hold up the night.
        config = HttpConfig(url, timeout=SECONDS, retry={"total": 0}) if url else None
        self._server = HttpTransport(config) if config else None

    def send(self, event: RunEvent) -> None:
        """Write the event down, then send it; a server that fails is told of in one sentence, and asked no more."""
        with self._lock:
            self._write(event)
            if self._server is None:
                return
            try:
                self._server.emit(event)
            except requests.RequestException as error:
                self._server = None
                log.warning(
                    "the lineage server does not take events (%s): the night goes on, and %s holds them all",
                    type(error).__name__,
                    self.file,
                )

    def _write(self, event: RunEvent) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # One write a line: units that run as processes of their own append to the same file.
        target = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            line = f"{Serde.to_json(event)}\n".encode()
            if os.write(target, line) < len(line):
                # What follows on half a line could not be read either.
                os.write(target, b"\n")
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.file))
        finally:
            os.close(target)
