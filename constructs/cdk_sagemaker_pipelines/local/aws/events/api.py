"""Operations of EventBridge, its Scheduler, pipes and logs that take less than those of moto, which has the others."""

from __future__ import annotations

import json
from typing import Any, Protocol

from moto.events.exceptions import InvalidEventPatternException
from moto.events.exceptions import ValidationException as EventsValidationException
from moto.events.models import EventsBackend, events_backends
from moto.events.responses import EventsHandler
from moto.logs.responses import LogsResponse
from moto.pipes.responses import EventBridgePipesResponse
from moto.scheduler.exceptions import ScheduleGroupNotFound, ValidationException
from moto.scheduler.responses import EventBridgeSchedulerResponse

from ...engine.timetable import ExpressionError, timetable
from ...firing import ANSWER, ASKED, written
from ...json_text import parsed
from ..front.refusal import Refused
from ..identities import account_of
from ..principals import sender_of
from ..repeating import again, moment
from . import access, patterns
from .bus import EventBus
from .schedules import RULE_TIMES
from .target_checks import wrong_place, wrong_rule_target, wrong_schedule
from .targets import Roles

_MOST_ENTRIES = 10
_UNTRUSTING = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
_OF_EVENTS = ("id", "account", "source", "time", "region", "resources", "detail-type")


class _World(Protocol):
    @property
    def target_roles(self) -> Roles: ...

    def bus(self, account: str, region: str) -> EventBus: ...


class EventsApi(EventsHandler):
    """Answers one request; each public method is an operation."""

    _owner: str | None = None
    """The account of the bus that the request names, if it is another one."""

    def __init__(self, world: _World) -> None:
        super().__init__()
        self._world = world

    def describe_rule(self) -> Any:
        answer, rule = super().describe_rule(), self._rule()
        if ASKED in self.headers and rule is not None and rule.scheduled_expression:
            fired = self._world.bus(self.current_account, self.region).tick(rule, _now())
            self.response_headers[ANSWER] = written(fired)
        return answer

    def put_rule(self) -> Any:
        expression = self._get_param("ScheduleExpression")
        if expression:
            try:
                timetable(expression, of_rule=True)
            except ExpressionError as error:
                raise EventsValidationException(f"Parameter ScheduleExpression is not valid. {error}") from error
        self._check_pattern()
        before = self._rule()
        answer = super().put_rule()
        made, _ = getattr(before, RULE_TIMES, (moment(), None))
        same = before is not None and before.scheduled_expression == expression
        setattr(self._rule(), RULE_TIMES, (made if same else moment(), moment()))
        return answer

    def enable_rule(self) -> Any:
        answer, rule = super().enable_rule(), self._rule()
        if rule is not None:
            made, _ = getattr(rule, RULE_TIMES, (moment(), None))
            setattr(rule, RULE_TIMES, (made, moment()))
        return answer

    def _rule(self) -> Any:
        """The rule of the request; None if there is none."""
        bus = self.events_backend.event_buses.get((self._get_param("EventBusName") or "default").split("/")[-1])
        return None if bus is None else bus.rules.get(self._get_param("Name"))

    def put_targets(self) -> Any:
        for target in self._get_param("Targets") or []:
            _check_role(target, self.current_account)
            if wrong := wrong_rule_target(target):
                raise EventsValidationException(wrong)
            if wrong := wrong_place(str(target.get("Arn")), self._owner or self.current_account, self.region):
                raise EventsValidationException(f"Parameter Arn is not valid. Reason: {wrong}")
        return super().put_targets()

    def put_events(self) -> str:
        """Those of others; the sources of AWS are not for users."""
        entries = self._get_param("Entries")
        if len(entries) > _MOST_ENTRIES:
            raise EventsValidationException(
                "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy "
                f"constraint: Member must have length less than or equal to {_MOST_ENTRIES}"
            )
        places = [_elsewhere(entry.get("EventBusName"), self.current_account, self.region) for entry in entries]
        answers = [self._put_event(entry, place) for entry, place in zip(entries, places, strict=True)]
        return json.dumps({"FailedEntryCount": sum("ErrorCode" in one for one in answers), "Entries": answers})

    def _put_event(self, entry: dict[str, Any], account: str | None) -> dict[str, Any]:
        """``account``: another one, whose bus it is for."""
        if str(entry.get("Source") or "").startswith("aws."):
            return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
        if account is not None:
            return access.put_abroad(entry, self.current_account, self.region, sender_of(self))
        answer: dict[str, Any] = self.events_backend.put_events([entry])[0]
        return answer

    def call_action(self) -> Any:
        """Rules of a bus of another account are in that account, if the policy of the bus allows it."""
        operation, named = self._get_action(), self._get_param("EventBusName")
        self._owner = _elsewhere(named, self.current_account, self.region)
        if self._owner is not None:
            bus = events_backends[self._owner][self.region].describe_event_bus(named.rpartition("/")[2])
            rule = self._get_param("Rule") or self._get_param("Name")
            resource = bus.arn if rule is None else f"{bus.arn.replace(':event-bus/', ':rule/')}/{rule}"
            if refused := access.managing(bus, sender_of(self), f"events:{operation}", resource):
                raise Refused(400, "AccessDeniedException", refused)
        return super().call_action()

    @property
    def events_backend(self) -> EventsBackend:
        return events_backends[self._owner or self.current_account][self.region]

    def create_archive(self) -> Any:
        self._check_pattern()
        return super().create_archive()

    def update_archive(self) -> Any:
        self._check_pattern()
        return super().update_archive()

    def test_event_pattern(self) -> Any:
        pattern = self._check_pattern()
        try:
            event = parsed(self._get_param("Event"))
        except ValueError as error:
            raise EventsValidationException("Parameter Event is not valid. Reason: Invalid JSON") from error
        missing = [name for name in _OF_EVENTS if not isinstance(event, dict) or name not in event]
        if missing:
            text = f"Parameter Event is not valid. Reason: an event has {', '.join(missing)}, too"
            raise EventsValidationException(text)
        return json.dumps({"Result": pattern is not None and patterns.matches(pattern, event)})

    def _check_pattern(self) -> dict[str, Any] | None:
        text = self._get_param("EventPattern")
        try:
            return patterns.read(text) if text else None
        except patterns.PatternError as error:
            raise InvalidEventPatternException(str(error)) from error


