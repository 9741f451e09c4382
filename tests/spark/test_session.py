"""What Spark's JVM says on the terminal holds no value of the data (rule 12); what memory it takes beside its heap; a
master that cannot be had is one sentence.
"""

import subprocess
import sys

import pytest
from pyspark.sql import SparkSession

QUERY = """
from pyspark.errors import PySparkException
from pyspark.sql import functions as F
from pipelines.session import start
spark = start("local[1]", "1g")
try:
    spark.range(3).select(F.raise_error(F.lit("440106199001011237"))).collect()
except PySparkException as error:
    print(type(error).__name__)
"""


def test_a_failing_task_is_told_without_its_text() -> None:
    done = subprocess.run([sys.executable, "-c", QUERY], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.strip() == "SparkRuntimeException"
    assert "Exception in task" in done.stderr
    assert "440106199001011237" not in done.stderr


def test_the_jvm_keeps_two_pools_of_memory(spark: SparkSession) -> None:
    assert spark._jvm is not None
    assert spark._jvm.java.lang.System.getenv("MALLOC_ARENA_MAX") == "2"


@pytest.mark.parametrize(
    ("master", "why"), [("local[0]", "Asked to run locally with 0 threads"), ("lokal", "says why above: ")]
)
def test_a_master_that_is_none_is_one_sentence_with_the_reason(master: str, why: str) -> None:
    call = f"""
from pipelines.session import start
from schemas.errors import RendiError
try:
    start("{master}", "1g")
except RendiError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, timeout=300, check=True)
    (told,) = done.stdout.splitlines()
    assert told.startswith(f"Spark did not start on {master} with 1g") and why in told and "RENDI_MASTER" in told
