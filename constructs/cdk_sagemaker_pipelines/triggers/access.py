"""What a start needs around itself: the role that EventBridge takes, and the queue for what could not be started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Duration, Stack, Token
from constructs import Construct, IConstruct

from ..language import Finding, PipelineError
from ..language.errors import shown
from ..warning import warn

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_sqs as sqs

RULES, SCHEDULES = "events.amazonaws.com", "scheduler.amazonaws.com"


def rules_of(construct: Any) -> Mapping[str, Any]:
    """The condition that EventBridge acts for a rule of the account and region of a construct.

    The name of the rule itself would be a circle: the rule names the role.
    """
    rules = Stack.of(construct).format_arn(
        service="events", resource="rule", resource_name="*", account=construct.env.account, region=construct.env.region
    )
    return {"StringEquals": {"aws:SourceAccount": construct.env.account}, "ArnLike": {"aws:SourceArn": rules}}


def schedules_of(group: str, stack: Stack) -> Mapping[str, Any]:
    """The condition that EventBridge Scheduler acts for a group; the guide advises against naming one schedule."""
    arn = stack.format_arn(service="scheduler", resource="schedule-group", resource_name=group)
    return {"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": arn}}


def role_for(
    scope: Construct, construct_id: str, given: iam.IRole | None, service: str, conditions: Mapping[str, Any]
) -> iam.IRole:
    """The role that is given, or a new one that the service takes under these conditions."""
    if given is not None:
        return given
    principal = cdk.aws_iam.ServicePrincipal(service, conditions=conditions)
    return cdk.aws_iam.Role(scope, construct_id, assumed_by=principal)


def dead_letters(scope: Construct, construct_id: str, given: sqs.IQueue | None) -> sqs.IQueue:
    """The queue that is given, or a new one, encrypted with SQS's own key."""
    if given is not None:
        return given
    made, longest = cdk.aws_sqs, Duration.days(14)
    return made.Queue(
        scope, construct_id, encryption=made.QueueEncryption.SQS_MANAGED, enforce_ssl=True, retention_period=longest
    )


def let_rule_send(rule: events.IRule, queue: sqs.IQueue) -> None:
    """Lets EventBridge put what the rule could not deliver into the queue, also one under a key of the app."""
    sending = cdk.aws_iam.PolicyStatement(
        actions=["sqs:SendMessage"],
        principals=[cdk.aws_iam.ServicePrincipal(RULES)],
        resources=[queue.queue_arn],
        conditions={"ArnEquals": {"aws:SourceArn": rule.rule_arn}},
    )
    if not queue.add_to_resource_policy(sending).statement_added:
        what = f"the dead-letter queue '{queue.node.path}' is of another app"
        warn_not_granted(rule, f"{what}, so its policy must let {RULES} send to it for the rule '{rule.node.path}'")
    let_eventbridge_use(queue.encryption_master_key)


def warn_not_granted(construct: IConstruct, text: str) -> None:
    """Warns of a permission that another app has to give."""
    warn(construct, Finding("not-granted", text, level="warning"), Stack.of(construct))


def let_eventbridge_use(key: kms.IKey | None) -> None:
    """Lets EventBridge send into what is encrypted with a key of the app; it names no rule to the key."""
    if key is not None:
        using = cdk.aws_iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            principals=[cdk.aws_iam.ServicePrincipal(RULES)],
            resources=["*"],
        )
        key.add_to_resource_policy(using)


def check_role_and_queue(role: Any, queue: Any) -> None:
    """Raises ``PipelineError`` unless these are a role and a standard queue, or None."""
    for value, member, what in (
        (role, "role_arn", "role takes a role"),
        (queue, "queue_arn", "dead_letter_queue takes a queue"),
    ):
        if value is not None and not hasattr(value, member):
            raise PipelineError(f"{what}, not {shown(value)}")
    if queue is not None and queue.fifo:
        raise PipelineError("dead_letter_queue: EventBridge does not send to FIFO queues; give a standard queue")


def check_retries(max_event_age: Any, retry_attempts: Any) -> None:
    """Raises ``PipelineError`` for what EventBridge does not take."""
    if max_event_age is not None and not 60 <= whole_seconds(max_event_age, "max_event_age") <= 86_400:
        raise PipelineError(f"max_event_age must be 1 minute to 1 day, not {max_event_age.to_human_string()}")
    whole = isinstance(retry_attempts, int) and not isinstance(retry_attempts, bool)
    if retry_attempts is not None and not (whole and 0 <= retry_attempts <= 185):
        raise PipelineError(f"retry_attempts must be a whole number from 0 to 185, not {shown(retry_attempts)}")


def whole_seconds(duration: Any, what: str) -> int:
    """The seconds of a duration. Raises ``PipelineError`` for what is none, and for parts of a second."""
    if not isinstance(duration, Duration):
        raise PipelineError(f"{what} takes a Duration, such as Duration.hours(1), not {shown(duration)}")
    milliseconds = duration.to_milliseconds()
    if milliseconds % 1000:
        raise PipelineError(f"{what} takes whole seconds, not {duration.to_human_string()}")
    return int(milliseconds // 1000)


def are_different(one: str, other: str) -> bool:
    """Whether two accounts or regions differ, as far as that is known before the deployment."""
    return not Token.is_unresolved(one) and not Token.is_unresolved(other) and one != other


def refuse_elsewhere(pipeline: Any, starter: Any, what: str) -> None:
    """Raises ``PipelineError`` where EventBridge cannot reach the pipeline. ``what``: the rule or schedule."""
    if are_different(pipeline.env.account, starter.env.account):
        raise PipelineError(
            f"{what} is in the account {starter.env.account}, and the pipeline in {pipeline.env.account}: EventBridge "
            "cannot start a pipeline in another account. Send the events to the event bus there with "
            "aws_events_targets.EventBus, and start the pipeline from a rule on that bus, in an app for that account"
        )
    if are_different(pipeline.env.region, starter.env.region):
        raise PipelineError(
            f"{what} is in {starter.env.region}, and the pipeline in {pipeline.env.region}: EventBridge "
            "cannot start a pipeline in another region. Send the events to the event bus there with "
            "aws_events_targets.EventBus, and start the pipeline from a rule in that region"
        )
