"""What a callback step needs: the pipeline's role sends the message, and its worker takes and answers it.

One that queues a training job also has that job's role.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....language import Definition
from ....language.field import ARGUMENTS, Field
from ....language.queued_training import queued_request
from ....language.tokens import has_string_token
from ...aws_urls import queue_of
from ...environment import Environment
from ...escaping import derived
from ...keys import key_arn
from ...needs import Needs, RoleNeeds
from ...permissions import DEPLOYED, ILLEGIBLE, RUN_TIME, Permission
from ..jobs.training import training_job

ANSWER = ("sagemaker:SendPipelineExecutionStepFailure", "sagemaker:SendPipelineExecutionStepSuccess")
"""What a worker calls to end the step."""
_TAKE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
"""What Lambda asks of the role of a function that gets the messages of a queue (Lambda developer guide)."""


def pipeline(need: Needs) -> Iterator[Permission]:
    """Sending to the queue, and encrypting the message with the queue's own key; SQS asks for both key actions."""
    url = need.beside.at("SqsQueueUrl")
    queue, key = _queue(url.value, need.environment) if isinstance(url.value, str) else (None, None)
    if url.value and queue is None:
        of_text = DEPLOYED if has_string_token(str(url.value)) else ILLEGIBLE
        why = of_text if isinstance(url.value, str) else RUN_TIME
        yield need.note(("sqs:SendMessage",), "queue", why, url)
    if queue is not None:
        yield Permission(("sqs:SendMessage",), (queue,), because=need.because(url))
    actions = ("kms:Decrypt", "kms:GenerateDataKey")
    if key is not None:
        arn, only = key_arn(key, need.environment)
        yield Permission(actions, (arn,), only, need.because(url))
    elif queue is not None and queue in need.environment.keyless:
        yield need.unsaid_key(actions, "queue", queue, need.because(url))


def jobs(need: Needs) -> RoleNeeds:
    """What the role of a queued training job needs."""
    request = queued_request(need.step)
    if request is not None:
        job = Field(need.step, ARGUMENTS, request)
        yield from need.of(need.role(job.at("RoleArn")).value, training_job(need, job))


def workers(definition: Definition, environment: Environment) -> Iterator[tuple[Any, Permission]]:
    """What the role of a function needs that answers a callback step, with the ARN of the queue that it works off."""
    return derived(_of_workers, definition, environment)


def _of_workers(definition: Definition, environment: Environment) -> Iterator[tuple[Any, Permission]]:
    for step in definition.all_steps():
        need = Needs(definition, step, environment)
        url = need.beside.at("SqsQueueUrl")
        queue, key = _queue(url.value, environment) if isinstance(url.value, str) else (None, None)
        if step.type != "Callback" or queue is None:
            continue
        because = need.because(url, "whose messages it takes")
        yield queue, Permission(_TAKE, (queue,), because=because)
        if key is not None:
            arn, only = key_arn(key, environment)
            yield queue, Permission(("kms:Decrypt",), (arn,), only, because)
        # the service writes the name in lower case into its ARNs; the token alone tells the execution and the step
        name = environment.pipeline_name
        name = name if has_string_token(name) else name.lower()
        executions = environment.sagemaker(f"pipeline/{name}/execution/*")
        yield queue, Permission(ANSWER, (executions,), because=because)


def _queue(url: str, environment: Environment) -> tuple[str | None, str | None]:
    """The ARNs of the queue and its key; of a queue that is known by its URL alone the key is not known."""
    if url in environment.queues:
        return environment.queues[url]
    told = queue_of(url)
    if told is None or not told.is_known:
        return None, None
    return f"arn:{environment.partition}:sqs:{told.region}:{told.account}:{told.name}", None
