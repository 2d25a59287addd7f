"""What Lambda runs as the worker of a callback step: calls the user's function, and answers the pipeline for it.

It is copied beside the files of the function, so it imports nothing of this package.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import boto3
from botocore.exceptions import ClientError

TRIES = 3
"""How often the function is called for a message that is not answered, as when its time is up."""
LONGEST_REASON = 256
LONGEST_VALUE = 1024

# what the service says when no step waits for the token any more, or when it does not take the outputs
_REFUSED = ("ConflictException", "ResourceNotFound", "ValidationException")
_LOG = logging.getLogger(__name__)


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Answers each message of SQS; those that it returns were not answered and come again."""
    failures = []
    for record in event["Records"]:
        try:
            _answer(json.loads(record["body"]), int(record["attributes"]["ApproximateReceiveCount"]))
        except Exception:
            _LOG.exception("message %s was not answered; it comes again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _answer(message: Mapping[str, Any], received: int) -> None:
    token = message["token"]
    if message.get("status") == "Stopping":
        _fail(token, "the execution is stopped")
        return
    if received > TRIES:
        _fail(token, f"the worker did not answer in {TRIES} tries; its log says more")
        return
    try:
        outputs = _texts(_function()(message.get("arguments") or {}))
    except (Exception, SystemExit) as error:  # whatever it is, the step must not wait for ever
        _LOG.exception("the step fails")
        _fail(token, f"{type(error).__name__}: {error}")
    else:
        _succeed(token, outputs)


@cache
def _function() -> Callable[[Mapping[str, Any]], Any]:
    module, _, name = os.environ["CALLBACK_HANDLER"].rpartition(".")
    function: Callable[[Mapping[str, Any]], Any] = getattr(import_module(module.replace("/", ".")), name)
    return function


@cache
def _sagemaker() -> Any:
    return boto3.client("sagemaker")


def _texts(outputs: Any) -> list[dict[str, str]]:
    """The outputs as the API takes them; what is no text is written as JSON."""
    if not isinstance(outputs, (dict, type(None))):
        raise TypeError(f"the function must return a dict of outputs by name, not {outputs!r}")
    found = []
    for name, value in (outputs or {}).items():
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        if len(text) > LONGEST_VALUE:
            raise ValueError(f"output {name!r} has {len(text)} characters; at most {LONGEST_VALUE} are taken")
        found.append({"Name": name, "Value": text})
    return found


def _succeed(token: str, outputs: list[dict[str, str]]) -> None:
    try:
        _sagemaker().send_pipeline_execution_step_success(CallbackToken=token, OutputParameters=outputs)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _REFUSED:
            raise
        _fail(token, f"the outputs were refused: {error.response['Error'].get('Message')}")


def _fail(token: str, reason: str) -> None:
    try:
        _sagemaker().send_pipeline_execution_step_failure(CallbackToken=token, FailureReason=reason[:LONGEST_REASON])
    except ClientError as error:
        if error.response["Error"]["Code"] not in _REFUSED:
            raise
        _LOG.warning("no step waits for this answer any more: %s", error)
