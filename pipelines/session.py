"""The Spark session: the only file that knows Spark's settings."""

import logging
import os
import sys
from pathlib import Path

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from pipelines import java
from schemas.errors import RendiError

LOGGING = f'-Dlog4j2.configurationFile="{Path(__file__).with_name("log4j2.properties").as_uri()}"'

# glibc gives each core up to eight pools of memory, and what is freed in one stays there: a night of 200,000 people
# took 522 MiB in 19 of them, and takes 211 MiB in these.
ARENAS = "2"

SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "Asia/Shanghai",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.pythonUDF.arrow.enabled": "true",
    "spark.sql.legacy.javaCharsets": "true",
    # Every call on a column would look up its caller, which costs more than planning the query.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.python.daemon.module": "pipelines.workers",
    # A plan of many columns costs more to reason about than its few rows; nobody reads the plans' descriptions.
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.lightweightPlanChangeValidation": "false",
    "spark.sql.ui.explainMode": "simple",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # A query's own code is one huge method, which the JVM would otherwise interpret for ever.
    "spark.driver.extraJavaOptions": "-XX:-DontCompileHugeMethods -XX:+UseParallelGC -XX:ReservedCodeCacheSize=512m "
    + LOGGING,
    "spark.executorEnv.MALLOC_ARENA_MAX": ARENAS,
    # An executor writes down why a task failed, where everyone may look who sees the cluster.
    "spark.executor.defaultJavaOptions": LOGGING,
    # A side of a join is sent to every task where the code says so. What an exchange wrote, compressed, says little of
    # what it takes in memory: by that guess a city of a million filled a heap of 4 GB.
    "spark.sql.adaptive.autoBroadcastJoinThreshold": "-1",
    # What tasks sort and units keep has to fit into the heap's old generation (two thirds of it) beside all else that
    # lives long: by the default of 0.6 a city of a million spent its night collecting garbage.
    "spark.memory.fraction": "0.45",
    # What is kept on disk is written as it lies in memory; by Java's own serialiser each row costs as much as its work.
    "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    # A small table that is sent to every task takes a page, and a page is 64 MiB by default.
    "spark.buffer.pageSize": "1m",
    # To clean rows of three origins once, and not the same three times in one plan.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.PushProjectionThroughUnion",
    # A table's files are named by its log: listing them asks for no job.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
    # See `fit`.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # A plan can hold values of the data; it must not reach a log or an exception's text.
    "spark.sql.maxPlanStringLength": "1000",
    # Its default of 50 makes every small commit slow.
    "spark.databricks.delta.snapshotPartitions": "2",
    # The change feed tells each unit what is new (rule 3); readers outside Spark cannot read deletion vectors.
    "spark.databricks.delta.properties.defaults.enableChangeDataFeed": "true",
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    # Nothing is looked up by a range; a log with the least and greatest values of columns would tell of persons.
    "spark.databricks.delta.properties.defaults.dataSkippingNumIndexedCols": "0",
    # As `direct_commit.TOGETHER`.
    "spark.hadoop.parquet.block.row.count.limit": "131072",
    # A commit without rows still has to carry what it has seen.
    "spark.databricks.delta.skipRecordingEmptyCommits": "false",
}

# Most of a night's time is planning, by code that runs a few times: the JVM's second compiler would take a core for
# itself, and has to see a loop run long before it pays. A process of land and refine of a small source takes a third
# less CPU time without it.
SHORT = SETTINGS["spark.driver.extraJavaOptions"] + " -XX:TieredStopAtLevel=1"
# Made by requirements/classes.py. One that does not fit this Java or these JARs is passed over, which is worth no word.
CLASS_ARCHIVE = Path(sys.prefix) / "classes.jsa"
if CLASS_ARCHIVE.exists():
    SHORT += f' -XX:SharedArchiveFile="{CLASS_ARCHIVE}" -Xlog:cds=off,cds+dynamic=off'

# What py4j would ask the JVM for again each time that a column is made, searching every JAR for it.
CLASSES = (
    "PythonUtils",
    "PythonSQLUtils",
    "SimplePythonFunction",
    "PythonRDD",
    "SerDeUtil",
    "functions",
    "org.apache.spark.sql.functions",
    "org.apache.spark.sql.classic.SparkSession",
)
MEMBERS = {
    "PythonUtils": ("toSeq",),
    "functions": ("col", "not"),
    "org.apache.spark.sql.functions": (
        "array", "coalesce", "col", "concat", "expr", "lit", "regexp_replace", "struct", "substring", "when",
    ),
    "org.apache.spark.sql.classic.SparkSession": ("getActiveSession",),
}  # fmt: skip

