"""Who is told when a night fails or is late: the log, and the webhook that RENDI_WEBHOOK names."""

import asyncio
import json
import logging
import os
import urllib.request
from http.client import HTTPException

log = logging.getLogger("rendi")


def failed(context):
    """A task has failed for good; the reason is what `rendi` said last."""
    said = str(context.get("exception") or "").splitlines()
    reasons = [line.strip() for line in said if line.strip().startswith("rendi:")]
    run, task = context["dag_run"], context["task_instance"]
    source = f" {task.rendered_map_index}" if getattr(task, "rendered_map_index", None) else ""
    # Anything else that a process printed may hold what must not leave this machine.
    tell(f"{run.dag_id} {run.run_id}: {task.task_id}{source} failed: {(reasons or ['see the log of the task'])[-1]}")


async def late(context, **_):
    """The masters are not there by the time that was promised."""
    run = context["dag_run"]
    # The triggerer has others to serve while a webhook makes it wait.
    await asyncio.to_thread(
        tell, f"{run['dag_id']} {run['dag_run_id']}: the masters are late; the last closed night stays in force"
    )


def tell(text):
    """Say it in the log and, as JSON `{"text": ...}`, to the webhook.

    A webhook that does not answer, or is no address, stops nothing: it is one more sentence in the log.
    """
    log.error(text)
    if url := os.environ.get("RENDI_WEBHOOK"):
        body = json.dumps({"text": text}).encode()
        try:
            request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=10).close()
        except OSError as error:
            log.error("the webhook did not take it: %s", error)
        except (ValueError, HTTPException) as error:
            # Its text may show the address, and who knows that may post there.
            log.error(
                "the webhook did not take it (%s): see whether RENDI_WEBHOOK is an address that begins with https://",
                type(error).__name__,
            )
