"""Run one measurement in a process of its own, and watch what it and its children take of memory and CPU."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import Run, Unit

HOUSE = Path(__file__).parents[1]
PAUSE = 0.5
PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")


@dataclass
class Taken:
    """Peak memory (bytes) of the JVM and of all Python processes together, and CPU seconds by process."""

    jvm: int = 0
    python: int = 0
    cpu: dict[int, float] = field(default_factory=dict)

    def look(self, top: int) -> None:
        """Take note of the process `top` and of all that it started."""
        memory = {"java": 0, "python": 0}
        for pid in _family(top):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)
                values = fields[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            self.cpu[pid] = (int(values[11]) + int(values[12])) / TICKS
            if _is_java(pid):
                # It forks itself to start another program, and for that moment its memory is there twice.
                memory["java"] = max(memory["java"], int(values[21]) * PAGE)
            else:
                memory["python"] += _share(pid)
        self.jvm, self.python = max(self.jvm, memory["java"]), max(self.python, memory["python"])


def run(module: str, out: Path, *arguments: str) -> Run:
    """Run `python -m module arguments out`, which leaves its figures as JSON in `out`; what it says goes to a log."""
    taken, busy, began = Taken(), _busy(), time.monotonic()
    command = [sys.executable, "-m", module, *arguments, str(out)]
    with out.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(command, cwd=HOUSE, stdout=log, stderr=log)
        while process.poll() is None:
            taken.look(process.pid)
            time.sleep(PAUSE)
    if process.returncode:
        sys.exit(f"{module} failed: {out.with_suffix('.log').read_text(encoding='utf-8', errors='replace')[-2000:]}")
    told: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    units = {name: Unit(**unit) for name, unit in told.pop("units", {}).items()}
    size = {"jvm": taken.jvm / 2**20, "python": taken.python / 2**20}
    cpu = sum(taken.cpu.values())
    others = max(0.0, (_busy() - busy - cpu) / (time.monotonic() - began))
    return Run(**told, **size, cpu=cpu, others=others, units=units)


def _is_java(pid: int) -> bool:
    """Whether a process runs the JVM's program. A fork of it is called by the name of the thread that made it."""
    try:
        return Path(f"/proc/{pid}/exe").resolve().name == "java"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _share(pid: int) -> int:
    """A process's memory in bytes, with its share of what it has in common with others (PSS).

    Python's workers are forks of one: each would count the same pages as its own. To ask the JVM, which shares nothing,
    would stop it for the time that it takes to walk through its heap.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _busy() -> float:
    """CPU seconds that the machine has spent on anything."""
    user, nice, system, _, _, *rest = map(
        int, Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()[1:]
    )
    return (user + nice + system + sum(rest[:3])) / TICKS


def _family(top: int) -> set[int]:
    """The process and all below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    found, more = {top}, {top}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more} - found
        found |= more
    return found
