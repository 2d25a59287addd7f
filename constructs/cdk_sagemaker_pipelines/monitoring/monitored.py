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
    """The events and metrics of a pipeline; an event may come more than once."""

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
        ``$.detail.previousPipelineExecutionStatus``. EventBridge may deliver it more than once.

        Args:
            construct_id: The id of the rule, unique among the rules for events of the pipeline.
            target: What gets the event, such as ``aws_events_targets.SqsQueue``. Default: nothing.
            description: The description of the rule. Default: none.
            event_pattern: A pattern that narrows the events further. Default: all of these events.
            rule_name: The name of the rule. Default: made by CloudFormation.
            cross_stack_scope: The construct below which CDK makes the rule if its target is of another stack. Default:
                none.

        Raises:
            PipelineError: An id that is missing or taken.

        Source: [Automating SageMaker AI with EventBridge](https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html).
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
        """A rule for executions that failed, with the options of ``on_execution_status_change``.

        Args:
            construct_id: The id of the rule, unique among the rules for events of the pipeline.
            target: What gets the event, such as ``aws_events_targets.SqsQueue``. Default: nothing.
            description: The description of the rule. Default: none.
            event_pattern: A pattern that narrows the events further. Default: all of these events.
            rule_name: The name of the rule. Default: made by CloudFormation.
            cross_stack_scope: The construct below which CDK makes the rule if its target is of another stack. Default:
                none.

        Raises:
            PipelineError: An id that is missing or taken.
        """
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
        """A rule for executions that succeeded, with the options of ``on_execution_status_change``.

        Args:
            construct_id: The id of the rule, unique among the rules for events of the pipeline.
            target: What gets the event, such as ``aws_events_targets.SqsQueue``. Default: nothing.
            description: The description of the rule. Default: none.
            event_pattern: A pattern that narrows the events further. Default: all of these events.
            rule_name: The name of the rule. Default: made by CloudFormation.
            cross_stack_scope: The construct below which CDK makes the rule if its target is of another stack. Default:
                none.

        Raises:
            PipelineError: An id that is missing or taken.
        """
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
        """A rule for executions that were stopped, with the options of ``on_execution_status_change``.

        Args:
            construct_id: The id of the rule, unique among the rules for events of the pipeline.
            target: What gets the event, such as ``aws_events_targets.SqsQueue``. Default: nothing.
            description: The description of the rule. Default: none.
            event_pattern: A pattern that narrows the events further. Default: all of these events.
            rule_name: The name of the rule. Default: made by CloudFormation.
            cross_stack_scope: The construct below which CDK makes the rule if its target is of another stack. Default:
                none.

        Raises:
            PipelineError: An id that is missing or taken.
        """
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

        The event has ``$.detail.stepName``, ``$.detail.currentStepStatus`` and, for a failure,
        ``$.detail.failureReason``. For failures only, narrow it:
        ``event_pattern=events.EventPattern(detail={"currentStepStatus": ["Failed"]})``.

        Args:
            construct_id: The id of the rule, unique among the rules for events of the pipeline.
            step: The step or its name. In a for-each, the step is all of its runs, and one run has a name such as
                'Score-0'. Default: all steps.
            target: What gets the event, such as ``aws_events_targets.SqsQueue``. Default: nothing.
            description: The description of the rule. Default: none.
            event_pattern: A pattern that narrows the events further. Default: all of these events.
            rule_name: The name of the rule. Default: made by CloudFormation.
            cross_stack_scope: The construct below which CDK makes the rule if its target is of another stack. Default:
                none.

        Raises:
            PipelineError: An id that is missing or taken, or a step of another pipeline.

        Source: [Automating SageMaker AI with EventBridge](https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html).
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

        All topics of a pipeline, at most 5, share one rule, which is returned. The policy of the topic lets EventBridge
        publish, and that of its key lets it encrypt, if the key is one of the app.

        Args:
            topic: The topic of SNS, a standard one.

        Raises:
            PipelineError: Not a topic, or a FIFO topic, to which EventBridge does not publish.
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
        """A metric of the pipeline, by the name that SageMaker publishes it under.

        The service's dimension is the pipeline's name; whether it writes that in lower case is not documented. An
        imported pipeline has the name in its ARN.

        Args:
            metric_name: The service's name of the metric, such as ``ExecutionFailed``.
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.

        Source: [Monitoring with CloudWatch](https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html).
        """
        return metric(self, metric_name, {"PipelineName": name_of(self)}, options)

    def metric_started(self, **options: Any) -> cloudwatch.Metric:
        """How many executions started in each period.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.
        """
        return self.metric("ExecutionStarted", **options)

    def metric_succeeded(self, **options: Any) -> cloudwatch.Metric:
        """How many executions succeeded in each period.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.
        """
        return self.metric("ExecutionSucceeded", **options)

    def metric_failed(self, **options: Any) -> cloudwatch.Metric:
        """How many executions failed in each period.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.
        """
        return self.metric("ExecutionFailed", **options)

    def metric_stopped(self, **options: Any) -> cloudwatch.Metric:
        """How many executions were stopped in each period.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.
        """
        return self.metric("ExecutionStopped", **options)

    def metric_duration(self, **options: Any) -> cloudwatch.Metric:
        """How long executions took, in milliseconds; the average unless ``statistic`` says otherwise.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.
        """
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
