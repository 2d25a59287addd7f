"""What starts and operates a pipeline may do just that, for this pipeline alone, and others may not act for it."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn

from cdk_sagemaker_pipelines import FailStep, Parameter, Pipeline, RunPipeline
from tests.permissions.calls import HERE, SAGEMAKER
from tests.permissions.evaluator import Request, allowed
from tests.permissions.questions import OTHER_ACCOUNT, OTHER_REGION
from tests.permissions.template import Template

OWN, OTHER = f"{SAGEMAKER}pipeline/line", f"{SAGEMAKER}pipeline/line2"
EXECUTION = "/execution/l040kjgtiq4n"
OF_PIPELINE = ("DescribePipeline", "ListPipelineExecutions", "StartPipelineExecution")
OF_EXECUTION = (
    "DescribePipelineDefinitionForExecution", "DescribePipelineExecution", "ListPipelineExecutionSteps",
    "ListPipelineParametersForExecution", "RetryPipelineExecution", "StopPipelineExecution",
)  # fmt: skip
STARTERS = ("PipelineTriggersEventTarget0Role", "PipelineTriggersPlainRole", "PipelineTriggersTimedRole")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A pipeline with an operator, a rule, schedules and a state machine."""
    app = cdk.App(outdir=str(tmp_path_factory.mktemp("starts") / "cdk.out"), analytics_reporting=False)
    made = cdk.Stack(app, "Stack", env=cdk.Environment(account=HERE["a"], region=HERE["r"]))
    pipeline = Pipeline(made, "Pipeline", pipeline_name="Line")
    FailStep(pipeline, "Stop", message=Parameter.string("Day", default="x"))
    pipeline.grants.operate(iam.Role(made, "Operator", assumed_by=iam.AccountRootPrincipal()))
    pipeline.start_on_event("Event", event_pattern=events.EventPattern(source=["mine"]))
    daily = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))
    pipeline.start_on_schedule("Plain", schedule=daily)
    text = scheduler.ContextAttribute.scheduled_time
    pipeline.start_on_schedule("Timed", schedule=daily, parameters={"Day": text})
    run = RunPipeline(made, "Run", pipeline=pipeline)
    sfn.StateMachine(made, "Machine", definition_body=sfn.DefinitionBody.from_chainable(run))
    return Template(app.synth().get_stack_by_name("Stack").template, HERE["a"], HERE["r"])


def role_of(stack: Template, name: str) -> str:
    (found,) = (role for role in stack.roles().values() if role[:-8] == name)
    return found


def asks(stack: Template, role: str, action: str, resource: str) -> Request:
    return Request(stack.arn(role), action, resource, identity=stack.policies(role))


def test_an_operator_does_all_of_it_with_this_pipeline_alone(stack: Template) -> None:
    role = role_of(stack, "Operator")
    own = [asks(stack, role, f"sagemaker:{name}", OWN) for name in OF_PIPELINE]
    own += [asks(stack, role, f"sagemaker:{name}", OWN + EXECUTION) for name in OF_EXECUTION]
    others = [asks(stack, role, f"sagemaker:{name}", OTHER) for name in OF_PIPELINE]
    others += [asks(stack, role, f"sagemaker:{name}", OTHER + EXECUTION) for name in OF_EXECUTION]
    others += [asks(stack, role, f"sagemaker:{name}", OWN) for name in ("UpdatePipeline", "DeletePipeline")]
    assert allowed([*own, *others]) == [True] * len(own) + [False] * len(others)


@pytest.mark.parametrize("name", STARTERS)
def test_who_starts_may_start_this_pipeline_and_nothing_else(stack: Template, name: str) -> None:
    role = role_of(stack, name)
    start = "sagemaker:StartPipelineExecution"
    answers = allowed(
        [
            asks(stack, role, start, OWN),
            asks(stack, role, start, OTHER),
            asks(stack, role, "sagemaker:StopPipelineExecution", OWN + EXECUTION),
        ]
    )
    assert answers == [True, False, False]


def test_a_state_machine_runs_this_pipeline_and_reads_its_executions_alone(stack: Template) -> None:
    role = role_of(stack, "MachineRole")
    reads = ("DescribePipelineExecution", "ListPipelineExecutionSteps")
    own = [asks(stack, role, "sagemaker:StartPipelineExecution", OWN)]
    own += [asks(stack, role, f"sagemaker:{name}", OWN + EXECUTION) for name in reads]
    others = [asks(stack, role, "sagemaker:StartPipelineExecution", OTHER)]
    others += [asks(stack, role, f"sagemaker:{name}", OTHER + EXECUTION) for name in reads]
    others += [asks(stack, role, "sagemaker:StopPipelineExecution", OWN + EXECUTION)]
    assert allowed([*own, *others]) == [True] * len(own) + [False] * len(others)


def takes(stack: Template, role: str, service: str, context: Mapping[str, str]) -> Request:
    return Request(service, "sts:AssumeRole", stack.arn(role), context, on=stack.trust(role))


@pytest.mark.parametrize("name", STARTERS)
def test_only_eventbridge_takes_the_role_for_something_of_this_place(stack: Template, name: str) -> None:
    kind, place = ("events", "rule/New") if "Event" in name else ("scheduler", "schedule-group/default")
    role, service = role_of(stack, name), f"{kind}.amazonaws.com"

    def arn(region: str, account: str, place: str = place) -> str:
        return f"arn:aws:{kind}:{region}:{account}:{place}"

    here = {"aws:SourceAccount": HERE["a"], "aws:SourceArn": arn(HERE["r"], HERE["a"])}
    elsewhere = (
        {**here, "aws:SourceAccount": OTHER_ACCOUNT},
        {**here, "aws:SourceArn": arn(HERE["r"], OTHER_ACCOUNT)},
        {**here, "aws:SourceArn": arn(OTHER_REGION, HERE["a"])},
        {**here, "aws:SourceArn": arn(HERE["r"], HERE["a"], "other/New")},
        {"aws:SourceAccount": HERE["a"]},
    )
    requests = [takes(stack, role, service, here), takes(stack, role, "lambda.amazonaws.com", here)]
    answers = allowed([*requests, *(takes(stack, role, service, context) for context in elsewhere)])
    assert answers == [True, *[False] * (1 + len(elsewhere))]


def test_only_the_rule_itself_sends_to_its_queue(stack: Template) -> None:
    ((rule, _),) = stack.of_type("AWS::Events::Rule")
    (queue,) = (name for name, _ in stack.of_type("AWS::SQS::Queue") if "Event" in name)
    arn = stack.arn(queue)

    def sends(source: str, service: str = "events.amazonaws.com") -> Request:
        context = {"aws:SourceArn": source, "aws:SecureTransport": "true"}
        return Request(service, "sqs:SendMessage", arn, context, on=stack.policy_on(arn))

    own, other = stack.arn(rule), f"{stack.arn(rule)}2"
    assert allowed([sends(own), sends(other), sends(own, "sns.amazonaws.com")]) == [True, False, False]


@pytest.mark.parametrize("name", ["Plain", "Timed"])
def test_the_role_of_a_schedule_sends_to_its_queue_alone(stack: Template, name: str) -> None:
    queues = {queue: stack.arn(queue) for queue, _ in stack.of_type("AWS::SQS::Queue")}
    role = role_of(stack, f"PipelineTriggers{name}Role")
    context = {"aws:SecureTransport": "true"}
    requests = [
        Request(stack.arn(role), "sqs:SendMessage", arn, context, stack.policies(role)) for arn in queues.values()
    ]
    assert allowed(requests) == [name in queue for queue in queues]
