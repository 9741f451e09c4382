"""A department's database through JDBC: where it is, who asks, and one state of it for several questions."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from py4j.java_gateway import is_instance_of  # type: ignore[import-untyped]
from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from schemas.contract import Contract
from schemas.errors import RendiError

_SQLITE = re.compile(r"jdbc:sqlite:(?:file:)?([^?]+)")
_POSTGRES = "jdbc:postgresql:"
# Types of which the database itself knows the day.
_MOMENTS = {"date", "timestamp without time zone", "timestamp with time zone"}
# Who sleeps on a dead connection sleeps all night. ApplicationName tells the department who asks.
_PATIENCE = {"connectTimeout": "30", "socketTimeout": "900", "tcpKeepAlive": "true", "ApplicationName": "rendi"}
_STATE = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@dataclass(frozen=True)
class Database:
    """The database of a contract's table, in one state. snapshot: that state's name in PostgreSQL, None elsewhere."""

    spark: SparkSession
    contract: Contract
    url: str
    snapshot: str | None = None

    @cached_property
    def columns(self) -> dict[str, bool]:
        """Each column of the table, and whether its type is a date or a timestamp by which the database can choose."""
        if self.snapshot is None:
            return dict.fromkeys(self.ask(str(self.contract.table)).columns, False)
        table = str(self.contract.table).replace("'", "''")
        found = self.ask(
            "(SELECT attname::text AS label, format_type(atttypid, NULL) AS type, attnum FROM pg_attribute "
            f"WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped) AS columns"
        ).collect()
        if not found:
            raise RendiError(f"{self.contract.source}: table '{table}' is not there, or this user may not see it")
        return {row["label"]: row["type"] in _MOMENTS for row in sorted(found, key=lambda row: row["attnum"])}

    @cached_property
    def named(self) -> dict[str, str]:
        """Each column's name in `texts`, by its place: Spark does not tell apart what differs by case alone."""
        return {label: f"_{at}" for at, label in enumerate(self.columns)}

    def texts(self, where: str, parts: Sequence[str] = ()) -> DataFrame:
        """The table's columns as text. where: a condition in SQL; parts: conditions over the names that the columns
        have here, of parts that are read side by side, each row in one of them.
        """
        if self.snapshot is None:
            # The driver's own types would fail on the first value that is not of its column's type.
            rows = self.ask(str(self.contract.table), ", ".join(f"`{label}` STRING" for label in self.named))
            return rows.toDF(*self.named.values())
        fields = ", ".join(f"CAST({quoted(label)} AS text) AS {name}" for label, name in self.named.items())
        return self.ask(f"(SELECT {fields} FROM {self.contract.table} WHERE {where}) AS texts", parts=parts)

    def ask(self, query: str, schema: str | None = None, parts: Sequence[str] = ()) -> DataFrame:
        """The rows of a table or a query in parentheses; RendiError where the database does not answer."""
        options = {**_account(self.contract), "fetchsize": "10000"}
        if schema:
            options["customSchema"] = schema
        if _SQLITE.match(self.url):
            # 1 is SQLITE_OPEN_READONLY: what was delivered is not touched.
            options["open_mode"] = "1"
        if self.snapshot is not None:
            zone = self.spark.conf.get("spark.sql.session.timeZone")
            options |= _PATIENCE
            options["sessionInitStatement"] = (
                f"{_STATE}; SET TRANSACTION SNAPSHOT '{self.snapshot}'; SET LOCAL TIME ZONE '{zone}'"
            )
        with told(self.contract):
            if parts:
                return self.spark.read.jdbc(self.url, query, predicates=list(parts), properties=options)
            return self.spark.read.jdbc(self.url, query, properties=options)


@contextmanager
def state(spark: SparkSession, contract: Contract, landing: str) -> Iterator[Database]:
    """The database as it is now, for as long as the block runs.

    PostgreSQL: every question, from however many tasks, sees what was committed when the block began (an exported
    snapshot of a transaction that stays open). Others: each question sees what is committed when it is asked.
    """
    url = address(contract, landing)
    if not present(contract, landing):
        raise RendiError(
            f"{contract.source}: no database at {database(contract, landing)}: deliver it, or set {variable(contract)}"
        )
    if not url.startswith(_POSTGRES):
        yield Database(spark, contract, url)
        return
    jvm: Any = spark._jvm
    with told(contract):
        properties = jvm.java.util.Properties()
        for key, value in {**_account(contract), **_PATIENCE}.items():
            properties.setProperty(key, value)
        connection = jvm.org.postgresql.Driver().connect(url, properties)
    try:
        with told(contract):
            connection.setAutoCommit(False)
            statement = connection.createStatement()
            statement.execute(f"{_STATE}; SET LOCAL idle_in_transaction_session_timeout = 0")
            answer = statement.executeQuery("SELECT pg_export_snapshot()")
            answer.next()
            snapshot = str(answer.getString(1))
        yield Database(spark, contract, url, snapshot)
    finally:
        with told(contract):
            connection.close()


@contextmanager
def told(contract: Contract) -> Iterator[None]:
    """Turn what a driver throws into a sentence: its own may name what is secret in the URL, or a value."""
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        name = variable(contract)
        raise RendiError(
            f"{contract.source}: table '{contract.table}' cannot be read ({_kind(error)}): is the database up, is the "
            f"table there, are {name}, {name}_USER and {name}_PASSWORD right? Nothing of it is used; run it again"
        ) from None


def present(contract: Contract, landing: str) -> bool:
    """Whether there is a table to ask: False only for an SQLite file that does not lie where the URL says."""
    file = database(contract, landing)
    return file is None or Path(file).is_file()


def database(contract: Contract, landing: str) -> str | None:
    """The SQLite file that a JDBC source is read from; None for a source of files, or one that a server keeps."""
    file = _SQLITE.match(address(contract, landing)) if contract.format == "jdbc" else None
    return file[1] if file else None


def address(contract: Contract, landing: str) -> str:
    """The database's URL: RENDI_JDBC_<SOURCE> over the contract's, with the landing folder for {landing}."""
    url = os.environ.get(variable(contract)) or str(contract.url)
    if "{landing}" not in url:
        return url
    folder = landing if "://" in landing else str(Path(landing).resolve())
    return url.replace("{landing}", folder.removeprefix("file://").rstrip("/"))


def variable(contract: Contract) -> str:
    """The environment variable that stands in for the contract's URL; with _USER and _PASSWORD it says who asks."""
    return f"RENDI_JDBC_{contract.source.upper()}"


def quoted(label: str) -> str:
    """A column's name in SQL."""
    return '"' + label.replace('"', '""') + '"'


def _account(contract: Contract) -> dict[str, str]:
    given = {key: os.environ.get(f"{variable(contract)}_{key.upper()}") for key in ("user", "password")}
    return {key: value for key, value in given.items() if value}


def _kind(error: Py4JJavaError | PySparkException) -> str:
    """The class of what the driver threw, with the standard's five characters for why (SQLSTATE)."""
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    name = type(error).__name__
    while java is not None:
        name = java.getClass().getSimpleName()
        if is_instance_of(SparkContext._gateway, java, "java.sql.SQLException"):
            return f"{name}, SQLSTATE {java.getSQLState()}" if java.getSQLState() else name
        java = java.getCause()
    return name
