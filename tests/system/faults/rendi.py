"""`rendi` as the tests of faults start it: the same program, with a Delta checkpoint at every other commit.

By itself a table writes one at its tenth or hundredth commit, which two nights do not reach. And where lakes.SENT says
so, more rows than that are many: their commits go the way of a large city's, which 200 people would never take.
"""

import os

from pipelines import direct_commit, scratch, session

EVERY = "2"

direct_commit.PROPERTIES["delta.checkpointInterval"] = EVERY
session.SETTINGS["spark.databricks.delta.properties.defaults.checkpointInterval"] = EVERY
scratch.SENT = int(os.environ.get("RENDI_FAULTS_SENT", scratch.SENT))

# Last: whoever sends few rows takes that number by its name.
from pipelines.cli import main  # noqa: E402

main()
