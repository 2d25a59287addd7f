"""The way of events to the targets of the rules of one account and region."""

from __future__ import annotations

import copy
import json
import logging
import queue
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, NamedTuple, Protocol

from moto.events.models import EventsBackend, Rule, events_backends

from ...firing import Fired
from ..repeating import again, moment
from . import access, patterns
from .deliveries import Deliveries
from .targets import NO_PERMISSIONS, NotDelivered

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

_CLOSING_SECONDS = 5


class Event(NamedTuple):
    """What a service says, and about what."""

    detail_type: str
    resources: Any
    detail: Mapping[str, Any]
    source: str = "aws.sagemaker"


class EventBus:
    """Delivers events in their order, from a thread of its own, which lives while there are some.

    Whoever sends does not wait, and holds what locks it likes.
    """

    def __init__(
        self, account: str, region: str, deliveries: Deliveries, keep: Callable[[Mapping[str, Any]], None]
    ) -> None:
        """``keep`` has ``archived`` do what it is told, which is no part of a call."""
        self._account, self._region, self._deliveries, self._keep = account, region, deliveries, keep
        self._work: queue.SimpleQueue[Callable[[], Any]] = queue.SimpleQueue()
        self._waiting = 0
        self._changed = threading.Condition()
        self._closed = False

    def send(self, make: Callable[[], Event | None]) -> None:
        """Sends the event that ``make`` returns to the default bus; it is only asked for if there is a rule."""
        if again() or not self._rules("default"):
            return
        event = make()
        if event is not None:
            message = self._message(event)
            self.later(lambda: self._pass_on("default", message))

    def later(self, work: Callable[[], Any]) -> None:
        """Does ``work`` in the thread of the bus, after what is there already."""
        with self._changed:
            if self._closed:
                return
            self._work.put(work)
            self._waiting += 1
            if self._waiting == 1:
                threading.Thread(target=self._serve, name="events", daemon=True).start()

    def close(self) -> None:
        """Takes no more events, and waits some seconds for those on their way."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: self._waiting == 0, _CLOSING_SECONDS)

    def deliver(self, rule: Rule, message: Mapping[str, Any], *, forwarded: bool = False) -> list[Fired]:
        """Delivers an event that the rule matches to its targets; what fails is logged and counted."""
        return [self._deliver(rule, target, message, forwarded) for target in list(rule.targets)]

    def _deliver(self, rule: Rule, target: Mapping[str, Any], message: Mapping[str, Any], forwarded: bool) -> Fired:
        if not _is_of_events(target):
            return self._deliveries.of_rule(rule, target, message)
        try:
            if not _is_archive(target):
                self._forward(rule, target, message, forwarded)
        except Exception as error:  # a bus that cannot be reached must not keep others from their events
            return self._deliveries.lost(rule, target, message, error)
        return Fired(target["Arn"])

    def again(self, told: Mapping[str, Any]) -> None:
        """Tries a delivery once more, in the thread of the bus."""
        self.later(lambda: self._deliveries.attempt(told))

    def tick(self, rule: Rule, due: str) -> list[Fired]:
        """Delivers what a rule with a schedule has for its targets."""
        event = Event("Scheduled Event", [rule.arn], {}, "aws.events")
        return self.deliver(rule, {**self._message(event), "time": due})

    def fire(self, schedule: Any, due: str) -> Fired:
        """Delivers what a schedule of the Scheduler has for its target."""
        return self._deliveries.of_schedule(schedule, due)

    def _message(self, event: Event) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": event.detail_type,
            "source": event.source,
            "account": self._account,
            "time": moment().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._region,
            "resources": list(event.resources),
            "detail": event.detail,
        }

    def _rules(self, bus: str) -> list[Rule]:
        backend: EventsBackend = events_backends[self._account][self._region]
        return list(backend.describe_event_bus(bus).rules.values())

    def _pass_on(self, bus: str, message: dict[str, Any]) -> None:
        for rule in self._rules(bus):
            self._follow(rule, message)

    def _follow(self, rule: Rule, message: Mapping[str, Any], *, forwarded: bool = False) -> None:
        try:
            self._followed(rule, message, forwarded)
        except Exception as error:  # one rule must not keep the others from their events
            _logger.warning("the rule %s could not be followed: %s: %s", rule.name, type(error).__name__, error)

    def _followed(self, rule: Rule, message: Mapping[str, Any], forwarded: bool) -> None:
        if not matches(rule, message):
            return
        if any(_is_archive(target) for target in rule.targets):
            place = {"account": rule.account_id, "region": rule.region_name, "bus": rule.event_bus_name}
            self._keep({**place, "rule": rule.name, "event": dict(message)})
        self.deliver(rule, message, forwarded=forwarded)

    def _forward(self, rule: Rule, target: Mapping[str, Any], message: Mapping[str, Any], forwarded: bool) -> None:
        """Passes an event on to another bus, if that lets the rule's account; as on AWS, from there to no third one."""
        arn = target["Arn"]
        if forwarded:
            reason = "an event that came from another bus is not sent on to a third one"
            raise NotDelivered(reason, "THIRD_ACCOUNT_HOP_DETECTED")
        region, account = arn.split(":")[3:5]
        there = events_backends[account][region].describe_event_bus(arn.rpartition("/")[2])
        refused = None if account == rule.account_id else access.forwarding(rule, target, there, message)
        if refused := refused or self._deliveries.refusal(rule, target):
            raise NotDelivered(refused, NO_PERMISSIONS)
        for one in list(there.rules.values()):
            self._follow(one, message, forwarded=True)

    def _serve(self) -> None:
        while True:
            work = self._work.get()
            try:
                work()
            except Exception:  # a rule that cannot be followed must not keep others from their events
                _logger.exception("an event could not be sent")
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()
                if self._waiting == 0:
                    return