# Rows from which on a query's own Java code is worth its compilation (0.1 to 1 s a query).
COMPILED = 10_000
# Rows from which on a result may well be too large to collect, so that trying to would compute it twice.
MANY = 50_000
# Rows from which on what is kept is kept on disk, where it takes an eighth longer.
LARGE = 500_000
ROWS = "spark.rendi.rows"


def start(master: str = "local[*]", driver_memory: str = "4g", long: bool = False) -> SparkSession:
    """Start (or get) the session with Rendi's settings.

    master: a Spark master URL. driver_memory: the driver's heap, which on `local` is all there is. long: whether the
    work on rows will take so long that it pays to compile its loops well. RendiError where Java is missing or too old,
    or does not take these settings, and where the master does not answer.
    """
    java.require()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("MALLOC_ARENA_MAX", ARENAS)
    builder = SparkSession.builder.appName("rendi").master(master).config("spark.driver.memory", driver_memory)
    if master.startswith("local"):
        builder = builder.config("spark.driver.host", "localhost")
        # A cluster's cores are not the driver's: there it is Spark's default, or what `--conf` says.
        builder = builder.config("spark.sql.shuffle.partitions", str(max(2, os.cpu_count() or 2)))
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    if not long:
        builder = builder.config("spark.driver.extraJavaOptions", SHORT)
    session = _got(builder, master, driver_memory)
    session.sparkContext.setLogLevel("ERROR")
    _remember_names(session)
    # It logs the plan of a query that failed, which can hold values.
    for logger in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        logging.getLogger(logger).disabled = True
    return session


def _got(builder: SparkSession.Builder, master: str, driver_memory: str) -> SparkSession:
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        if error.getCondition() != "JAVA_GATEWAY_EXITED":
            raise
        why = "above"
    except Py4JJavaError as error:
        # A cluster that is down is told above only, and a master that is none in the exception only.
        why = f"above or here ({error.java_exception.toString().splitlines()[0]})"
    raise RendiError(
        f"Spark did not start on {master} with {driver_memory} of memory, and says why {why}: mend what it names, such "
        "as RENDI_MASTER or RENDI_DRIVER_MEMORY"
    )


def fit(session: SparkSession, rows: int) -> None:
    """Fit the session to queries that will read so many rows.

    Where they are many, queries are compiled, and planned again after each exchange by what it counted. Where they are
    few, both cost more than they gain: a job an exchange, and a compilation a query. So does a second task: to send it
    its plan takes longer than its rows, and where there is one task, nothing has to be exchanged at all.
    """
    compiled = rows >= COMPILED
    # A new session has the settings that the application was started with.
    started_with = session.sparkContext._jsc.sc().conf()
    for setting in ("spark.sql.shuffle.partitions", "spark.sql.leafNodeDefaultParallelism"):
        if not compiled:
            session.conf.set(setting, "1")
        elif started_with.contains(setting):
            session.conf.set(setting, started_with.get(setting))
        else:
            session.conf.unset(setting)
    session.conf.set("spark.sql.adaptive.enabled", str(compiled).lower())
    session.conf.set("spark.sql.codegen.wholeStage", str(compiled).lower())
    session.conf.set("spark.sql.codegen.factoryMode", "FALLBACK" if compiled else "NO_CODEGEN")
    session.conf.set(ROWS, str(rows))


def _remember_names(session: SparkSession) -> None:
    jvm = session.sparkContext._jvm
    for name in CLASSES:
        found = getattr(jvm, name)
        for member in MEMBERS.get(name, ()):
            setattr(found, member, getattr(found, member))
        setattr(jvm, name, found)


def is_small(session: SparkSession) -> bool:
    """Whether the session is fitted to few rows."""
    return _rows(session) < MANY


def is_large(session: SparkSession) -> bool:
    """Whether the session is fitted to more rows than a heap should hold several times."""
    return _rows(session) >= LARGE


def another(session: SparkSession) -> SparkSession:
    """A session of its own on the same Spark, fitted as this one."""
    own = session.newSession()
    fit(own, _rows(session))
    return own


def _rows(session: SparkSession) -> int:
    return int(str(session.conf.get(ROWS, "0")))
