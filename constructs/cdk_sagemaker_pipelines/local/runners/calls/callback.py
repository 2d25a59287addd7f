"""Callback steps: a message to a queue, and a wait for the answer to its token.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-callback
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopPipelineExecution.html
Documented: an execution does not stop while a callback step is running. When asked to stop, it sends a second message
with the status "Stopping" to the queue and stops when the step is answered, with success or failure. Our
interpretation: the step ends as its answer says, the execution as Stopped either way. The API's page calls the member
"Status", the guide's example "status"; messages here use the latter, like those that start the step.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from ....language import StepView
from ...endings import StepFailed, StepResult, StepStopped
from ...engine.output_parameters import as_parameters, typed_outputs
from ...engine.runner import StepContext
from ..base.request import invoke

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


class CallbackRunner:
    """Sends the message and waits."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        url = context.evaluate(step.json.get("SqsQueueUrl"))
        if not isinstance(url, str) or not url:
            raise StepFailed(f"the step's SqsQueueUrl is {url!r}; it must be the URL of a queue")
        with context.services.callbacks.waiting(context.execution_arn) as callback:
            told = {"CallbackToken": callback.token, "SqsQueueUrl": url}
            context.report({"Callback": told})

            def send(status: str) -> None:
                message = {
                    "token": callback.token,
                    "pipelineExecutionArn": context.execution_arn,
                    "arguments": arguments,
                    "status": status,
                }
                _send(context, url, message)

            send("Executing")
            with (
                context.stopping.calling(lambda: _stopping(context, lambda: send("Stopping"))),
                context.abandoned.calling(callback.over.set),
            ):
                callback.over.wait()
        if callback.failure is not None:
            raise StepFailed(callback.failure or "the callback step was answered with failure, without a reason")
        if callback.outputs is None:
            raise StepStopped
        outputs = typed_outputs(step, dict(callback.outputs), "the answer to the callback")
        metadata = {"Callback": {**told, "OutputParameters": as_parameters(outputs)}}
        return StepResult({"OutputParameters": outputs}, metadata)


def _stopping(context: StepContext, send: Callable[[], None]) -> None:
    if context.abandoned.is_set():
        return
    try:
        send()
    except StepFailed as error:  # the queue may be gone, which must not fail the stop request
        _logger.warning("a stopping message cannot be sent: %s", error.reason)


def _send(context: StepContext, url: str, message: dict[str, Any]) -> None:
    request: dict[str, Any] = {"QueueUrl": url, "MessageBody": json.dumps(message, default=str)}
    if url.endswith(".fifo"):
        request["MessageGroupId"] = context.execution_id
        request["MessageDeduplicationId"] = f"{message['token']}-{message['status']}"
    invoke(context.services.client("sqs"), "SendMessage", request)
