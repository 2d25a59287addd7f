"""A service that answers as told: requests and answers are checked against botocore's model, nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.validate import validate_parameters

START = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
REGION, ACCOUNT = "eu-west-1", "111122223333"
PIPELINE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/abalone"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipeline"

Answer = Any
"""An answer, what makes one of the request, or a ``Refusal``."""


class Refusal:
    """An error of the service."""

    def __init__(self, code: str, message: str = "no") -> None:
        self.code, self.message = code, message


@cache
def _session() -> Any:
    """One for all tests, since it keeps the models that it has read."""
    return boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name=REGION)


class Service:
    """A client of boto3 whose operations answer as told; ``asked`` has the requests by operation."""

    def __init__(self, answers: Mapping[str, Answer], name: str = "sagemaker") -> None:
        self.answers = dict(answers)
        self.asked: dict[str, list[dict[str, Any]]] = {}
        self.client = _session().client(name)
        self._request: dict[str, Any] = {}
        events = self.client.meta.events
        events.register_first("before-parameter-build.*.*", self._keep)
        events.register_last("before-call.*.*", self._answer)

    def _keep(self, params: dict[str, Any], **_: Any) -> None:
        self._request = {name: value for name, value in params.items() if name != "ClientRequestToken"}

    def _answer(self, model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        self.asked.setdefault(model.name, []).append(self._request)
        answer = self.answers.get(model.name, Refusal("AccessDeniedException", f"not authorized: {model.name}"))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(self._request)
        if isinstance(answer, Refusal):
            error = {"Code": answer.code, "Message": answer.message}
            return AWSResponse("", 400, HTTPHeaders(), None), {
                "Error": error,
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
        if model.output_shape is not None:
            validate_parameters(answer, model.output_shape)
        return AWSResponse("", 200, HTTPHeaders(), None), {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}}


def in_pages(member: str, items: list[Any], size: int) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """An answer in pages of some size, whatever size is asked for."""

    def answer(request: Mapping[str, Any]) -> dict[str, Any]:
        start = int(request.get("NextToken", "0"))
        more = {"NextToken": str(start + size)} if start + size < len(items) else {}
        return {member: items[start : start + size], **more}

    return answer


def execution_arn(id: str) -> str:
    """The ARN of an execution of the pipeline."""
    return f"{PIPELINE}/execution/{id}"


def record(id: str, status: str = "Succeeded", hours: float = 0, **more: Any) -> dict[str, Any]:
    """An execution as ``Search`` finds it, ``hours`` before START; members in snake case are given as they are."""
    started = START - timedelta(hours=hours)
    return {
        "PipelineArn": PIPELINE,
        "PipelineExecutionArn": execution_arn(id),
        "PipelineExecutionStatus": status,
        "PipelineExecutionDisplayName": f"execution-{int(started.timestamp() * 1000)}",
        "CreationTime": started,
        "LastModifiedTime": started + timedelta(seconds=75),
        **more,
    }


def values(**given: str) -> list[dict[str, str]]:
    """Parameters as the service lists them."""
    return [{"Name": name, "Value": value} for name, value in given.items()]
