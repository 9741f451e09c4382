"""The night: every source by itself, then what needs all of them. A task is a spark-submit of units of `rendi`."""

import os
from datetime import datetime, timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG, AsyncCallback, CronDataIntervalTimetable, DeadlineAlert, DeadlineReference, Param, task

from dags.alarm import late
from dags.dates import ZONE, business_date
from dags.shared import APPLICATION, DEFAULTS, MASTERS, UnlessRefused
from schemas.contract import sources

# The business date is the last day that is over when the night begins: the data interval of a scheduled one.
DATE = "{{ business_date(params, dag_run) }}"
SUBMIT = {"application": APPLICATION, "pool": "spark", "retry_policy": UnlessRefused()}

with DAG(
    "nightly",
    description="From the departments' deliveries to the masters and what is open",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=ZONE),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=DEFAULTS,
    user_defined_macros={"business_date": business_date},
    params={
        "date": Param(
            None, type=["null", "string"], format="date", description="Business date; else the last day over"
        ),
        "sources": Param(
            [],
            type="array",
            items={"enum": list(sources())},
            uniqueItems=True,
            description="Only these; none means all",
        ),
        "rebuild": Param(False, type="boolean", description="Make the sources anew from bronze and decisions"),
    },
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(hours=float(os.environ.get("RENDI_DEADLINE_HOURS", "6"))),
        callback=AsyncCallback(late),
    ),
):

    @task
    def each(date, params=None):
        """What `rendi` is asked for each source."""
        more = ["--rebuild"] if params["rebuild"] else []
        chosen = params["sources"] or sources()
        return [["unit", "land", "refine", "--source", name, "--date", date, *more] for name in chosen]

    before = SparkSubmitOperator.partial(
        task_id="source", map_index_template="{{ task.application_args[4] }}", **SUBMIT
    ).expand(application_args=each(DATE))
    for unit in ("link", "protect", "master", "topics", "publish"):
        step = SparkSubmitOperator(
            task_id=unit,
            application_args=["unit", unit, "--date", DATE],
            # A source that failed has said so; the night goes on with what it delivered before.
            trigger_rule="all_done" if unit == "link" else "all_success",
            # The masters are new to readers once the night has closed.
            outlets=MASTERS if unit == "publish" else [],
            **SUBMIT,
        )
        before >> step
        before = step
