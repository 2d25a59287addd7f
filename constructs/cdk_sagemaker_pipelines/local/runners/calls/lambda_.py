"""Lambda steps: one call of a function.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-lambda
Documented: the step fails after 10 minutes while the function continues; an execution cannot be stopped while a
function is running: it is stopped when the function ends, and fails if the time is over first.
"""

from __future__ import annotations

import json
import threading
from queue import SimpleQueue
from typing import Any

from ....language import StepView
from ...container.log import failure_reason
from ...endings import StepFailed, StepResult, StepTimedOut
from ...engine.output_parameters import as_parameters, typed_outputs
from ...engine.runner import StepContext
from ...json_text import parsed
from ..base.request import invoke

LIMIT_SECONDS = 600


class LambdaRunner:
    """Calls the function with the step's arguments as its event."""

    def __init__(self, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._limit = limit_seconds

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        arn = context.evaluate(step.json.get("FunctionArn"))
        if not isinstance(arn, str) or not arn:
            raise StepFailed(f"the step's FunctionArn is {arn!r}; it must be the ARN of a function")
        context.report({"Lambda": {"Arn": arn}})
        returned = self._call(context, arn, arguments)
        outputs = typed_outputs(step, returned if isinstance(returned, dict) else {}, f"the function {arn}")
        metadata = {"Lambda": {"Arn": arn, "OutputParameters": as_parameters(outputs)}}
        return StepResult({"OutputParameters": outputs}, metadata)

    def _call(self, context: StepContext, arn: str, event: dict[str, Any]) -> Any:
        answers: SimpleQueue[Any] = SimpleQueue()

        def run() -> None:
            try:
                answers.put(self._invoke(context, arn, event))
            except Exception as error:
                answers.put(error)

        # The function continues when the step gives up on it.
        threading.Thread(target=run, name=f"call of {arn.rsplit(':', 1)[-1]}", daemon=True).start()
        with context.abandoned.calling(lambda: answers.put(None)):
            timer = threading.Timer(self._limit, answers.put, (TimeoutError(),))
            timer.daemon = True
            timer.start()
            answer = answers.get()
            timer.cancel()
        if isinstance(answer, TimeoutError):
            raise StepTimedOut(f"the Lambda function {arn} did not end within the step's {self._limit:g} seconds")
        if isinstance(answer, Exception):
            raise answer
        context.abandoned.check()
        payload = answer["Payload"]
        if answer.get("FunctionError"):
            raise _function_failed(arn, payload)
        return payload

    def _invoke(self, context: StepContext, arn: str, event: dict[str, Any]) -> dict[str, Any]:
        request = {"FunctionName": arn, "InvocationType": "RequestResponse", "Payload": json.dumps(event, default=str)}
        answer = invoke(context.services.client("lambda"), "Invoke", request)
        text = answer["Payload"].read()
        try:
            return {**answer, "Payload": parsed(text) if text else None}
        except ValueError as error:
            raise StepFailed(f"the Lambda function {arn} answered with what is not JSON: {error}") from error


def _function_failed(arn: str, error: Any) -> StepFailed:
    told = error if isinstance(error, dict) else {}
    head = f"the Lambda function {arn} failed: {told.get('errorType', 'Error')}: {told.get('errorMessage', error)}"
    trace = told.get("stackTrace")
    reason = failure_reason(head, "".join(map(str, trace)).rstrip() if isinstance(trace, list) else "")
    return StepTimedOut(reason) if told.get("errorType") == "Sandbox.Timedout" else StepFailed(reason)
