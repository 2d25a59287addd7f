"""The way of events to the default bus of one account and region, and on to the targets of its rules."""

from __future__ import annotations

import copy
import json
import logging
import queue
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from moto.events.models import EventsBackend, Rule, events_backends
from moto.events.utils import EventTemplateParser

from ..repeating import again
from .events import Event
from .keeping import Keeper
from .moments import now

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

_SOURCE = "aws.sagemaker"
_CLOSING_SECONDS = 5


class EventBus:
    """Sends events in their order, from a thread of its own, which lives while there are some.

    Whoever sends does not wait, and holds what locks it likes. Rules with targets that moto does not know are carried
    out here: functions are invoked, and pipelines started. ``keeper`` keeps over a restart what moto does with events.
    """

    def __init__(self, services: Any, keeper: Keeper) -> None:
        self._services, self._keeper = services, keeper
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._waiting = 0
        self._changed = threading.Condition()
        self._closed = False

    def send(self, make: Callable[[], Event | None]) -> None:
        """Sends the event that ``make`` returns, which is only asked for it if there is a rule."""
        if again() or not self._backend.describe_event_bus("default").rules:
            return
        event = make()
        with self._changed:
            if event is None or self._closed:
                return
            self._events.put(event)
            self._waiting += 1
            if self._waiting == 1:
                threading.Thread(target=self._serve, name="events", daemon=True).start()

    def close(self) -> None:
        """Takes no more events, and waits some seconds for those on their way."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: self._waiting == 0, _CLOSING_SECONDS)

    @property
    def _backend(self) -> EventsBackend:
        backend: EventsBackend = events_backends[self._services.account][self._services.region]
        return backend

    def _serve(self) -> None:
        while True:
            event = self._events.get()
            try:
                self._deliver(event)
            except Exception:  # a rule that cannot be followed must not keep others from their events
                _logger.exception("an event could not be sent: %s", event.detail_type)
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()
                if self._waiting == 0:
                    return

    def _deliver(self, event: Event) -> None:
        services = self._services
        message: dict[str, Any] = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": event.detail_type,
            "source": _SOURCE,
            "account": services.account,
            "time": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": services.region,
            "resources": list(event.resources),
            "detail": event.detail,
        }
        for rule in list(self._backend.describe_event_bus("default").rules.values()):
            if rule.state != "ENABLED" or not _matches(rule, message):
                continue
            for target in list(rule.targets):
                try:
                    self._reach(rule, target, copy.deepcopy(message))
                except Exception as error:
                    _logger.warning("rule %s could not reach %s: %s", rule.name, target["Arn"], error)

    def _reach(self, rule: Rule, target: dict[str, Any], message: dict[str, Any]) -> None:
        client, service = self._services.client, target["Arn"].split(":")[2]
        if service == "lambda":
            payload = _told(target, message).encode()
            client("lambda").invoke(FunctionName=target["Arn"], InvocationType="Event", Payload=payload)
        elif service == "sqs":
            url = client("sqs").get_queue_url(QueueName=target["Arn"].rpartition(":")[2])["QueueUrl"]
            client("sqs").send_message(
                QueueUrl=url, MessageBody=_told(target, message), **target.get("SqsParameters", {})
            )
        elif service == "sagemaker":
            given = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
            client("sagemaker").start_pipeline_execution(PipelineName=target["Arn"], PipelineParameters=given)
        else:
            moment = now().timestamp()  # moto's own form of the time
            event = {**message, "time": moment, "ingestion-time": moment}
            place = {"account": self._services.account, "region": self._services.region}
            self._keeper.deliver({**place, "rule": rule.name, "target": target, "event": event}, hand_over)


def hand_over(told: Mapping[str, Any]) -> None:
    """Has moto bring an event to one target of a rule of the default bus."""
    backend: EventsBackend = events_backends[told["account"]][told["region"]]
    only = copy.copy(backend.describe_event_bus("default").rules[told["rule"]])
    only.targets = [told["target"]]
    only.send_to_targets(copy.deepcopy(told["event"]), _is_archive(told["target"]))


def _is_archive(target: Mapping[str, Any]) -> bool:
    """Whether it is the target that moto makes for an archive, which finds that by the transformed event."""
    return "archive-arn" in target.get("InputTransformer", {}).get("InputTemplate", "")


def _matches(rule: Rule, message: dict[str, Any]) -> bool:
    return bool(rule.event_pattern.matches_event(message))  # type: ignore[arg-type]


def _told(target: dict[str, Any], message: dict[str, Any]) -> str:
    """What a target gets of an event."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        raise NotImplementedError("the local AWS does not select a part of an event by InputPath")
    if "InputTransformer" not in target:
        return json.dumps(message)
    how, moment = target["InputTransformer"], now().isoformat()
    paths = how.get("InputPathsMap", {})
    event: Any = {**message, "ingestion-time": moment}
    return json.dumps(EventTemplateParser.parse(how["InputTemplate"], paths, event))
