"""A pipeline as the target of a rule of EventBridge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from ..language import PipelineError
from ..language.errors import shown
from ..language.keyword_options import GivenOnce, by_name
from ..language.no_value import NoValue
from .access import (
    RULES,
    check_retries,
    check_role_and_queue,
    dead_letters,
    let_rule_send,
    refuse_elsewhere,
    role_for,
    rules_of,
)
from .known import Start, remember
from .values import Given, of_rule

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sagemaker as sagemaker
    from aws_cdk import aws_sqs as sqs


@jsii.implements(events.IRuleTarget)
class StartPipelineExecution(GivenOnce, NoValue):
    """Starts a pipeline for each event that a rule matches.

    ```python
    pipeline = Pipeline(self, "Orders", parameters=[Parameter.string("Key")])
    closed = cdk.aws_events.EventPattern(source=["shop"], detail_type=["Closed"])
    rule = cdk.aws_events.Rule(self, "Closed", event_pattern=closed)
    rule.add_target(StartPipelineExecution(pipeline, parameters={"Key": from_event("$.detail.file")}))
    ```

    EventBridge may deliver an event more than once, and then starts the pipeline as often. When the app is synthesized,
    the names, types and allowed values of the parameters are compared with those that a pipeline of the app declares;
    so are the parameters without a default.

    Args:
        pipeline: The ``Pipeline`` that is started, or an imported one, in the account and region of the rule.
        parameters: Values by the parameters of the pipeline or their names: texts, numbers, booleans, and what
            ``from_event`` reads. At most 200, of 1024 characters; EventBridge does not take names with '_'. Default:
            none.
        role: The role that EventBridge assumes to start it, in the rule's account. It is granted the permission.
            Default: a new one, which may do nothing else, and which only rules of the account and region can use.
        dead_letter_queue: The queue for events that could not start the pipeline, with the reason. Default: a new
            standard queue, encrypted with SQS's own key, which keeps them for 14 days.
        max_event_age: How long EventBridge tries again where the service is out of reach, 1 minute to 1 day. Default:
            1 day.
        retry_attempts: How often it tries again, 0 to 185. Default: 185.

    Raises:
        PipelineError: Not a pipeline, or a value that EventBridge does not take.

    API: [PutTargets](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html).
    API: [SageMakerPipelineParameters](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SageMakerPipelineParameters.html).
    """

    _instead = "give it to rule.add_target"

    @by_name
    def __init__(
        self,
        pipeline: sagemaker.IPipeline,
        *,
        parameters: Given | None = None,
        role: iam.IRole | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        max_event_age: Duration | None = None,
        retry_attempts: int | None = None,
    ) -> None:
        if not hasattr(pipeline, "pipeline_arn"):
            raise PipelineError(f"StartPipelineExecution takes a pipeline, not {shown(pipeline)}")
        check_role_and_queue(role, dead_letter_queue)
        check_retries(max_event_age, retry_attempts)
        self._pipeline, self._role, self._dead_letter_queue = pipeline, role, dead_letter_queue
        self._max_event_age, self._retry_attempts = max_event_age, retry_attempts
        self._parameters = of_rule(parameters)

    @jsii.member(jsii_name="bind")
    def bind(self, rule: Any, id: str | None = None) -> events.RuleTargetConfig:
        """What CDK asks when the target is added to a rule; call ``rule.add_target`` instead.

        Args:
            rule: The rule of CDK to which the target is added.
            id: The id that CDK gives to the target, such as ``Target0``.

        Raises:
            PipelineError: A rule in another account or region, or a call from elsewhere.
        """
        refuse_elsewhere(self._pipeline, rule, f"the rule '{rule.node.path}'")
        index = re.fullmatch(r"Target(\d+)", id or "")
        resource: Any = rule.node.default_child
        if index is None or not isinstance(resource, events.CfnRule):
            raise PipelineError(f"the rule '{rule.node.path}': write rule.add_target(StartPipelineExecution(...))")
        scope = cast("Construct", rule)
        role = role_for(scope, f"{id}Role", self._role, RULES, rules_of(rule))
        self._pipeline.grant_start_pipeline_execution(role)
        queue = dead_letters(scope, f"{id}DeadLetters", self._dead_letter_queue)
        let_rule_send(rule, queue)
        # CDK's targets of rules know no parameters of pipelines
        given = [{"Name": one.name, "Value": one.text} for one in self._parameters]
        resource.add_property_override(
            f"Targets.{index[1]}.SageMakerPipelineParameters", {"PipelineParameterList": given}
        )
        remember(Start(rule, "rule", self._pipeline.pipeline_arn, self._parameters))
        retry = self._max_event_age is not None or self._retry_attempts is not None
        return events.RuleTargetConfig(
            arn=self._pipeline.pipeline_arn,
            role=role,
            dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=queue.queue_arn),
            retry_policy=events.CfnRule.RetryPolicyProperty(
                maximum_event_age_in_seconds=None if self._max_event_age is None else self._max_event_age.to_seconds(),
                maximum_retry_attempts=self._retry_attempts,
            )
            if retry
            else None,
        )
