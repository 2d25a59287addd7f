"""The parameters that schedules and rules of the app pass to a pipeline, checked at synth."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets

from cdk_sagemaker_pipelines import FailStep, Parameter, Pipeline
from tests.pipeline.support import Bench, pipeline

DAILY = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))
ALL = "*"


def with_parameters(bench: Bench) -> Pipeline:
    """A pipeline with a parameter that has a default, and one that has none."""
    made = pipeline(bench, pipeline_name="Nightly")
    text = Parameter.string("InstanceType")
    FailStep(made, "Stop", message=f"{text} {Parameter.string('Day', default='x')}")
    return made


def schedule(scope: cdk.Stack, made: Pipeline, *names: str, name: str = "Daily") -> scheduler.Schedule:
    """A CDK schedule with CDK's target; without names the target has no list at all."""
    given = [targets.SageMakerPipelineParameter(name=each, value="ml.m5.large") for each in names]
    target = targets.SageMakerStartPipelineExecution(made, pipeline_parameter_list=given or None)
    return scheduler.Schedule(scope, name, schedule=DAILY, target=target)


def rule(scope: cdk.Stack, arn: str, *names: str) -> None:
    """A rule as an L1 construct."""
    made = events.CfnRule
    given = [made.SageMakerPipelineParameterProperty(name=name, value="$.detail.x") for name in names]
    parameters = made.SageMakerPipelineParametersProperty(pipeline_parameter_list=given) if given else None
    target = made.TargetProperty(arn=arn, id="start", sage_maker_pipeline_parameters=parameters)
    made(scope, "Changed", schedule_expression="rate(1 day)", targets=[target])


def test_an_unknown_and_a_missing_parameter(bench: Bench) -> None:
    schedule(bench.stack, with_parameters(bench), "InstanceTyp")
    unknown, missing = bench.errors()
    assert (
        "the schedule 'Stack/Daily/Resource': Target.SageMakerPipelineParameters.PipelineParameterList: the pipeline "
        "has no parameter 'InstanceTyp'; did you mean 'InstanceType'? [target-parameter]"
    ) in unknown
    assert "Target: no value for 'InstanceType', which has no default: every start would be refused" in missing


def test_valid_targets_have_no_findings(bench: Bench) -> None:
    made = with_parameters(bench)
    schedule(bench.stack, made, "InstanceType", "Day")
    rule(bench.stack, made.pipeline_arn, "InstanceType")
    other = pipeline(bench, "Other", pipeline_name="Other")
    FailStep(other, "Stop", message=Parameter.string("Only"))
    schedule(bench.stack, other, "Only", name="Second")
    assert bench.errors() == []


def test_a_schedule_of_another_stack_and_a_rule(bench: Bench) -> None:
    made = with_parameters(bench)
    away = cdk.Stack(bench.app, "Away", env=cdk.Environment(account=bench.stack.account, region=bench.stack.region))
    schedule(away, made, "Day")
    rule(bench.stack, made.pipeline_arn, "InstanceType", "Month")
    told = "\n".join(bench.errors())
    assert "the schedule 'Away/Daily/Resource': Target: no value for 'InstanceType'" in told
    assert "the rule 'Stack/Changed': Targets[0].SageMakerPipelineParameters" in told
    assert told.count("target-") == 2


@pytest.mark.parametrize("overridden", [False, True])
def test_without_the_member_an_override_may_add_it(bench: Bench, overridden: bool) -> None:
    made = with_parameters(bench)
    daily = schedule(bench.stack, made)
    rule(bench.stack, made.pipeline_arn)
    if overridden:
        resource = daily.node.default_child
        assert isinstance(resource, cdk.CfnResource)
        parameters = {"PipelineParameterList": [{"Name": "InstanceType", "Value": "ml.m5.large"}]}
        resource.add_property_override("Target.SageMakerPipelineParameters", parameters)
    assert bench.errors() == []
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(ALL, cdk.assertions.Match.any_value())
    told = sorted(str(each.entry.data).rpartition("cdk-sagemaker-pipelines:")[2].rstrip("]") for each in found)
    assert told == ["target-lacks-parameter", "target-without-parameters"]
