"""Java, on which Spark runs: whether it is there and new enough, asked before Spark starts and by `rendi doctor`."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from schemas.errors import RendiError

LEAST = 17
INSTALL = f"install Java {LEAST} or newer (Debian: apt-get install openjdk-{LEAST}-jre-headless)"
# Java 8 calls itself 1.8.
_VERSION = re.compile(r'(?:JAVA_VERSION=| version )"((?:1\.)?([0-9]+)[^"]*)"')


def program() -> str | None:
    """The Java that Spark takes; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=f"{home}/bin" if home else None)


def look() -> tuple[bool, str]:
    """Whether the Java that Spark takes is new enough, and what there is to say of it."""
    home, java = os.environ.get("JAVA_HOME"), program()
    where = f" in JAVA_HOME ({home})" if home else ""
    if java is None:
        return False, f"not found{where}: {INSTALL}"
    found = _VERSION.search(_written(java)) or _VERSION.search(_said(java))
    if found is None:
        return False, f"({java}) does not tell its version: {INSTALL}"
    if int(found[2]) < LEAST:
        return False, f"{found[1]}{where} is too old: {INSTALL}"
    return True, f"{found[1]} ({java})"


def require() -> None:
    """RendiError where Spark cannot start for want of Java."""
    # What spark-submit started has a Java that Spark runs on.
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        fine, said = look()
        if not fine:
            raise RendiError(f"Java {said}")


def _written(java: str) -> str:
    """What stands in the file `release`, which each Java since 9 has: to ask the JVM takes a tenth of a second."""
    release = Path(java).resolve().parent.parent / "release"
    return release.read_text(encoding="utf-8", errors="replace") if release.is_file() else ""


def _said(java: str) -> str:
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, errors="replace", check=False)
    except OSError:
        return ""
    return done.stderr
