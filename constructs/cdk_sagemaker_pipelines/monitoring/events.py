"""The patterns of the events of executions and steps, and rules for them.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from ..language import PipelineError
from ..language.errors import escaped, has_no, shown
from ..triggers.scope import scope_for
from ..undo import removing_new, whole

if TYPE_CHECKING:
    from aws_cdk import aws_events as events

_PREFIX = "SageMaker Model Building Pipeline Execution"
EXECUTION, STEP = f"{_PREFIX} Status Change", f"{_PREFIX} Step Status Change"
_SCOPE = "Events"


def rule(
    pipeline: Any, construct_id: str, detail_type: str, detail: Mapping[str, Any], options: Mapping[str, Any]
) -> events.Rule:
    """A rule for events of a pipeline. ``options``: CDK's ``OnEventOptions``."""
    scope = scope_for(pipeline, _SCOPE, construct_id, "a rule for")
    given = dict(options)
    target = given.pop("target", None)
    # the service writes the name of a pipeline in lower case into ARNs, and in its guide as it was given
    arn = [{"equals-ignore-case": pipeline.pipeline_arn}]
    pattern = cdk.aws_events.EventPattern(
        source=["aws.sagemaker"], detail_type=[detail_type], detail={"pipelineArn": arn, **detail}
    )
    with whole():
        removing_new(scope, construct_id)
        made = cdk.aws_events.Rule(scope, construct_id, **given)
        made.add_event_pattern(source=pattern.source, detail_type=pattern.detail_type, detail=pattern.detail)
        made.add_target(target)
    return made


def step_detail(pipeline: Any, step: Any) -> dict[str, Any]:
    """What a pattern says about the step, a step or its name; raises ``PipelineError`` for one of another pipeline."""
    if isinstance(step, str):
        _check_later(pipeline, step)
        return {"stepName": [step]}
    if not hasattr(step, "_is_repeated"):
        raise PipelineError(f"on_step_status_change: step takes a step or its name, not {shown(step)}")
    if step.host is not getattr(pipeline, "host", None):
        raise PipelineError(f"on_step_status_change: step '{step.name}' is of another pipeline")
    # in a for-each, the runs of 'Score' are 'Score-0', 'Score-1' and so on
    return {"stepName": [{"prefix": f"{step.name}-"} if step._is_repeated else str(step.name)]}


def _check_later(pipeline: Any, name: str) -> None:
    """Has the name compared with the steps that the pipeline has in the end; those of an imported one are unknown."""
    if hasattr(pipeline, "host"):
        pipeline.node.add_validation(_KnownStep(pipeline, name))


@jsii.implements(IValidation)
class _KnownStep:
    """An error of CDK's validation where the pipeline has no step of a name that a rule waits for."""

    def __init__(self, pipeline: Any, name: str) -> None:
        self._pipeline, self._name = pipeline, name

    def validate(self) -> list[str]:
        names = [step.name for step in self._pipeline.host.current.all_steps()]
        if self._name in names or re.sub(r"-\d+$", "", self._name) in names:
            return []
        return [escaped(f"on_step_status_change: the pipeline {has_no('step', self._name, names)}")]


def failure_rule(pipeline: Any) -> events.Rule:
    """The one rule for failures of the pipeline, which is made when it is first asked for."""
    scope: Construct | None = pipeline.node.try_find_child(_SCOPE)
    found: Any = None if scope is None else scope.node.try_find_child("Failures")
    return found or rule(pipeline, "Failures", EXECUTION, {"currentPipelineExecutionStatus": ["Failed"]}, {})
