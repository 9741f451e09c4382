"""What the DAGs share: where the house stands, how a unit is submitted, which assets the masters are."""

import os
import shlex
from datetime import timedelta
from pathlib import Path

from airflow.sdk import Asset
from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy

from dags.alarm import failed

HOUSE = Path(__file__).resolve().parents[1]
APPLICATION = str(HOUSE / "pipelines" / "cli.py")
MASTERS = [Asset(f"rendi://master/{name}") for name in ("person", "legal_entity", "place")]


class UnlessRefused(RetryPolicy):
    """A refused delivery stays refused until the department delivers again, or an engineer overrides."""

    def evaluate(self, exception, try_number, max_tries, context=None):
        """Exit code 3 of `rendi unit` says refused; anything else may be worth another try."""
        if "Error code is: 3." in str(exception):
            return RetryDecision.fail("the delivery is refused")
        return RetryDecision.default()


# How often and after how long are Airflow's own settings (default_task_retries, default_task_retry_delay).
DEFAULTS = {
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    "on_failure_callback": failed,
}


def rendi(command: str) -> str:
    """A `rendi` command that needs no Spark, for a shell."""
    return f"{shlex.quote(os.environ['PYSPARK_PYTHON'])} {shlex.quote(APPLICATION)} {command}"
