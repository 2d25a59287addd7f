"""Rules for the events of executions and steps, and notices of failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import FailStep, ForEachStep, LambdaStep, Pipeline, PipelineError
from tests.pipeline.support import ACCOUNT, REGION, Bench, pipeline

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/line"
EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
STEP = "SageMaker Model Building Pipeline Execution Step Status Change"
OWN = {"pipelineArn": [{"equals-ignore-case": ARN}]}


def line(bench: Bench) -> Pipeline:
    """A pipeline with a step, and one in the body of a for-each."""
    made = pipeline(bench, pipeline_name="Line")
    each = ForEachStep(made, "Each", items=[1, 2], max_concurrency=1)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:score"
    LambdaStep(each.body, "Score", function=cdk.aws_lambda.Function.from_function_arn(bench.stack, "Score", arn))
    FailStep(made, "Stop", depends_on=[each])
    return made


def each_of(made: Pipeline) -> Any:
    """The for-each."""
    return made.step_list()[0]


def patterns(bench: Bench) -> dict[str, Any]:
    """The patterns of the rules by their ids."""
    found = {}
    for name, rule in bench.resources("AWS::Events::Rule").items():
        pattern = rule["Properties"]["EventPattern"]
        (arn,) = pattern["detail"].pop("pipelineArn")
        joined = arn["equals-ignore-case"]
        whole = "".join("aws" if isinstance(part, dict) else part for part in joined["Fn::Join"][1])
        assert pattern["source"] == ["aws.sagemaker"]
        found[name.removeprefix("PipelineEvents")[:-8]] = (pattern["detail-type"], whole, pattern["detail"])
    return found


def test_each_kind_of_event_is_of_this_pipeline_alone(bench: Bench) -> None:
    made = line(bench)
    made.on_execution_status_change("Any")
    made.on_execution_failed("Failed")
    made.on_execution_succeeded("Succeeded")
    made.on_execution_stopped("Stopped")
    made.on_step_status_change("Steps")
    made.on_step_status_change("Named", step="Score-0")
    steps = {step.name: step for step in made.step_list()}
    made.on_step_status_change("Step", step=steps["Stop"])
    (score,) = (step for step in steps["Each"].body.step_list())  # type: ignore[attr-defined]
    made.on_step_status_change("Runs", step=score)
    status = "currentPipelineExecutionStatus"
    assert patterns(bench) == {
        "Any": ([EXECUTION], ARN, {}),
        "Failed": ([EXECUTION], ARN, {status: ["Failed"]}),
        "Succeeded": ([EXECUTION], ARN, {status: ["Succeeded"]}),
        "Stopped": ([EXECUTION], ARN, {status: ["Stopped"]}),
        "Steps": ([STEP], ARN, {}),
        "Named": ([STEP], ARN, {"stepName": ["Score-0"]}),
        "Step": ([STEP], ARN, {"stepName": ["Stop"]}),
        "Runs": ([STEP], ARN, {"stepName": [{"prefix": "Score-"}]}),
    }


def test_the_options_are_those_of_cdk(bench: Bench) -> None:
    made = line(bench)
    queue = sqs.Queue(bench.stack, "Queue")
    away = cdk.Stack(bench.app, "Away", env=cdk.Environment(account=ACCOUNT, region=REGION))
    made.on_step_status_change(
        "Failed", target=targets.SqsQueue(queue), description="a step failed", rule_name="step-failed",
        event_pattern=events.EventPattern(detail={"currentStepStatus": ["Failed"]}),
    )  # fmt: skip
    made.on_execution_failed("Away", cross_stack_scope=away)
    rule = bench.resource("AWS::Events::Rule")
    assert (rule["Name"], rule["Description"]) == ("step-failed", "a step failed")
    assert rule["EventPattern"]["detail"]["currentStepStatus"] == ["Failed"]
    assert list(rule["EventPattern"]["detail"]) == ["currentStepStatus", "pipelineArn"]
    assert [target["Id"] for target in rule["Targets"]] == ["Target0"]
    away_template = bench.app.synth().get_stack_by_name("Away").template
    assert [one["Type"] for one in away_template["Resources"].values()] == ["AWS::Events::Rule"]


def test_a_name_that_no_step_has_is_found_at_synth(bench: Bench) -> None:
    made = line(bench)
    made.on_step_status_change("Early", step="Last")
    made.on_step_status_change("Wrong", step="Stpo")
    FailStep(made, "Last", depends_on=[each_of(made)])
    assert bench.errors() == [
        "[Stack/Pipeline] on_step_status_change: the pipeline has no step 'Stpo'; did you mean 'Stop'?"
    ]


def test_an_imported_pipeline_takes_any_name(bench: Bench) -> None:
    imported = Pipeline.from_pipeline_arn(bench.stack, "Imported", ARN)
    imported.on_step_status_change("Step", step="Whatever")
    topic = sns.Topic(bench.stack, "Topic")
    rule = imported.notify(topic)
    assert rule.node.path == "Stack/Imported/Events/Failures"
    assert len(bench.resources("AWS::Events::Rule")) == 2


def test_topics_get_one_line_of_one_rule(bench: Bench) -> None:
    made = line(bench)
    key = kms.Key(bench.stack, "Key")
    plain, encrypted = sns.Topic(bench.stack, "Plain"), sns.Topic(bench.stack, "Encrypted", master_key=key)
    assert made.notify(plain) is not None
    made.notify(encrypted)
    (rule,) = bench.resources("AWS::Events::Rule").values()
    told = [target["InputTransformer"] for target in rule["Properties"]["Targets"]]
    assert (
        told
        == [
            {
                "InputPathsMap": {"detail-pipelineExecutionArn": "$.detail.pipelineExecutionArn"},
                "InputTemplate": '"The pipeline Line failed: <detail-pipelineExecutionArn>; '
                'smpipe why <detail-pipelineExecutionArn>"',
            }
        ]
        * 2
    )
    policies = bench.resources("AWS::SNS::TopicPolicy").values()
    statements = [one["Properties"]["PolicyDocument"]["Statement"][0] for one in policies]
    assert [(one["Action"], one["Principal"]) for one in statements] == [
        ("sns:Publish", {"Service": "events.amazonaws.com"})
    ] * 2
    of_key = bench.resource("AWS::KMS::Key")["KeyPolicy"]["Statement"][1:]
    assert [(one["Action"], one["Principal"]) for one in of_key] == [
        (["kms:Decrypt", "kms:GenerateDataKey*"], {"Service": "events.amazonaws.com"})
    ]


lined: Any = line
REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda b: lined(b).notify("me"), "notify takes a topic, not 'me'"),
    (
        lambda b: lined(b).notify(sns.Topic(b.stack, "Fifo", fifo=True)),
        "notify: EventBridge does not publish to FIFO topics; give a standard topic",
    ),
    (lambda b: lined(b).on_step_status_change("A", step=5), "step takes a step or its name, not 5"),
    (
        lambda b: lined(b).on_step_status_change("A", step=FailStep(Pipeline(b.stack, "Other"), "Theirs")),
        "on_step_status_change: step 'Theirs' is of another pipeline",
    ),
    (lambda b: lined(b).on_execution_failed(""), "a rule for 'Stack/Pipeline' needs an id, a text, not ''"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_is_refused(bench: Bench, make: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        make(bench)
    assert message in str(refusal.value)


def test_an_id_that_is_taken(bench: Bench) -> None:
    made = line(bench)
    made.on_execution_failed("Failed")
    with pytest.raises(PipelineError, match="'Stack/Pipeline/Events' already has a 'Failed'; give another id"):
        made.on_execution_stopped("Failed")


def test_a_topic_of_another_app_must_let_eventbridge_in(bench: Bench) -> None:
    topic = sns.Topic.from_topic_arn(bench.stack, "Theirs", f"arn:aws:sns:{REGION}:{ACCOUNT}:theirs")
    line(bench).notify(topic)
    warned = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", cdk.assertions.Match.any_value())
    (told,) = [str(one.entry.data) for one in warned if "Theirs" in str(one.entry.data)]
    assert told.startswith(
        "the topic 'Stack/Theirs' is of another app, so its policy must let events.amazonaws.com publish"
    )