class SchedulerApi(EventBridgeSchedulerResponse):
    """Answers one request; each public method is an operation."""

    def __init__(self, world: _World) -> None:
        super().__init__()
        self._world = world

    def get_schedule(self) -> str:
        answer = super().get_schedule()
        if ASKED in self.headers:
            name = self.uri.split("?")[0].split("/")[-1]
            schedule = self.scheduler_backend.get_schedule(self._get_param("groupName"), name)
            fired = self._world.bus(self.current_account, self.region).fire(schedule, _now())
            self.response_headers[ANSWER] = written([fired])
        return answer

    def create_schedule(self) -> str:
        self._check()
        named, name, token = self._get_param("GroupName") or "default", self.uri.split("/")[-1], "smpipe_token"
        group = self.scheduler_backend.schedule_groups.get(named)
        if group is None:
            raise ScheduleGroupNotFound(named)
        given, before = self._get_param("ClientToken"), group.schedules.get(name)
        if given and getattr(before, token, None) == given:
            return json.dumps({"ScheduleArn": group.schedules[name].arn})
        answer = super().create_schedule()
        setattr(group.schedules[name], token, given)
        return answer

    def update_schedule(self) -> str:
        self._check()
        answer = super().update_schedule()
        name = self.uri.split("?")[0].split("/")[-1]
        schedule = self.scheduler_backend.get_schedule(self._get_param("GroupName"), name)
        # moto keeps the one that it had
        schedule.action_after_completion = self._get_param("ActionAfterCompletion")
        schedule.state = schedule.state or "ENABLED"
        return answer

    def _check(self) -> None:
        expression, target = self._get_param("ScheduleExpression"), self._get_param("Target") or {}
        _check_role(target, self.current_account)
        try:
            timetable(expression, self._get_param("ScheduleExpressionTimezone") or "UTC")
        except ExpressionError as error:
            raise ValidationException(f"Invalid Schedule Expression {expression}. {error}") from error
        role, group = str(target.get("RoleArn")), self._get_param("GroupName") or "default"
        source = f"arn:{self.partition}:scheduler:{self.region}:{self.current_account}:schedule-group/{group}"
        if not again() and self._world.target_roles.untrusting("scheduler", role, source):
            raise ValidationException(_UNTRUSTING)
        if wrong := wrong_schedule(self._told(), moment()):
            raise ValidationException(wrong)
        if wrong := wrong_place(str(target.get("Arn")), self.current_account, self.region):
            raise ValidationException(f"Parameters not valid due to the following reason: {wrong}")
        if ":pipeline/" in str(target.get("Arn")) and "SageMakerPipelineParameters" not in target:
            reason = "Parameters SageMakerPipelineParameters must be specified."
            raise ValidationException(f"Parameters not valid due to the following reason: {reason}")

    def _told(self) -> dict[str, Any]:
        return {name: self._get_param(name) for name in ("Target", "FlexibleTimeWindow", "StartDate", "EndDate")}


class PipesApi(EventBridgePipesResponse):
    """Answers one request; each public method is an operation."""

    def create_pipe(self) -> Any:
        raise Refused(501, "NotImplemented", "the local AWS runs no pipes; use a rule or an event source mapping")


class LogsApi(LogsResponse):
    """Answers one request; each public method is an operation."""

    def put_metric_filter(self) -> str:
        raise Refused(501, "NotImplemented", "the local AWS applies no metric filters to logs")


def _now() -> str:
    return f"{moment():%Y-%m-%dT%H:%M:%SZ}"


def _check_role(target: dict[str, Any], account: str) -> None:
    if refused := access.passing(target.get("RoleArn"), account):
        raise Refused(400, "AccessDeniedException", refused)


def _elsewhere(bus: str | None, account: str, region: str) -> str | None:
    """The account of a bus that is given by the ARN of another one."""
    if not bus or not bus.startswith("arn:"):
        return None
    if bus.split(":")[3] != region:
        raise EventsValidationException("Cross-region api call is not allowed.")
    return None if account_of(bus) == account else account_of(bus)
