"""`rendi` as the tests of faults start it: the same program, with a Delta checkpoint at every other commit.

By itself a table writes one at its tenth or hundredth commit, which two nights do not reach.
"""

from pipelines import direct_commit, session
from pipelines.cli import main

EVERY = "2"

direct_commit.PROPERTIES["delta.checkpointInterval"] = EVERY
session.SETTINGS["spark.databricks.delta.properties.defaults.checkpointInterval"] = EVERY
main()
