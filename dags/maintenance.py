"""Once a week by day: small files become large ones, and those that nobody can need any more go."""

from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, CronTriggerTimetable

from dags.dates import ZONE
from dags.shared import DEFAULTS, HOUSE, rendi

with DAG(
    "maintenance",
    description="Compact and clean the lake; the last two closed nights stay readable",
    schedule=CronTriggerTimetable("0 14 * * 0", timezone=ZONE),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=DEFAULTS,
):
    BashOperator(task_id="maintain", bash_command=rendi("maintain"), cwd=str(HOUSE))
