"""The Spark session: the only file that knows Spark's settings."""

import os
import sys

from pyspark.sql import SparkSession

SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "Asia/Shanghai",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.pythonUDF.arrow.enabled": "true",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.legacy.javaCharsets": "true",
    # Every call on a column would look up its caller, which costs more than planning the query.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Compiling a query takes longer than it runs on few rows.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseParallelGC -XX:ReservedCodeCacheSize=512m",
    # A plan can hold values of the data; it must not reach a log or an exception's text.
    "spark.sql.maxPlanStringLength": "1000",
    # Its default of 50 makes every small commit slow.
    "spark.databricks.delta.snapshotPartitions": "2",
    # The change feed tells each unit what is new (rule 3); readers outside Spark cannot read deletion vectors.
    "spark.databricks.delta.properties.defaults.enableChangeDataFeed": "true",
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    # A commit without rows still has to carry what it has seen.
    "spark.databricks.delta.skipRecordingEmptyCommits": "false",
}


def start(master: str = "local[*]", driver_memory: str = "4g") -> SparkSession:
    """Start (or get) the session with Rendi's settings.

    master: a Spark master URL. driver_memory: the driver's heap, which on `local` is all there is.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    cores = os.cpu_count() or 2
    builder = (
        SparkSession.builder.appName("rendi")
        .master(master)
        .config("spark.driver.memory", driver_memory)
        .config("spark.sql.shuffle.partitions", str(max(2, cores)))
        .config("spark.driver.host", "localhost")
    )
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
