"""topics: masters joined with business records, one table a SQL file of this folder."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from pipelines.lake import Lake
from schemas import contract, relations, topic
from schemas.errors import RendiError, nearest
from schemas.recorded import ENTITY_ID, schema
from schemas.topic import Topic

FOLDER = Path(__file__).parent


def topics(lake: Lake, night: date, folder: Path = FOLDER, threads: int = 2) -> None:
    """Bring every topic of the folder up to what masters and records say now; its commit says what it has seen.

    night: ages count as of the first day of its month, which queries read as `:month`.
    """
    contracts = contract.load_all()
    # What nobody has delivered anything for yet is known all the same.
    masters = [*ENTITY_ID, *(table.name for table in relations.load(contracts))]
    known = {*views(lake), *(f"master_{name}" for name in masters), *(f"record_{c.source}" for c in contracts)}
    every = topic.load(folder)
    for one in every:
        for view in one.reads:
            if view not in known:
                raise RendiError(f"{one.name}.sql: no view '{view}'{nearest(view, known)}")
    with ThreadPoolExecutor(threads) as pool:
        jobs = [pool.submit(refresh, lake, one, night.replace(day=1)) for one in every]
    for job in jobs:
        job.result()


def views(lake: Lake) -> list[str]:
    """The views that topics may read of what there is: master_<name> and record_<source>."""
    return [table.replace("/", "_") for table in lake.tables("master", "record")]


def refresh(lake: Lake, one: Topic, month: date) -> None:
    """Bring one topic up to date, if anything that it reads has changed."""
    tables = {view: view.replace("_", "/", 1) for view in one.reads}
    inputs = {table: lake.version(table) for table in tables.values() if lake.exists(table)}
    if any(table.startswith("master/") and table not in inputs for table in tables.values()):
        return
    facts = hashlib.sha256(f"{one.sql}{month if ':month' in one.sql else ''}".encode()).hexdigest()[:16]
    table, seen = f"topic/{one.name}", {"inputs": inputs, "facts": facts}
    if lake.exists(table) and lake.seen(table) == seen:
        return
    # A session of its own: what one topic names, another does not see.
    own = lake.for_thread()
    for view, name in tables.items():
        rows = own.read(name, inputs[name]) if name in inputs else _nothing(own, view)
        rows.createOrReplaceTempView(view)
    rows = run(own, one, month)
    own.replace(table, rows, one.key, seen=seen)


def run(lake: Lake, one: Topic, month: date) -> DataFrame:
    """The topic's rows, with the columns of its header in their order, over the views of the lake's session.

    RendiError where the query does not run, or gives other columns than the header says.
    """
    try:
        rows = lake.spark.sql(one.sql.replace(":month", f"DATE '{month.isoformat()}'"))
    except AnalysisException as error:
        raise RendiError(f"{one.name}.sql: {_reason(error, one.reads)}") from None
    names = [item.name for item in one.items]
    for column in rows.columns:
        if column not in names:
            raise RendiError(f"{one.name}.sql: the header has no item '{column}'{nearest(column, names)}")
    for name in names:
        if name not in rows.columns:
            raise RendiError(f"{one.name}.sql: the query has no column '{name}'{nearest(name, rows.columns)}")
    return rows.select(*names)


def _nothing(lake: Lake, view: str) -> DataFrame:
    """A source that has not delivered yet: its columns, and no rows."""
    one = contract.load(view.removeprefix("record_"))
    return lake.spark.createDataFrame([], schema(one))


def _reason(error: AnalysisException, known: Iterable[str]) -> str:
    missing = error.getMessageParameters() or {}
    if error.getCondition() == "TABLE_OR_VIEW_NOT_FOUND":
        view = missing.get("relationName", "").replace("`", "")
        return f"no view '{view}'{nearest(view, known)}"
    return str(error).splitlines()[0]
