"""Put the JARs of jars.txt beside Spark's own, by Maven coordinate and checked by hash.

Spark's bundled Ivy resolves them, so that no repository's address stands here and the machine's own settings hold.
Usage: python requirements/jars.py [--print]   (--print shows the hashes of what was resolved, to write into jars.txt)
"""

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

HERE = Path(__file__).parent
TARGET = Path(pyspark.__file__).parent / "jars"


def wanted() -> dict[str, str]:
    """Coordinate -> SHA-256 of each JAR in jars.txt."""
    lines = (HERE / "jars.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))


def file_name(coordinate: str) -> str:
    """The name under which Ivy stores a coordinate `group:artifact:version`."""
    return "_".join(coordinate.split(":")[:2]) + "-" + coordinate.split(":")[2] + ".jar"


def resolve(coordinates: list[str], folder: Path) -> None:
    """Let Spark's Ivy bring the JARs into `folder/jars`."""
    os.environ["PYSPARK_SUBMIT_ARGS"] = "pyspark-shell"
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars.packages", ",".join(coordinates))
        .config("spark.jars.ivy", str(folder))
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    session.stop()


def main() -> None:
    """Fetch what is missing; refuse what has another hash than jars.txt says."""
    jars = wanted()
    missing = [c for c in jars if not (TARGET / file_name(c)).exists()]
    if missing:
        with tempfile.TemporaryDirectory() as folder:
            resolve(missing, Path(folder))
            for coordinate in missing:
                found = Path(folder) / "jars" / file_name(coordinate)
                digest = hashlib.sha256(found.read_bytes()).hexdigest()
                if "--print" in sys.argv:
                    print(coordinate, digest)
                elif digest != jars[coordinate]:
                    sys.exit(f"{coordinate}: SHA-256 {digest}, not {jars[coordinate]}: nothing was put in place")
                else:
                    shutil.copy(found, TARGET)


if __name__ == "__main__":
    main()
