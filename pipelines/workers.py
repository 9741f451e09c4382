"""Spark's Python workers, as `spark.python.daemon.module`: with no archive on the path, and the libraries loaded once.

Spark puts `pyspark.zip` and its own core's JAR on its workers' path and, before every task, lets Python forget what it
knows of the path: the archives' directories were read anew each time, 50 ms a task, and a small night has thousands.
"""

import sys

ARCHIVES = (".zip", ".jar")
sys.path[:] = [entry for entry in sys.path if not entry.endswith(ARCHIVES)]
for entry in [e for e in sys.path_importer_cache if e.endswith(ARCHIVES)]:
    del sys.path_importer_cache[entry]

# Workers are forked from here, and share what is loaded before.
import pandas  # noqa: E402, F401
import pyarrow  # noqa: E402, F401
from pyspark.daemon import manager  # noqa: E402

if __name__ == "__main__":
    manager()
