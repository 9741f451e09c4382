"""A port for a server that a test starts a moment later."""

import random
import socket

# Below the ports that the system itself gives away: one of those may be another test's connection a moment later.
LOWEST, HIGHEST = 20_000, 30_000


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has."""
    while True:
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", random.randint(LOWEST, HIGHEST)))
            except OSError:
                continue
            return int(one.getsockname()[1])
