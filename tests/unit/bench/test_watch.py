"""What a measurement watches of the processes that it starts."""

import subprocess
import sys

import pytest

from bench.watch import Taken

MIB = 1 << 20
FORKED = """
import os
block = bytearray(os.urandom(1 << 20)) * 200
if os.fork():
    print("ready", flush=True)
input()
"""


def test_pages_that_a_fork_shares_count_once() -> None:
    command = [sys.executable, "-c", FORKED]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        taken = Taken()
        taken.look(process.pid)
        process.stdin.write("\n\n")
    assert len(taken.cpu) == 2
    assert taken.jvm == 0
    assert taken.python == pytest.approx(215 * MIB, rel=0.1)


def test_a_process_that_ended_takes_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    taken = Taken()
    taken.look(process.pid)
    assert (taken.jvm, taken.python) == (0, 0)
