"""Schedules by what a user calls them, and how one is made to start now, which only a local AWS does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ..language import PipelineError, choices, did_you_mean
from ..local.firing import ASKED, Fired, read
from ..local.proxies import is_here
from .answers import pages
from .lookup import NotFound

_ONLY_LOCAL = (
    "only the local AWS lets a schedule start at another time than its own; in its terminal, run "
    'eval "$(smpipe local --env)" first'
)


@dataclass(frozen=True)
class Found:
    """A schedule of EventBridge Scheduler, or a rule with a schedule."""

    kind: Literal["schedule", "rule"]
    name: str
    arn: str
    state: str
    group: str = ""
    """Of a schedule."""

    @property
    def named(self) -> str:
        """``GROUP/NAME``, or the name of a rule."""
        return f"{self.group}/{self.name}" if self.group else self.name


@dataclass(frozen=True)
class Firing:
    """What a schedule started."""

    schedule: Found
    targets: list[Fired]

    @property
    def failed(self) -> bool:
        """Whether a target was not reached."""
        return any(target.error is not None for target in self.targets)


def fire(scheduler: Any, events: Any, given: str) -> Firing:
    """Lets a schedule start now, whatever its times and its state.

    ``given``: its ARN, ``<group>/<name>`` or its name, or the name or ARN of a rule with a schedule; or a part of the
    name that no other one has, such as its id in the app, which CDK's names contain. Raises ``NotFound`` with the
    closest name, and ``PipelineError`` for another AWS than a local one, before it is asked.
    """
    if not all(is_here(client.meta.endpoint_url) for client in (scheduler, events)):
        raise PipelineError(_ONLY_LOCAL)
    found = _find([*_schedules(scheduler), *_rules(events)], given, scheduler.meta.region_name)
    if found.kind == "schedule":
        told = _asking(scheduler, "scheduler", lambda: scheduler.get_schedule(Name=found.name, GroupName=found.group))
    else:
        told = _asking(events, "events", lambda: events.describe_rule(Name=found.name))
    targets = read(told["ResponseMetadata"]["HTTPHeaders"])
    if targets is None:
        raise PipelineError(f"{scheduler.meta.endpoint_url} is not a local AWS of this version; nothing was started")
    if not targets:
        raise PipelineError(f"the rule {found.name!r} has no targets; nothing was started")
    return Firing(found, targets)


def _asking(client: Any, service: str, call: Any) -> Any:
    """The answer to a call that carries the header."""

    def mark(params: dict[str, Any], **_: Any) -> None:
        params["headers"][ASKED] = "now"

    client.meta.events.register(f"before-call.{service}", mark)
    try:
        return call()
    finally:
        client.meta.events.unregister(f"before-call.{service}", mark)


def _schedules(scheduler: Any) -> Iterator[Found]:
    for one in pages(scheduler, "list_schedules", "Schedules"):
        yield Found("schedule", one["Name"], one["Arn"], one.get("State", ""), one.get("GroupName", "default"))


def _rules(events: Any) -> Iterator[Found]:
    for one in pages(events, "list_rules", "Rules"):
        if one.get("ScheduleExpression"):
            yield Found("rule", one["Name"], one["Arn"], one.get("State", ""))


def _find(known: list[Found], given: str, region: str) -> Found:
    found = [one for one in known if given in (one.arn, one.named, one.name)]
    if not found:
        found = [one for one in known if given and given in one.name]
        if len(found) > 1:
            raise NotFound(
                f"several schedules have {given!r} in their names: {choices(sorted(one.named for one in found))}"
            )
    if not found:
        hint = did_you_mean(given, list(dict.fromkeys(name for one in known for name in (one.name, one.named))))
        there = f"; there are {choices(sorted({one.named for one in known}))}" if known else "; there are none"
        raise NotFound(f"there is no schedule {given!r} in {region}{hint or there}")
    if len(found) > 1:
        several = ", ".join(f"the {one.kind} {one.arn}" for one in found)
        raise NotFound(f"several schedules are called {given!r}; write the ARN: {several}")
    return found[0]


def as_json(told: Firing) -> dict[str, Any]:
    """What ``smpipe fire --json`` prints; docs/executions.md lists the members."""
    found = told.schedule
    return {
        "schedule": found.arn,
        "kind": found.kind,
        "state": found.state,
        "targets": [
            {
                "target": one.target,
                "execution": one.execution,
                "error": one.error,
                "deadLetterQueue": one.dead_letter_queue,
                "nextTry": one.next_try,
            }
            for one in told.targets
        ],
    }
