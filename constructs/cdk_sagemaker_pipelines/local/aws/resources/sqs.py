"""Queues."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .provider import Made, Provider, Request


class QueuePolicy(Provider):
    """AWS::SQS::QueuePolicy."""

    def create(self, request: Request) -> Made:
        self._set(request, request.properties["Queues"], json.dumps(request.properties["PolicyDocument"]))
        return Made(request.name("Id"))

    def update(self, request: Request) -> Made:
        gone = [url for url in request.previous["Queues"] if url not in request.properties["Queues"]]
        self._set(request, gone, "")
        self._set(request, request.properties["Queues"], json.dumps(request.properties["PolicyDocument"]))
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        self._set(request, request.properties["Queues"], "")

    def _set(self, request: Request, urls: list[str], policy: str) -> None:
        for url in urls:
            request.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


class Queue(Provider):
    """AWS::SQS::Queue."""

    name_member = "QueueName"
    create_only = frozenset({"FifoQueue"})

    def create(self, request: Request) -> Made:
        suffix = ".fifo" if request.properties.get("FifoQueue") and "QueueName" not in request.properties else ""
        name = request.name("QueueName", 80 - len(suffix)) + suffix
        tags = {tag["Key"]: tag["Value"] for tag in request.tags()}
        url = request.client("sqs").create_queue(QueueName=name, Attributes=_queue_attributes(request), tags=tags)[
            "QueueUrl"
        ]
        return self._made(request, url)

    def update(self, request: Request) -> Made:
        sqs, url = request.client("sqs"), request.physical_id
        attributes = {key: value for key, value in _queue_attributes(request).items() if key != "FifoQueue"}
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        return self._made(request, url)

    def delete(self, request: Request) -> None:
        request.client("sqs").delete_queue(QueueUrl=request.physical_id)

    def _made(self, request: Request, url: str) -> Made:
        name = url.rsplit("/", 1)[-1]
        return Made(url, {"Arn": request.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _queue_attributes(request: Request) -> dict[str, str]:
    """The queue's properties with the names and in the form of the API's attributes."""
    attributes = {}
    for key, value in request.properties.items():
        if key in ("QueueName", "Tags"):
            continue
        if isinstance(value, dict):
            attributes[key] = json.dumps(value)
        else:
            attributes[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return attributes


SQS_RESOURCES: Mapping[str, Provider] = {
    "AWS::SQS::Queue": Queue(),
    "AWS::SQS::QueuePolicy": QueuePolicy(),
}
