"""The business date of a night that Airflow begins."""

from datetime import timedelta
from zoneinfo import ZoneInfo

ZONE = "Asia/Shanghai"


def business_date(params, dag_run):
    """What `params` say, else the day in ZONE with which the run's data interval begins, YYYY-MM-DD.

    A run without a logical date has no interval (`dags trigger` on the command line): its date is the day before it was
    to begin, the last that is over, as it is of a run from the browser.
    """
    if params.get("date"):
        return params["date"]
    if dag_run.data_interval_start is not None:
        return str(dag_run.data_interval_start.astimezone(ZoneInfo(ZONE)).date())
    return str(dag_run.run_after.astimezone(ZoneInfo(ZONE)).date() - timedelta(days=1))
