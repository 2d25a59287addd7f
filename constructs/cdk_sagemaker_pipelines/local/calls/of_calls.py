"""The values of calls: of functions, and of queues that take the message of a callback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .attempt import QUEUED, Attempt, Use
from .of_jobs import training


def callback(attempt: Attempt) -> Iterator[Use]:
    """A message to a queue, given by its URL."""
    url = str(attempt.said.get("SqsQueueUrl") or "").split("/")
    if len(url) > 1:
        region = next((part for part in url[2].split(".")[1:2] if url[2].endswith("amazonaws.com")), attempt.region)
        account = url[-2] if url[-2].isdigit() else attempt.account
        queue = f"arn:{attempt.partition}:sqs:{region}:{account}:{url[-1]}"
        yield attempt.use({"queue": queue, "queue_key": attempt.known.queue_key(queue)})
    if QUEUED in attempt.said:
        # the job is created by Batch, with the role of whoever submits it
        inner = replace(attempt, arguments=attempt.said[QUEUED], of_type="Training", role="")
        yield from training(inner)


def lambda_(attempt: Attempt) -> Iterator[Use]:
    """A function, or a version of one."""
    function = str(attempt.said.get("FunctionArn") or "")
    if function:
        yield attempt.use({"function": function})