class _World(Protocol):
    def bus(self, account: str, region: str) -> EventBus: ...


@contextmanager
def delivering(world: Callable[[], _World]) -> Iterator[None]:
    """Makes moto's rules, to which it passes events of users and of S3, deliver as those of SageMaker do.

    Archives stay moto's: they are a part of the call, and made again with it (``restart``).
    """

    def send(self: Rule, original_event: Any, transform_input: bool = True) -> None:
        message = _as_told(original_event)
        if not matches(self, message):
            return
        archive(self, message)
        if not again():
            bus = world().bus(self.account_id, self.region_name)
            bus.later(lambda: bus.deliver(self, message))

    Rule.send_to_targets = send  # type: ignore[method-assign]
    try:
        yield
    finally:
        Rule.send_to_targets = _MOTOS  # type: ignore[method-assign]


_MOTOS = Rule.send_to_targets


def matches(rule: Rule, message: Mapping[str, Any]) -> bool:
    """Whether a rule is for an event; one that only has a schedule is for none."""
    if rule.state == "DISABLED" or not rule.event_pattern.dump():
        return False
    return patterns.matches(rule.event_pattern.get_pattern(), message)


def archived(told: Mapping[str, Any]) -> None:
    """Puts an event into the archive for which a rule stands."""
    buses = events_backends[told["account"]][told["region"]]
    archive(buses.describe_event_bus(told["bus"]).rules[told["rule"]], told["event"])


def archive(rule: Rule, message: Mapping[str, Any]) -> None:
    """Puts an event into the archive that the rule stands for, if it does."""
    archives = [target for target in rule.targets if _is_archive(target)]
    if archives:
        seconds = moment().timestamp()  # moto's own form of the time
        only = copy.copy(rule)
        only.targets = archives
        event: Any = {**json.loads(json.dumps(message)), "time": seconds, "ingestion-time": seconds}
        _MOTOS(only, event)


def _is_of_events(target: Mapping[str, Any]) -> bool:
    return str(target["Arn"]).split(":")[2] == "events" and ":api-destination/" not in target["Arn"]


def _is_archive(target: Mapping[str, Any]) -> bool:
    return _is_of_events(target) and not str(target["Arn"]).split(":", 5)[5].strip(":")


def _as_told(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event of moto's, whose time is a number, as targets get it."""
    message = {name: value for name, value in event.items() if name != "ingestion-time"}
    told = message.get("time")
    try:
        seconds = float(told)  # type: ignore[arg-type]
        message["time"] = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError):
        message["time"] = str(told)
    copied: dict[str, Any] = json.loads(json.dumps(message))
    return copied
