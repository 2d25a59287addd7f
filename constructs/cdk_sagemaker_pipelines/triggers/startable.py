"""The methods that start a pipeline: on a schedule, a file in S3, the approval of a model, any event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import Stack

from ..language import PipelineError
from ..language.errors import shown
from ..language.keyword_options import by_name
from ..language.later import Later
from ..undo import removing_new, whole
from .access import (
    SCHEDULES,
    check_retries,
    check_role_and_queue,
    dead_letters,
    refuse_elsewhere,
    role_for,
    schedules_of,
)
from .known import Start, remember
from .schedule import target_of
from .scope import scope_for
from .sources import Here, approvals, objects
from .values import Given, of_schedule

if TYPE_CHECKING:
    from datetime import datetime

    from aws_cdk import Duration
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_scheduler as scheduler
    from aws_cdk import aws_sqs as sqs

    from . import target
else:
    target = Later(f"{__package__}.target")  # it loads CDK's events, which few pipelines need

_SCOPE = "Triggers"


class Startable:
    """What a pipeline of the app and an imported one have in common: the ways to start it."""

    @by_name
    def start_on_schedule(
        self,
        construct_id: str,
        *,
        schedule: scheduler.ScheduleExpression,
        parameters: Given | None = None,
        description: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        time_window: scheduler.TimeWindow | None = None,
        schedule_group: scheduler.IScheduleGroup | None = None,
        enabled: bool = True,
        role: iam.IRole | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        max_event_age: Duration | None = None,
        retry_attempts: int | None = None,
    ) -> scheduler.Schedule:
        """Starts the pipeline at certain times, with EventBridge Scheduler.

        ::

            nightly = scheduler.ScheduleExpression.cron(hour="2", minute="0", time_zone=TimeZone.of("Europe/Berlin"))
            pipeline.start_on_schedule(
                "Nightly", schedule=nightly, parameters={"Day": scheduler.ContextAttribute.scheduled_time}
            )

        - ``schedule``: with its time zone; CDK's default is Etc/UTC.
        - ``parameters``: as those of ``StartPipelineExecution``, and CDK's ``scheduler.ContextAttribute``, such as the
          time of the schedule, ``2026-11-30T02:00:00Z``. Names may have '_'.
        - ``start``, ``end``, ``time_window``, ``schedule_group``, ``description``, ``enabled``: CDK's own.
        - ``role``, ``dead_letter_queue``, ``max_event_age``, ``retry_attempts``: as of ``StartPipelineExecution``; the
          default is a role that only schedules of the group can use.
        """
        given_schedule: Any = schedule
        if not isinstance(given_schedule, cdk.aws_scheduler.ScheduleExpression):
            example = "ScheduleExpression.cron(hour='2', minute='0')"
            raise PipelineError(
                f"start_on_schedule: schedule takes a scheduler.ScheduleExpression, such as {example}, not "
                f"{shown(given_schedule)}"
            )
        given = of_schedule(parameters)
        check_role_and_queue(role, dead_letter_queue)
        check_retries(max_event_age, retry_attempts)
        scope = scope_for(self, _SCOPE, construct_id, "what starts")
        refuse_elsewhere(self, Here(scope), f"the schedule '{scope.node.path}/{construct_id}'")
        with whole():
            removing_new(scope, construct_id, f"{construct_id}Role", f"{construct_id}DeadLetters")
            group = "default" if schedule_group is None else schedule_group.schedule_group_name
            conditions = schedules_of(group, Stack.of(scope))
            role = role_for(scope, f"{construct_id}Role", role, SCHEDULES, conditions)
            options = {
                "role": role,
                "dead_letter_queue": dead_letters(scope, f"{construct_id}DeadLetters", dead_letter_queue),
                "max_event_age": max_event_age,
                "retry_attempts": retry_attempts,
            }
            made = cdk.aws_scheduler.Schedule(
                scope,
                construct_id,
                schedule=schedule,
                target=target_of(self, given, options),
                description=description,
                start=start,
                end=end,
                time_window=time_window,
                schedule_group=schedule_group,
                enabled=enabled,
            )
            remember(Start(made, "schedule", str(cast("Any", self).pipeline_arn), given))
        return made

    @by_name
    def start_on_object_created(
        self,
        construct_id: str,
        *,
        bucket: s3.IBucket,
        prefix: str | None = None,
        suffix: str | None = None,
        parameters: Given | None = None,
        description: str | None = None,
        enabled: bool = True,
        role: iam.IRole | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        max_event_age: Duration | None = None,
        retry_attempts: int | None = None,
    ) -> events.Rule:
        """Starts the pipeline for each object that is written into a bucket.

        ::

            pipeline.start_on_object_created(
                "NewData", bucket=raw, prefix="orders/", suffix=".csv",
                parameters={"Key": from_event("$.detail.object.key")},
            )

        - ``bucket``: in the account and region of the pipeline. It is set to send its events to EventBridge, which CDK
          does at deployment with a function of its own, ``bucket.enable_event_bridge_notification()``.
        - ``prefix``, ``suffix``: how the object's key begins and ends. Default: any key.
        - ``parameters``, ``role``, ``dead_letter_queue``, ``max_event_age``, ``retry_attempts``: as of
          ``StartPipelineExecution``. The event has ``$.detail.bucket.name``, ``$.detail.object.key`` and, in a bucket
          with versions, ``$.detail.object.version-id``.

        Source: "EventBridge event message structure" of the S3 user guide.
        """
        pattern = objects(self, bucket, prefix, suffix)
        starting = target.StartPipelineExecution(
            cast("Any", self), parameters=parameters, role=role, dead_letter_queue=dead_letter_queue,
            max_event_age=max_event_age, retry_attempts=retry_attempts,
        )  # fmt: skip
        made = self._rule(construct_id, pattern, starting, description, enabled, None)
        bucket.enable_event_bridge_notification()
        return made

    @by_name
    def start_on_model_approved(
        self,
        construct_id: str,
        *,
        group: Any,
        parameters: Given | None = None,
        description: str | None = None,
        enabled: bool = True,
        role: iam.IRole | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        max_event_age: Duration | None = None,
        retry_attempts: int | None = None,
    ) -> events.Rule:
        """Starts the pipeline when a version of a model is approved.

        ::

            pipeline.start_on_model_approved(
                "Approved", group=group, parameters={"Model": from_event("$.detail.ModelPackageArn")}
            )

        Only a change to Approved starts it: neither a later edit of an approved version nor a version that is
        registered as Approved.

        - ``group``: a ``ModelPackageGroup``, CDK's ``CfnModelPackageGroup``, a name, or an ARN, in the account and
          region of the pipeline.
        - ``parameters``, ``role``, ``dead_letter_queue``, ``max_event_age``, ``retry_attempts``: as of
          ``StartPipelineExecution``. The event has ``$.detail.ModelPackageArn`` and ``$.detail.ModelPackageVersion``.

        Source: "SageMaker model package state change" of the developer guide.
        """
        pattern = approvals(self, group)
        starting = target.StartPipelineExecution(
            cast("Any", self), parameters=parameters, role=role, dead_letter_queue=dead_letter_queue,
            max_event_age=max_event_age, retry_attempts=retry_attempts,
        )  # fmt: skip
        return self._rule(construct_id, pattern, starting, description, enabled, None)

    @by_name
    def start_on_event(
        self,
        construct_id: str,
        *,
        event_pattern: events.EventPattern,
        event_bus: events.IEventBus | None = None,
        parameters: Given | None = None,
        description: str | None = None,
        enabled: bool = True,
        role: iam.IRole | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        max_event_age: Duration | None = None,
        retry_attempts: int | None = None,
    ) -> events.Rule:
        """Starts the pipeline for each event that a pattern matches.

        - ``event_pattern``: CDK's ``events.EventPattern``. ``event_bus``: default: that of the account.
        - ``parameters``, ``role``, ``dead_letter_queue``, ``max_event_age``, ``retry_attempts``: as of
          ``StartPipelineExecution``.
        """
        starting = target.StartPipelineExecution(
            cast("Any", self), parameters=parameters, role=role, dead_letter_queue=dead_letter_queue,
            max_event_age=max_event_age, retry_attempts=retry_attempts,
        )  # fmt: skip
        return self._rule(construct_id, event_pattern, starting, description, enabled, event_bus)

    def _rule(
        self,
        construct_id: str,
        pattern: events.EventPattern,
        starting: target.StartPipelineExecution,
        description: str | None,
        enabled: bool,
        bus: events.IEventBus | None,
    ) -> events.Rule:
        scope = scope_for(self, _SCOPE, construct_id, "what starts")
        refuse_elsewhere(self, Here(scope), f"the rule '{scope.node.path}/{construct_id}'")
        with whole():
            removing_new(scope, construct_id)
            made = cdk.aws_events.Rule(
                scope, construct_id, event_pattern=pattern, description=description, enabled=enabled,
                event_bus=bus,
            )  # fmt: skip
            made.add_target(cast("Any", starting))
        return made
