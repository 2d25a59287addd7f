"""The methods of a pipeline that report on it: rules for its events, notices of failures, metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk

from ..language import PipelineError
from ..language.errors import shown
from ..language.keyword_options import by_name
from ..triggers.access import RULES, let_eventbridge_use, warn_not_granted
from . import events as noticed
from .metrics import metric, name_of

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_events as events
    from aws_cdk import aws_sns as sns
    from constructs import Construct


class Monitored:
    """The events and metrics of a pipeline.

    The options of ``on_...`` are CDK's ``OnEventOptions``, and those of ``metric...`` its ``MetricOptions``. An event
    may come more than once.
    """

    # -- events

    @by_name
    def on_execution_status_change(
        self,
        construct_id: str,
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """A rule for each change of an execution's status: Executing, Stopping, Stopped, Failed, Succeeded.

        The event has ``$.detail.pipelineExecutionArn``, ``$.detail.currentPipelineExecutionStatus`` and
        ``$.detail.previousPipelineExecutionStatus``. ``event_pattern``: narrows it further.
        """
        options = _options(target, description, event_pattern, rule_name, cross_stack_scope)
        return noticed.rule(self, construct_id, noticed.EXECUTION, {}, options)

    @by_name
    def on_execution_failed(
        self,
        construct_id: str,
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """A rule for executions that failed."""
        options = _options(target, description, event_pattern, rule_name, cross_stack_scope)
        return self._ended(construct_id, "Failed", options)

    @by_name
    def on_execution_succeeded(
        self,
        construct_id: str,
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """A rule for executions that succeeded."""
        options = _options(target, description, event_pattern, rule_name, cross_stack_scope)
        return self._ended(construct_id, "Succeeded", options)

    @by_name
    def on_execution_stopped(
        self,
        construct_id: str,
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """A rule for executions that were stopped."""
        options = _options(target, description, event_pattern, rule_name, cross_stack_scope)
        return self._ended(construct_id, "Stopped", options)

    @by_name
    def on_step_status_change(
        self,
        construct_id: str,
        *,
        step: Any = None,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        event_pattern: events.EventPattern | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """A rule for each change of a step's status: Starting, Executing, Stopping, Stopped, Failed, Succeeded.

        ``step``: the step or its name; in a for-each, the step is all of its runs, and a run has a name such as
        'Score-0'. Default: all steps. The event has ``$.detail.stepName``, ``$.detail.currentStepStatus`` and, for a
        failure, ``$.detail.failureReason``. For failures alone, narrow it:
        ``event_pattern=events.EventPattern(detail={"currentStepStatus": ["Failed"]})``.
        """
        options = _options(target, description, event_pattern, rule_name, cross_stack_scope)
        detail = {} if step is None else noticed.step_detail(self, step)
        return noticed.rule(self, construct_id, noticed.STEP, detail, options)

    def _ended(self, construct_id: str, status: str, options: Mapping[str, Any]) -> events.Rule:
        detail = {"currentPipelineExecutionStatus": [status]}
        return noticed.rule(self, construct_id, noticed.EXECUTION, detail, options)

    @by_name
    def notify(self, topic: sns.ITopic) -> events.Rule:
        """Publishes one line to a topic for each execution that fails: which one, and the command that says why.

        All topics of a pipeline, at most 5, share one rule, which is returned. EventBridge may publish to the topic by
        the policy of the topic, and use its key if that is one of the app. Raises ``PipelineError`` for a FIFO topic,
        to which EventBridge does not publish.
        """
        if not hasattr(topic, "topic_arn"):
            raise PipelineError(f"notify takes a topic, not {shown(topic)}")
        if topic.fifo:
            raise PipelineError("notify: EventBridge does not publish to FIFO topics; give a standard topic")
        execution = cdk.aws_events.EventField.from_path("$.detail.pipelineExecutionArn")
        text = f"The pipeline {name_of(self)} failed: {execution}; smpipe why {execution}"
        message = cdk.aws_events.RuleTargetInput.from_text(text)
        made = noticed.failure_rule(self)
        made.add_target(cast("Any", cdk.aws_events_targets.SnsTopic(topic, message=message)))
        let_eventbridge_use(getattr(topic, "master_key", None))
        if topic.node.default_child is None:
            warn_not_granted(
                made, f"the topic '{topic.node.path}' is of another app, so its policy must let {RULES} publish"
            )
        return made

    # -- metrics

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the pipeline by the service's name, such as ``ExecutionFailed``.

        The service's dimension is the pipeline's name; whether it writes that in lower case is not documented. An
        imported pipeline is named as its ARN says.
        """
        return metric(self, metric_name, {"PipelineName": name_of(self)}, options)

    def metric_started(self, **options: Any) -> cloudwatch.Metric:
        """How many executions started."""
        return self.metric("ExecutionStarted", **options)

    def metric_succeeded(self, **options: Any) -> cloudwatch.Metric:
        """How many executions succeeded."""
        return self.metric("ExecutionSucceeded", **options)

    def metric_failed(self, **options: Any) -> cloudwatch.Metric:
        """How many executions failed."""
        return self.metric("ExecutionFailed", **options)

    def metric_stopped(self, **options: Any) -> cloudwatch.Metric:
        """How many executions were stopped."""
        return self.metric("ExecutionStopped", **options)

    def metric_duration(self, **options: Any) -> cloudwatch.Metric:
        """How long executions took, in milliseconds; the average unless ``statistic`` says otherwise."""
        return self.metric("ExecutionDuration", **options)


def _options(
    target: Any, description: str | None, event_pattern: Any, rule_name: str | None, cross_stack_scope: Any
) -> dict[str, Any]:
    return {
        "target": target,
        "description": description,
        "event_pattern": event_pattern,
        "rule_name": rule_name,
        "cross_stack_scope": cross_stack_scope,
    }
