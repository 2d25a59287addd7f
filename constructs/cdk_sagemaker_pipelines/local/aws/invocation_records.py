"""What is reported of the end of an asynchronous call of a function, and to whom.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from moto.awslambda.models import LambdaFunction

from ..functions.function import Answer
from ..json_text import parsed
from .repeating import moment
from .target_roles import TargetRoles

DEAD_LETTERS = "smpipe_dead_letters"
"""The attribute of moto's functions for what moto does not keep: the ARN of their ``DeadLetterConfig``."""
LOG_GROUP = "smpipe_log_group"
"""The same for the group of their ``LoggingConfig``."""
_UNCALLED = "ZeroReservedConcurrency"
_LONGEST_TEXT = 1000


class _World(Protocol):
    @property
    def target_roles(self) -> TargetRoles: ...

    def services(self, account: str, region: str) -> Any: ...


@dataclass(frozen=True)
class End:
    """How a call has ended."""

    request: str
    """The id of the request."""
    event: Any
    outcome: Answer | Exception
    condition: str
    """Lambda's word: ``Success``, ``RetriesExhausted``, ``EventAgeExceeded`` or ``ZeroReservedConcurrency``."""
    tries: int

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.condition != "Success"

    @property
    def about(self) -> dict[str, tuple[str, str]]:
        """The attributes of a dead letter, each with its type."""
        of_function = isinstance(self.outcome, Answer)
        text = self.outcome.payload.decode(errors="replace") if isinstance(self.outcome, Answer) else str(self.outcome)
        code = "200" if of_function else "429" if self.condition == _UNCALLED else "500"
        return {
            "RequestID": ("String", self.request),
            "ErrorCode": ("Number", code),
            "ErrorMessage": ("String", text[:_LONGEST_TEXT]),
        }


def record(found: LambdaFunction, end: End) -> dict[str, Any]:
    """What destinations get."""
    uncalled, now = end.condition == _UNCALLED, moment()
    context = {
        "requestId": end.request,
        "functionArn": found.function_arn if _is_published(found) else f"{found.function_arn}:$LATEST",
        "condition": end.condition,
        "approximateInvokeCount": 0 if uncalled else end.tries,
    }
    told = {
        "version": "1.0",
        "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z",
        "requestContext": context,
        "requestPayload": end.event,
    }
    if uncalled:
        return told
    version = str(found.version) if _is_published(found) else "$LATEST"
    answered: dict[str, Any] = {"statusCode": 200, "executedVersion": version}
    if isinstance(end.outcome, Answer):
        payload: Any = parsed(end.outcome.payload or b"null")
    else:
        answered["statusCode"] = 500
        payload = {"errorMessage": str(end.outcome), "errorType": type(end.outcome).__name__}
    return {
        **told,
        "responseContext": {**answered, **({"functionError": "Unhandled"} if end.failed else {})},
        "responsePayload": payload,
    }


def reported(
    world: _World, arn: str, message: Any, found: LambdaFunction, about: Mapping[str, tuple[str, str]] | None = None
) -> None:
    """Sends a record or a dead letter to a destination.

    Raises ``ValueError`` for one that is not done here, and for one that the role of the function may not send to.
    """
    if ":role/" in str(found.role):
        refused = world.target_roles.refusal_of_function(str(found.role), found.account_id, arn)
        if refused:
            raise ValueError(refused)
    service, region, account = arn.split(":")[2:5]
    client, text = world.services(account, region).client, json.dumps(message)
    attributes = {name: {"DataType": kind, "StringValue": value} for name, (kind, value) in (about or {}).items()}
    if service == "sqs":
        url = client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        client("sqs").send_message(QueueUrl=url, MessageBody=text, MessageAttributes=attributes)
    elif service == "sns":
        client("sns").publish(TopicArn=arn, Message=text, MessageAttributes=attributes)
    elif service == "lambda":
        client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=text.encode())
    elif service == "events" and ":event-bus/" in arn:
        succeeded = message["requestContext"]["condition"] == "Success"
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {'Success' if succeeded else 'Failure'}",
            "Resources": [arn, message["requestContext"]["functionArn"]],
            "Detail": text,
            "EventBusName": arn,
        }
        # from the function's account, whose events the policy of a bus elsewhere must let in
        own = world.services(found.account_id, region).client("events")
        (answer,) = own.put_events(Entries=[entry])["Entries"]
        if "ErrorMessage" in answer:
            raise ValueError(answer["ErrorMessage"])
    else:
        raise ValueError(f"the local AWS does not send to the destination {arn}")


def _is_published(found: LambdaFunction) -> bool:
    """Whether the ARN ends with the number of a version."""
    return str(found.function_arn).count(":") > 6
