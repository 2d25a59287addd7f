"""Schedules of the Scheduler, and rules with a schedule: starts what is due, on a clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, Protocol

from moto.events.models import events_backends
from moto.scheduler.models import scheduler_backends

from ...engine.clock import Clock
from ...engine.timetable import ExpressionError, Timetable, timetable
from ..ticking import Ticking
from .bus import EventBus

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

_MOMENT = timedelta(milliseconds=1)
_LATE = timedelta(minutes=5)
"""How late something is carried out at most: not for each minute in which the machine slept."""


RULE_TIMES = "smpipe_times"
"""The attribute of moto's rules for what moto does not keep: when a schedule was given, and when it was switched on."""


class _World(Protocol):
    def bus(self, account: str, region: str) -> EventBus: ...

    def services(self, account: str, region: str) -> Any: ...


@dataclass
class _Seen:
    """A schedule as it was when it was last looked at."""

    version: tuple[Any, ...]
    table: Timetable | None
    begin: datetime
    """From when a rate counts."""
    due: datetime | None = None
    """When it is due next."""
    started: bool = False

    def go_on(self, moment: datetime) -> None:
        """Leaves out what is due until then."""
        self.due = None if self.table is None else self.table.after(moment, self.begin)


@dataclass(frozen=True)
class _Entry:
    """A schedule or a rule, as moto keeps it."""

    arn: str
    version: tuple[Any, ...]
    """What makes it another schedule when it changes."""
    read: Callable[[], Timetable]
    since: datetime
    """Only what is due later than this is carried out."""
    begin: datetime
    """From when a rate counts."""
    end: datetime | None
    start: Callable[[str], None]
    """Carries it out for a time."""
    completed: Callable[[], None] | None


class Schedules:
    """Looks once a second for what has become due since the last time.

    What was due while no server ran, or the machine slept, is not made up for.

    Args:
        world: Where the targets are.
        clock: Whose time counts.
        rate: How many of its seconds pass in one of the machine's.
        passed: Is called with the time of each look before anything of it is carried out.
    """

    def __init__(
        self, world: _World, clock: Clock, rate: float = 1, passed: Callable[[datetime], None] = lambda now: None
    ) -> None:
        self._world, self._clock, self._passed = world, clock, passed
        self._ticking = Ticking(clock, rate, self.look)
        self._late = _LATE * rate
        self._seen: dict[str, _Seen] = {}
        self._began = clock.now()

    def begin(self) -> None:
        """Starts to look."""
        self._began = self._clock.now()
        self._ticking.begin()

    def close(self) -> None:
        """Looks no more."""
        self._ticking.close()

    def look(self) -> None:
        """Carries out what is due by now."""
        now = self._clock.now()
        self._passed(now)
        entries = {entry.arn: entry for entry in (*self._schedules(), *self._rules())}
        for arn in self._seen.keys() - entries.keys():
            del self._seen[arn]
        for entry in entries.values():
            try:
                self._look_at(entry, now)
            except Exception:  # one must not keep the others from being carried out
                _logger.exception("the schedule %s could not be carried out", entry.arn)

    def _look_at(self, entry: _Entry, now: datetime) -> None:
        seen = self._seen.get(entry.arn)
        if seen is None or seen.version != entry.version:
            seen = self._seen[entry.arn] = _Seen(entry.version, _read(entry), entry.begin)
            seen.go_on(max(self._began, entry.since))
        if seen.due is not None and seen.due <= now - self._late:
            seen.go_on(now - self._late)
        while seen.due is not None and seen.due <= now and (entry.end is None or seen.due <= entry.end):
            due, seen.started = seen.due, True
            seen.go_on(due)
            entry.start(due.strftime("%Y-%m-%dT%H:%M:%SZ"))
        over = seen.due is None or (entry.end is not None and seen.due > entry.end)
        if over and seen.started and entry.completed is not None:
            entry.completed()

    def _schedules(self) -> Iterator[_Entry]:
        for account, regions in list(scheduler_backends.items()):
            for region, backend in list(regions.items()):
                for group in list(backend.schedule_groups.values()):
                    for schedule in list(group.schedules.values()):
                        if schedule.state != "DISABLED":
                            yield self._of_schedule(account, region, schedule)

    def _of_schedule(self, account: str, region: str, schedule: Any) -> _Entry:
        expression, zone = schedule.schedule_expression, schedule.schedule_expression_timezone
        recurs = not expression.startswith("at(")
        made = _moment(schedule.creation_date)
        first = _moment(schedule.start_date) if recurs and schedule.start_date else made
        bus = self._world.bus(account, region)

        def start(due: str) -> None:
            bus.later(lambda: bus.fire(schedule, due))

        def completed() -> None:
            bus.later(partial(self._delete, account, region, schedule))

        return _Entry(
            schedule.arn,
            (expression, zone, schedule.start_date, schedule.creation_date, schedule.last_modified_date),
            lambda: timetable(expression, zone),
            max(made, _moment(schedule.last_modified_date)) - _MOMENT,
            max(first, made),
            _moment(schedule.end_date) if recurs and schedule.end_date else None,
            start,
            completed if schedule.action_after_completion == "DELETE" else None,
        )

    def _rules(self) -> Iterator[_Entry]:
        for account, regions in list(events_backends.items()):
            for region, backend in list(regions.items()):
                for rule in list(backend.event_buses["default"].rules.values()):
                    if rule.scheduled_expression and rule.state != "DISABLED":
                        yield self._of_rule(account, region, rule)

    def _of_rule(self, account: str, region: str, rule: Any) -> _Entry:
        bus = self._world.bus(account, region)
        made, since = getattr(rule, RULE_TIMES, (self._began, self._began))
        return _Entry(
            rule.arn,
            (rule.scheduled_expression, made, since),
            lambda: timetable(rule.scheduled_expression, of_rule=True),
            since,
            made,
            None,
            lambda due: bus.later(lambda: bus.tick(rule, due)),
            None,
        )

    def _delete(self, account: str, region: str, schedule: Any) -> None:
        scheduler = self._world.services(account, region).client("scheduler")
        scheduler.delete_schedule(Name=schedule.name, GroupName=schedule.group_name)


def _read(entry: _Entry) -> Timetable | None:
    try:
        return entry.read()
    except ExpressionError as error:
        _logger.warning("%s starts nothing: %s", entry.arn, error)
        return None


def _moment(told: Any) -> datetime:
    """A time as moto keeps it: seconds, or a text."""
    if isinstance(told, datetime):
        return told if told.tzinfo else told.replace(tzinfo=timezone.utc)
    try:
        return datetime.fromtimestamp(float(told), timezone.utc)
    except ValueError:
        moment = datetime.fromisoformat(str(told).replace("Z", "+00:00"))
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
