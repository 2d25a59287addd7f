"""What becomes of the calls of functions whose answer nobody waits for: destinations and dead letters.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
Other than on AWS a failed call is not repeated.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

from moto.awslambda.models import LambdaFunction

from ..functions.function import Answer
from ..json_text import parsed
from .repeating import moment

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

DEAD_LETTERS = "smpipe_dead_letters"
"""The attribute of moto's functions for what moto does not keep: the ARN of their ``DeadLetterConfig``."""


class _World(Protocol):
    def services(self, account: str, region: str) -> Any: ...


def ended(world: _World, found: LambdaFunction, event: Any, outcome: Answer | Exception) -> None:
    """Logs a failure, and tells of the end where the function's configuration says; what fails there is logged."""
    failed = outcome if isinstance(outcome, Exception) else outcome.error
    text = str(outcome) if isinstance(outcome, Exception) else outcome.payload.decode(errors="replace")
    if failed:
        _logger.warning("an asynchronous call of the function %s failed: %s", found.function_name, text[:1000])
    about = {"RequestID": str(uuid.uuid4()), "ErrorCode": "200", "ErrorMessage": text[:1000]}
    configured = found.event_invoke_config[-1].config if found.event_invoke_config else {}
    side = (configured.get("DestinationConfig") or {}).get("OnFailure" if failed else "OnSuccess") or {}
    try:
        if side.get("Destination"):
            _send(world, side["Destination"], _record(found, event, about, outcome), {})
        if failed and getattr(found, DEAD_LETTERS, None):
            _send(world, getattr(found, DEAD_LETTERS), event, about)
    except Exception as error:  # there is nobody to tell but the log
        _logger.warning("the end of a call of the function %s could not be reported: %s", found.function_name, error)


def _record(found: LambdaFunction, event: Any, about: Mapping[str, str], outcome: Answer | Exception) -> dict[str, Any]:
    context: dict[str, Any] = {"statusCode": 200, "executedVersion": str(found.version)}
    failed = isinstance(outcome, Exception) or bool(outcome.error)
    if failed:
        context["functionError"] = "Unhandled"
    if isinstance(outcome, Exception):
        payload: Any = {"errorMessage": str(outcome), "errorType": type(outcome).__name__}
    else:
        payload = parsed(outcome.payload or b"null")
    return {
        "version": "1.0",
        "timestamp": moment().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "requestContext": {
            "requestId": about["RequestID"],
            "functionArn": f"{found.function_arn}:{found.version}",
            "condition": "RetriesExhausted" if failed else "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": event,
        "responseContext": context,
        "responsePayload": payload,
    }


def _send(world: _World, arn: str, message: Any, about: Mapping[str, str]) -> None:
    service, region, account = arn.split(":")[2:5]
    client, text = world.services(account, region).client, json.dumps(message)
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in about.items()}
    if service == "sqs":
        url = client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        client("sqs").send_message(QueueUrl=url, MessageBody=text, MessageAttributes=attributes)
    elif service == "sns":
        client("sns").publish(TopicArn=arn, Message=text, MessageAttributes=attributes)
    elif service == "lambda":
        client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=text.encode())
    else:
        raise ValueError(f"the local AWS does not send to the destination {arn}")
