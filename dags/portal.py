"""What is open goes to the portal (RENDI_PORTAL) once a night has closed with new masters."""

from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

from dags.shared import DEFAULTS, HOUSE, MASTERS, rendi

with DAG(
    "portal",
    description="Push open datasets to where the portal serves them from",
    schedule=MASTERS,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULTS,
):
    # Its exit code 99 says that no portal is set, and Airflow shows the task as skipped.
    BashOperator(task_id="push", bash_command=rendi("portal push"), cwd=str(HOUSE))
