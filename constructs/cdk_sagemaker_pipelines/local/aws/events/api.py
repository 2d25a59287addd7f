"""The operations of EventBridge and its Scheduler that moto takes more in than the services; the others are moto's."""

from __future__ import annotations

import json
from typing import Any

from moto.events.exceptions import InvalidEventPatternException
from moto.events.exceptions import ValidationException as EventsValidationException
from moto.events.responses import EventsHandler
from moto.scheduler.exceptions import ValidationException
from moto.scheduler.responses import EventBridgeSchedulerResponse

from ...engine.timetable import ExpressionError, timetable
from ...json_text import parsed
from . import patterns

_OF_EVENTS = ("id", "account", "source", "time", "region", "resources", "detail-type")


class EventsApi(EventsHandler):
    """Answers one request; each public method is an operation."""

    def put_rule(self) -> Any:
        expression = self._get_param("ScheduleExpression")
        if expression:
            try:
                timetable(expression, of_rule=True)
            except ExpressionError as error:
                raise EventsValidationException(f"Parameter ScheduleExpression is not valid. {error}") from error
        self._check_pattern()
        return super().put_rule()

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

    def create_schedule(self) -> str:
        self._check()
        return super().create_schedule()

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
        try:
            timetable(expression, self._get_param("ScheduleExpressionTimezone") or "UTC")
        except ExpressionError as error:
            raise ValidationException(f"Invalid Schedule Expression {expression}. {error}") from error
        if ":pipeline/" in str(target.get("Arn")) and "SageMakerPipelineParameters" not in target:
            reason = "Parameters SageMakerPipelineParameters must be specified."
            raise ValidationException(f"Parameters not valid due to the following reason: {reason}")
