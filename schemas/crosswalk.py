"""The words of the crosswalk (link/<subject>_record), which link writes and protect reads."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# The role of the subject that a record is about.
SELF = "self"
# Beside the place that a mention finds: the code of its community, in place of the address (12 digits).
COMMUNITY = "community_code"
# What tells, beside the entity's id, whom a record or a version of it names.
TOLD = ("record_id", "source", "role", "version", "left_on", COMMUNITY)
# `version` of what a record says now.
NOW = ""
# What names a row of superseded.
ROW = ("_delivery", "_file", "_row")


def version() -> Column:
    """`version` of what an earlier version of a record said: which of superseded's rows that is (string)."""
    return F.concat_ws("/", *ROW)
