"""What the measurements ran on."""

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

PACKAGES = ("pyspark", "delta-spark", "deltalake", "great-expectations", "duckdb", "pyarrow")


def mebibytes(memory: str) -> float:
    """An amount of memory as Spark writes it: `4g`, `4096m`, or MiB without a unit."""
    number, unit = re.fullmatch(r"(\d+)([kmgt]?)b?", memory.strip().lower()).groups()  # type: ignore[union-attr]
    return float(number) * {"k": 2**-10, "": 1, "m": 1, "g": 2**10, "t": 2**20}[unit]


def describe() -> dict[str, str]:
    """Processor, memory, system and versions, as the page names them."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8"))
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr.splitlines()[0]
    return {
        "processor": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "unknown",
        "system": f"Linux {platform.release().split('-')[0]}",
        "Java": java,
        "Python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }
