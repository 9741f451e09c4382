"""Archive the classes that a unit loads, so that the next JVM maps them in place of reading and linking the JARs again.

A task of Airflow is a process of its own, and without the archive a quarter of a small one's CPU time is loading
classes. They are those that land and refine of a small made-up source load. Another Java, or other JARs, make the
archive of no use and no harm: run this again. A JVM that maps one that was cut short ends at once, so that it is tried
before it is put in place.
Usage: python requirements/classes.py
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import write
from pipelines import java
from pipelines.session import CLASS_ARCHIVE

SOURCE, DATE = "police_household", "2026-03-02"


def main() -> None:
    """Run the units, and let their JVM write the archive as it ends."""
    with tempfile.TemporaryDirectory(dir=CLASS_ARCHIVE.parent) as folder:
        made = Path(folder) / CLASS_ARCHIVE.name
        write(Path(folder) / "city", people=100, days=1)
        # With another one in use the JVM would write none.
        CLASS_ARCHIVE.unlink(missing_ok=True)
        rendi = [str(Path(sys.executable).with_name("rendi")), "unit", "land", "refine"]
        rendi += ["--source", SOURCE, "--date", DATE]
        rendi += ["--landing", f"{folder}/city/landing", "--lake", f"{folder}/lake"]
        run(rendi, SPARK_SUBMIT_OPTS=f"-XX:ArchiveClassesAtExit={made}")
        run([java.program() or "java", f"-XX:SharedArchiveFile={made}", "-version"])
        if not made.exists():
            sys.exit("the JVM wrote no archive of its classes")
        made.replace(CLASS_ARCHIVE)


def run(command: list[str], **given: str) -> None:
    """Run a command to the end of all that it started; what it said is shown where it failed."""
    done = subprocess.run(command, env=os.environ | given, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\n{command[0]} ended with {done.returncode}, so no archive is made")


if __name__ == "__main__":
    main()
