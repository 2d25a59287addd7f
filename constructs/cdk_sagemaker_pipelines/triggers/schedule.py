"""A pipeline as the target of a schedule of EventBridge Scheduler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk

from .values import CONTEXT, StartValue


def target_of(pipeline: Any, given: Sequence[StartValue], options: Mapping[str, Any]) -> Any:
    """CDK's target; the universal one where the Scheduler fills in values, which is documented for requests alone."""
    targets = cdk.aws_scheduler_targets
    if not any(CONTEXT.search(one.text) for one in given):
        listed = [targets.SageMakerPipelineParameter(name=one.name, value=one.text) for one in given]
        return targets.SageMakerStartPipelineExecution(pipeline, pipeline_parameter_list=listed, **options)
    arn = pipeline.pipeline_arn
    request = {"PipelineName": arn, "PipelineParameters": [{"Name": one.name, "Value": one.text} for one in given]}
    return targets.Universal(
        service="sagemaker",
        action="startPipelineExecution",
        input=cdk.aws_scheduler.ScheduleTargetInput.from_object(request),
        policy_statements=[
            cdk.aws_iam.PolicyStatement(actions=["sagemaker:StartPipelineExecution"], resources=[arn]),
        ],
        **options,
    )
