"""CDK's tags on pipelines, groups and steps, as the jobs get them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from constructs import IConstruct

from cdk_sagemaker_pipelines import (
    ConditionStep,
    ForEachStep,
    Image,
    LambdaStep,
    Parameter,
    Pipeline,
    RawStep,
    RegisterModelStep,
    StepGroup,
)
from tests.pipeline.support import Bench, body, processing


def pipeline(bench: Bench) -> Pipeline:
    return Pipeline(bench.stack, "Pipeline")


def jobs(bench: Bench) -> dict[str, dict[str, str]]:
    """The tags of each step's job."""
    found: dict[str, dict[str, str]] = {}

    def read(steps: list[Any]) -> None:
        for step in steps:
            arguments = step["Arguments"]
            found[step["Name"]] = {tag["Key"]: tag["Value"] for tag in arguments.get("Tags", [])}
            for inner in ("IfSteps", "ElseSteps", "ForEachBody"):
                read(arguments.get(inner, []))

    read(body(bench.resource())["Steps"])
    return found


def warnings(bench: Bench) -> list[str]:
    messages = bench.app.synth().get_stack_by_name("Stack").messages
    return [str(message.entry.data) for message in messages if "[lost-tag]" in str(message.entry.data)]


def test_tags_of_a_step_reach_its_job_alone(bench: Bench) -> None:
    made = pipeline(bench)
    processing(made, "Plain")
    cdk.Tags.of(processing(made, "Tagged")).add("team", "ml")
    assert jobs(bench) == {"Plain": {}, "Tagged": {"team": "ml"}}
    assert warnings(bench) == []


def test_tags_of_what_stands_around_steps(bench: Bench) -> None:
    made = pipeline(bench)
    group = StepGroup(made, "Group")
    check = ConditionStep(StepGroup(group, "Inner"), "Check", condition=Parameter.float("A", default=1.0) < 2.0)
    processing(check.if_steps, "Yes")
    processing(check.else_steps, "No")
    each = ForEachStep(made, "Each", items=["a", "b"], max_concurrency=1)
    processing(each.body, "One")
    scopes: tuple[IConstruct, ...] = (bench.app, made, group, check, check.if_steps, each)
    for number, scope in enumerate(scopes):
        cdk.Tags.of(scope).add(str(number), "x")
    found = {name: "".join(tags) for name, tags in jobs(bench).items()}
    assert found["Group-Inner-Yes"] == "01234"
    assert found["Group-Inner-No"] == "0123"
    assert found["One"] == "015"
    assert warnings(bench) == []


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ({}, {}, "inner"),
        ({"priority": 200}, {}, "outer"),
        ({"priority": 200}, {"priority": 300}, "inner"),
        ({}, {"exclude_resource_types": ["AWS::SageMaker::Pipeline"]}, "outer"),
        ({}, {"include_resource_types": ["AWS::IAM::Role"]}, "outer"),
    ],
)
def test_which_of_two_tags_counts_is_as_cdk_says(
    bench: Bench, outer: dict[str, Any], inner: dict[str, Any], expected: str
) -> None:
    made = pipeline(bench)
    job = processing(made, "Job")
    cdk.Tags.of(made).add("key", "outer", **outer)
    cdk.Tags.of(job).add("key", "inner", **inner)
    assert jobs(bench) == {"Job": {"key": expected}}


def test_a_tag_can_be_taken_from_a_step(bench: Bench) -> None:
    made = pipeline(bench)
    job = processing(made, "Job")
    processing(made, "Other")
    cdk.Tags.of(made).add("key", "a")
    cdk.Tags.of(made).add("rest", "b")
    cdk.Tags.of(job).remove("key")
    assert jobs(bench) == {"Job": {"rest": "b"}, "Other": {"key": "a", "rest": "b"}}


def test_what_is_written_on_the_resource_itself_stays(bench: Bench) -> None:
    made = pipeline(bench)
    resource: Any = made.node.default_child
    resource.tags.set_tag("direct", "a")
    cdk.Tags.of(processing(made, "Job")).add("key", "b")
    assert jobs(bench) == {"Job": {"direct": "a", "key": "b"}}


def test_tags_that_nothing_of_a_step_takes(bench: Bench) -> None:
    made = pipeline(bench)
    register = RegisterModelStep(
        made, "Register", image=Image.xgboost("1.7-1"), model_data="s3://models/a.tar.gz", model_package_group="abalone"
    )
    raw = RawStep(made, "Raw", step_type="Fail", step_arguments={"ErrorMessage": "no"})
    function = cdk.aws_lambda.Function(
        bench.stack,
        "Function",
        runtime=cdk.aws_lambda.Runtime.PYTHON_3_12,
        handler="index.handler",
        code=cdk.aws_lambda.Code.from_inline("def handler(event, context): return {}"),
    )
    given = LambdaStep(made, "Given", function=function)
    for step in (register, raw, given):
        cdk.Tags.of(step).add("team", "ml")
    cdk.Tags.of(made).add("all", "x")  # meant for those that take it
    found = [text.partition(" [lost-tag]")[0].split(": Tags: no part of this ") for text in warnings(bench)]
    lost = "takes tags, so these are lost: 'team'; tag what it uses"
    assert found == [
        ["step 'Register'", f"RegisterModelStep {lost}"],
        ["step 'Raw'", f"RawStep {lost}"],
        ["step 'Given'", f"LambdaStep {lost}"],
    ]


def test_a_tag_of_a_step_with_an_expression(bench: Bench) -> None:
    cdk.Tags.of(processing(pipeline(bench), "Job")).add("owner", f"{Parameter.string('A', default='a')}")
    text = "step 'Job': Tags: the tag 'owner' must be a text, the service substitutes no value there [tag]"
    assert bench.errors()[0].startswith(f"[Stack/Pipeline] {text}")


@pytest.mark.parametrize("of", ["pipeline", "step"])
@pytest.mark.parametrize("key", ["aws:team", "AWS:Team", "aws-team"])
def test_keys_that_are_awss_own_are_refused(bench: Bench, of: str, key: str) -> None:
    made = pipeline(bench)
    step = processing(made, "One")
    cdk.Tags.of(step if of == "step" else made).add(key, "ml")
    where = "step 'One': Tags" if of == "step" else "Tags"
    refused = f"[Stack/Pipeline] {where}: the tag '{key}': keys that begin with 'aws:' are AWS's own; name it otherwise"
    at = " (at Stack/Pipeline/One)" if of == "step" else ""
    assert bench.errors() == ([] if key == "aws-team" else [f"{refused} [tag]{at}"])
