"""What the DAGs come to in Airflow, as one line of JSON; test_dags.py has Airflow's Python run it.

Argument: a JSON list of what manual runs of `nightly` are configured with.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.models.taskinstance import TaskInstance
from airflow.sdk.definitions.param import process_params
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization

# A quarter past midnight in Shanghai, on 4 March.
BEGAN = datetime(2026, 3, 3, 16, 15, tzinfo=UTC)


def tries(task: Any) -> dict[str, Any]:
    """How often a serialised task is tried again, and the least and most seconds before its second and third try."""
    waits = []
    for number in (1, 2):
        nights = [BEGAN + timedelta(days=n) for n in range(200)]
        failed = [
            SimpleNamespace(
                task=task,
                dag_id=task.dag.dag_id,
                task_id=task.task_id,
                logical_date=night,
                try_number=number,
                end_date=BEGAN,
                retry_delay_override=None,
            )
            for night in nights
        ]
        seconds = [(TaskInstance.next_retry_datetime(one) - BEGAN).total_seconds() for one in failed]
        waits.append([min(seconds), max(seconds)])
    return {
        "retries": task.retries,
        "waits": waits,
        "at most": task.max_retry_delay.total_seconds(),
        "policy": task.has_retry_policy,
        "told": task.has_on_failure_callback,
    }


def arguments(conf: Mapping[str, Any]) -> dict[str, list[Any]] | str:
    """What each task of a manual run gives `rendi`, of `source` a list for each; or what is wrong with the run."""
    # Read anew, as by a process of its own: what a run is configured with stays in the DAG.
    dag = DagBag().dags["nightly"]
    each = dag.get_task("each")
    try:
        params = process_params(dag, each, dict(conf), suppress_exception=False)
    except ParamValidationError as error:
        return str(error)
    context = {"params": params, "dag_run": SimpleNamespace(data_interval_start=None, run_after=BEGAN)}
    found = {"source": each.python_callable(*each.render_template(each.op_args, context), params=params)}
    for unit in ("link", "protect", "master", "topics", "publish"):
        task = dag.get_task(unit)
        found[unit] = task.render_template(task.application_args, context)
    return found


def deadline(alarm: Any) -> dict[str, Any]:
    """When a deadline is over, counted from what, and what it calls."""
    (one,) = alarm
    return {
        "after": one.interval.total_seconds(),
        "from": type(one.reference).__name__,
        "calls": one.callback.path,
    }


if __name__ == "__main__":
    read = {name: DagSerialization.from_dict(DagSerialization.to_dict(dag)) for name, dag in DagBag().dags.items()}
    said = {
        "tries": {name: {task.task_id: tries(task) for task in dag.tasks} for name, dag in read.items()},
        "arguments": [arguments(conf) for conf in json.loads(sys.argv[1])],
        "deadlines": {name: deadline(dag.deadline) for name, dag in DagBag().dags.items() if dag.deadline},
    }
    print(json.dumps(said))
