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

if TYPE_CHECKING:
    from datetime import datetime

    from aws_cdk import Duration
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_scheduler as scheduler
    from aws_cdk import aws_sqs as sqs

    from . import sources, target, values
    from .values import Given
else:  # which few pipelines need; target loads CDK's events
    sources = Later(f"{__package__}.sources")
    target = Later(f"{__package__}.target")
    values = Later(f"{__package__}.values")

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

        ```python
        nightly = scheduler.ScheduleExpression.cron(hour="2", minute="0", time_zone=TimeZone.of("Europe/Berlin"))
        pipeline.start_on_schedule(
            "Nightly", schedule=nightly, parameters={"Day": scheduler.ContextAttribute.scheduled_time}
        )
        ```

        Args:
            construct_id: The id of the schedule, unique among what starts the pipeline.
            schedule: When it starts, in a time zone; CDK's default is Etc/UTC.
            parameters: Values by the parameters of the pipeline or their names: texts, numbers, booleans, and CDK's
                ``scheduler.ContextAttribute``, such as the time of the schedule, ``2026-11-30T02:00:00Z``. At most 200,
                of 1024 characters, none empty; names may have '_'. Default: none.
            description: The description of the schedule. Default: none.
            start: The time from which on it starts the pipeline. Default: as soon as it is deployed.
            end: The time after which it no longer starts the pipeline. Default: never.
            time_window: How long after its time EventBridge may start the pipeline. Default: not at all.
            schedule_group: The group of the schedule, whose schedules can use the new role. Default: ``default``.
            enabled: Whether the schedule starts the pipeline.
            role: The role that EventBridge assumes to start it, which is granted that. Default: a new one,
                which only schedules of the group can use.
            dead_letter_queue: The queue for starts that failed. Default: a new standard queue, which keeps them for
                14 days.
            max_event_age: How long EventBridge tries again where the service is out of reach, 1 minute to 1 day.
                Default: 1 day.
            retry_attempts: How often it tries again, 0 to 185. Default: 185.

        Raises:
            PipelineError: A value that EventBridge does not take, or a pipeline in another account or region.

        Source: [Schedule types](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
        """
        given_schedule: Any = schedule
        if not isinstance(given_schedule, cdk.aws_scheduler.ScheduleExpression):
            example = "ScheduleExpression.cron(hour='2', minute='0')"
            raise PipelineError(
                f"start_on_schedule: schedule takes a scheduler.ScheduleExpression, such as {example}, not "
                f"{shown(given_schedule)}"
            )
        given = values.of_schedule(parameters)
        check_role_and_queue(role, dead_letter_queue)
        check_retries(max_event_age, retry_attempts)
        scope = scope_for(self, _SCOPE, construct_id, "what starts")
        refuse_elsewhere(self, sources.Here(scope), f"the schedule '{scope.node.path}/{construct_id}'")
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

        ```python
        pipeline.start_on_object_created(
            "NewData", bucket=raw, prefix="orders/", suffix=".csv",
            parameters={"Key": from_event("$.detail.object.key")},
        )
        ```

        The event has ``$.detail.bucket.name``, ``$.detail.object.key`` and, in a bucket with versions,
        ``$.detail.object.version-id``. EventBridge may deliver it more than once, and then starts the pipeline as
        often.

        Args:
            construct_id: The id of the rule, unique among what starts the pipeline.
            bucket: The bucket, in the account and region of the pipeline. From then on it sends all of its events to
                EventBridge, which CDK switches on at deployment with a function of its own,
                ``bucket.enable_event_bridge_notification()``.
            prefix: How the object's key begins, such as ``orders/``. Default: any key.
            suffix: How the object's key ends, such as ``.csv``. Default: any key.
            parameters: Values by the parameters of the pipeline or their names, as ``StartPipelineExecution`` takes
                them. Default: none.
            description: The description of the rule. Default: none.
            enabled: Whether the rule starts the pipeline.
            role: The role that EventBridge assumes to start it, which is granted that. Default: a new one,
                which only rules of the account and region can use.
            dead_letter_queue: The queue for events that could not start the pipeline. Default: a new standard queue,
                which keeps them for 14 days.
            max_event_age: How long EventBridge tries again where the service is out of reach, 1 minute to 1 day.
                Default: 1 day.
            retry_attempts: How often it tries again, 0 to 185. Default: 185.

        Raises:
            PipelineError: A value that EventBridge does not take, or a bucket in another account or region.

        Source: [EventBridge event message structure](https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html).
        """
        pattern = sources.objects(self, bucket, prefix, suffix)
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

        ```python
        pipeline.start_on_model_approved(
            "Approved", group=group, parameters={"Model": from_event("$.detail.ModelPackageArn")}
        )
        ```

        Only a change to Approved starts it: neither a later edit of an approved version nor a version that is
        registered as Approved. The event has ``$.detail.ModelPackageArn`` and ``$.detail.ModelPackageVersion``.

        Args:
            construct_id: The id of the rule, unique among what starts the pipeline.
            group: The group of the model: a ``ModelPackageGroup``, CDK's ``CfnModelPackageGroup``, a name or an ARN, in
                the account and region of the pipeline.
            parameters: Values by the parameters of the pipeline or their names, as ``StartPipelineExecution`` takes
                them. Default: none.
            description: The description of the rule. Default: none.
            enabled: Whether the rule starts the pipeline.
            role: The role that EventBridge assumes to start it, which is granted that. Default: a new one,
                which only rules of the account and region can use.
            dead_letter_queue: The queue for events that could not start the pipeline. Default: a new standard queue,
                which keeps them for 14 days.
            max_event_age: How long EventBridge tries again where the service is out of reach, 1 minute to 1 day.
                Default: 1 day.
            retry_attempts: How often it tries again, 0 to 185. Default: 185.

        Raises:
            PipelineError: A value that EventBridge does not take, or a group in another account or region.

        Source: [Automating SageMaker AI with EventBridge](https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html).
        """
        pattern = sources.approvals(self, group)
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

        ```python
        closed = events.EventPattern(source=["shop"], detail_type=["Closed"])
        pipeline.start_on_event("Closed", event_pattern=closed, parameters={"Key": from_event("$.detail.file")})
        ```

        Args:
            construct_id: The id of the rule, unique among what starts the pipeline.
            event_pattern: CDK's ``events.EventPattern``, which says what events start the pipeline.
            event_bus: The event bus that has the events. Default: the one that the account has.
            parameters: Values by the parameters of the pipeline or their names, as ``StartPipelineExecution`` takes
                them. Default: none.
            description: The description of the rule. Default: none.
            enabled: Whether the rule starts the pipeline.
            role: The role that EventBridge assumes to start it, which is granted that. Default: a new one,
                which only rules of the account and region can use.
            dead_letter_queue: The queue for events that could not start the pipeline. Default: a new standard queue,
                which keeps them for 14 days.
            max_event_age: How long EventBridge tries again where the service is out of reach, 1 minute to 1 day.
                Default: 1 day.
            retry_attempts: How often it tries again, 0 to 185. Default: 185.

        Raises:
            PipelineError: A value that EventBridge does not take, or a pipeline in another account or region.
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
        refuse_elsewhere(self, sources.Here(scope), f"the rule '{scope.node.path}/{construct_id}'")
        with whole():
            removing_new(scope, construct_id)
            made = cdk.aws_events.Rule(
                scope, construct_id, event_pattern=pattern, description=description, enabled=enabled,
                event_bus=bus,
            )  # fmt: skip
            made.add_target(cast("Any", starting))
        return made
