"""Archive the classes that a unit loads, so that the next JVM maps them in place of reading and linking the JARs again.

A task of Airflow is a process of its own, and without the archive a fifth of what it computes is loading classes. They
are those that land and refine of a small made-up source load. The file is put in place whole: a JVM that maps one
that was cut short ends at once. Another Java, or other JARs, make it of no use and no harm: run this again.
Usage: python requirements/classes.py
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import write
from pipelines.session import CLASS_ARCHIVE

SOURCE, DATE = "police_household", "2026-03-02"


def main() -> None:
    """Run the units, and let their JVM write the archive as it ends."""
    with tempfile.TemporaryDirectory(dir=CLASS_ARCHIVE.parent) as folder:
        made = Path(folder) / CLASS_ARCHIVE.name
        write(Path(folder) / "city", people=100, days=1)
        rendi = [str(Path(sys.executable).with_name("rendi")), "unit", "land", "refine"]
        rendi += ["--source", SOURCE, "--date", DATE]
        rendi += ["--landing", f"{folder}/city/landing", "--lake", f"{folder}/lake"]
        done = subprocess.run(
            rendi,
            env=os.environ | {"SPARK_SUBMIT_OPTS": f"-XX:ArchiveClassesAtExit={made}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not made.exists():
            sys.exit(f"{done.stdout}{done.stderr}\nthe JVM wrote no archive of its classes")
        made.replace(CLASS_ARCHIVE)


if __name__ == "__main__":
    main()
