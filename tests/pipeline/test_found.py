"""Mistakes that once passed silently, or surfaced in jsii's words: each has a message of ours."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ConditionStep,
    ExecutionVariables,
    FailStep,
    Image,
    Parameter,
    Pipeline,
    PipelineError,
    TrainingStep,
)
from cdk_sagemaker_pipelines.language import Definition, Finding, check
from tests.pipeline.support import Bench, body, pipeline, processing

LIST = cdk.Fn.split(",", cdk.Fn.import_value("x"))
FAIL = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}


def test_a_list_token_in_the_metadata(bench: Bench) -> None:
    FailStep(pipeline(bench, metadata={"a": f"{LIST}"}), "Stop")
    assert [error.partition(": ")[0] for error in bench.errors()] == ["[Stack/Pipeline] Metadata.a"]


@pytest.mark.parametrize("message", [LIST, ",".join(LIST)], ids=["list", "text"])
def test_a_list_token_in_a_given_definition(bench: Bench, message: Any) -> None:
    document = {"Version": "2020-12-01", "Steps": [{**FAIL, "Arguments": {"ErrorMessage": message}}]}
    Pipeline.from_definition(bench.stack, "Pipeline", definition=document)
    assert "[list-token]" in bench.errors()[0]
    assert "step 'Stop': Arguments.ErrorMessage" in bench.errors()[0]


def test_a_tag_with_an_expression(bench: Bench) -> None:
    made = pipeline(bench)
    processing(made, "Job")
    cdk.Tags.of(made).add("owner", f"{Parameter.string('A', default='a')}")
    assert bench.errors()[0] == (
        "[Stack/Pipeline] Tags: the tag 'owner' must be a text, the service substitutes no value there [tag]"
    )


def test_a_description_that_is_a_list(bench: Bench) -> None:
    with pytest.raises(PipelineError, match="Pipeline 'Stack/Pipeline': description must be a literal text"):
        pipeline(bench, description=f"{LIST}")


def test_a_placeholder_in_a_given_definition(bench: Bench) -> None:
    text = f"{Parameter.string('A', default='a')}"
    document = {"Version": "2020-12-01", "Steps": [{**FAIL, "Arguments": {"ErrorMessage": text}}]}
    Pipeline.from_definition(bench.stack, "Pipeline", definition=document)
    assert bench.errors()[0].endswith("[broken-placeholder]")


def test_a_placeholder_whose_case_was_changed(bench: Bench) -> None:
    FailStep(pipeline(bench), "Stop", message=f"{Parameter.string('A', default='a')}".upper())
    assert "[broken-placeholder]" in bench.errors()[0]


def test_a_training_jobs_name_in_a_processing_step(bench: Bench) -> None:
    processing(pipeline(bench), "Job", environment={"NAME": ExecutionVariables.TRAINING_JOB_NAME})
    assert bench.errors() == [
        "[Stack/Pipeline] step 'Job': Arguments.Environment.NAME: it reads 'Execution.TrainingJobName', which only "
        "has a value in the arguments of a Training step [job-name] (at Stack/Pipeline/Job)"
    ]


def test_an_unknown_output_read_through_the_properties(bench: Bench) -> None:
    made = pipeline(bench)
    one = processing(made, "One", outputs=["out"])
    uri = one.properties.processing_output_config.outputs["uot"].s3_output.s3_uri
    processing(made, "Two", environment={"URI": uri})
    (error,) = bench.errors()
    assert "step 'One' has no output 'uot'; did you mean 'out'? [unknown-property]" in error


@pytest.mark.parametrize(("count", "rules"), [(1, 0), (2, 1), (Parameter.integer("Count", default=1), 1)])
def test_the_instances_of_one_job_may_talk_to_each_other(bench: Bench, count: Any, rules: int) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        bench.stack, "Vpc", vpc_id="vpc-1", availability_zones=["eu-west-1a"], private_subnet_ids=["subnet-1"]
    )
    TrainingStep(
        pipeline(bench),
        "Train",
        image=Image.xgboost("1.7-1"),
        instance_type="ml.m5.large",
        instance_count=count,
        vpc=vpc,
    )
    assert len(bench.resources("AWS::EC2::SecurityGroupIngress")) == rules


def test_a_permission_that_cannot_be_derived_is_a_warning(bench: Bench) -> None:
    made = pipeline(bench)
    processing(made, "Job", inputs={"raw": Parameter.string("Raw")}, outputs={"out": Parameter.string("Out")})
    assert bench.errors() == []
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "/Stack/Pipeline/Job", cdk.assertions.Match.string_like_regexp("only known at run time")
    )
    texts = [str(warning.entry.data) for warning in found]
    assert len(texts) == 2
    assert "Arguments.ProcessingInputs[0]: the bucket is only known at run time" in texts[0]
    assert "[undecided-permission]" in texts[0]


def test_a_step_that_waits_for_the_other_branch_is_a_warning(bench: Bench) -> None:
    check = ConditionStep(pipeline(bench), "Check", condition=Parameter.float("X", default=1.0) < 2)
    yes = processing(check.if_steps, "Yes", outputs=["out"])
    processing(check.else_steps, "No", inputs={"in": yes.output("out")})
    assert bench.errors() == []
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "/Stack/Pipeline/Check/Else/No", cdk.assertions.Match.string_like_regexp("it never runs")
    )
    assert len(found) == 1


def test_the_definition_is_a_copy(bench: Bench) -> None:
    made = pipeline(bench)
    FailStep(made, "Stop")
    bench.template()
    made.definition.json["Steps"].append(1)
    assert len(made.definition.json["Steps"]) == 1
    assert len(body(bench.resource())["Steps"]) == 1


def test_a_step_keeps_its_name(bench: Bench) -> None:
    step = FailStep(pipeline(bench), "Stop")
    with pytest.raises(AttributeError):
        step.name = "Other"  # type: ignore[misc]


@pytest.mark.parametrize("option", ["pipeline_name", "parallelism"])
def test_an_expression_as_an_option_of_the_pipeline(bench: Bench, option: str) -> None:
    with pytest.raises(PipelineError, match=f"Pipeline 'Stack/Pipeline': {option} must be literal"):
        pipeline(bench, **{option: Parameter.integer("N", default=1)})  # type: ignore[arg-type]


def test_the_default_name_contains_the_path(bench: Bench) -> None:
    for scope in ("A", "B"):
        FailStep(Pipeline(Construct(bench.stack, scope), "P"), "Stop")
    assert bench.errors() == []
    names = {p["Properties"]["PipelineName"] for p in bench.resources("AWS::SageMaker::Pipeline").values()}
    assert names == {"Stack-A-P", "Stack-B-P"}


def test_findings_are_safe_to_print(bench: Bench) -> None:
    odd = {"Name": "a\x1b[31mred\x07\n", "Type": "Fail\ud800", "Arguments": {"b\x1b[0m": {"Get": "Parameters.\x07"}}}
    document = {"Version": "2020-12-01", "Steps": [odd]}
    Pipeline.from_definition(bench.stack, "Pipeline", definition=document)
    told = [*bench.errors(), *map(str, check(Definition(document)))]
    assert any("step 'a\\x1b[31mred\\x07\\n': Arguments.b\\x1b[0m: " in each for each in told)
    assert all(each.isprintable() for each in told), told


def test_the_lines_of_a_text_are_kept() -> None:
    assert str(Finding("internal", "a\nb\x1b", "St\nep")) == "step 'St\\nep': a\nb\\x1b [internal]"
    assert str(PipelineError("step 'a\x07': x\ny\ud800")) == "step 'a\\x07': x\ny\\ud800"
