"""Findings on the resources of templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.check.resources import CheckedTemplate, judged
from cdk_sagemaker_pipelines.review.reading.files import contents
from cdk_sagemaker_pipelines.review.reading.stacks import Template

ROLE = "arn:aws:iam::111122223333:role/p"
BODY = json.dumps(
    {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "InstanceType", "Type": "String"}],
        "Steps": [{"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.InstanceType"}}}],
    }
)


def pipeline(name: Any = "Nightly", **properties: Any) -> dict[str, Any]:
    given = {"PipelineName": name, "RoleArn": ROLE, "PipelineDefinition": {"PipelineDefinitionBody": BODY}}
    return {"Type": "AWS::SageMaker::Pipeline", "Properties": {**given, **properties}}


def schedule(arn: Any, name: str = "InstanceTyp") -> dict[str, Any]:
    parameters = {"PipelineParameterList": [{"Name": name, "Value": "ml.m5.large"}]}
    target = {"Arn": arn, "RoleArn": ROLE, "SageMakerPipelineParameters": parameters}
    properties = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    return {"Type": "AWS::Scheduler::Schedule", "Properties": properties}


def universal(arn: str, **parameters: str) -> dict[str, Any]:
    """A schedule whose target is the request itself, with a pseudo parameter as CDK writes it."""
    listed = [{"Name": name, "Value": value} for name, value in parameters.items()]
    text = json.dumps({"PipelineName": arn, "PipelineParameters": listed}).partition("arn:aws:")
    made = schedule("")
    made["Properties"]["Target"] = {
        "Arn": {
            "Fn::Join": [
                "",
                ["arn:", {"Ref": "AWS::Partition"}, ":scheduler:::aws-sdk:sagemaker:startPipelineExecution"],
            ]
        },
        "RoleArn": ROLE,
        "Input": {"Fn::Join": ["", [f"{text[0]}arn:", {"Ref": "AWS::Partition"}, f":{text[2]}"]]},
    }
    return made


def checked(**templates: dict[str, Any]) -> list[CheckedTemplate]:
    return judged([Template(f"{name}.json", {"Resources": resources}) for name, resources in templates.items()])


def codes(template: CheckedTemplate) -> list[tuple[str, str]]:
    return [(each.path, each.finding.code) for each in template.told]


def test_a_finding_is_at_its_resource(tmp_path: Path) -> None:
    file = tmp_path / "hand.yaml"
    file.write_text(
        "Resources:\n"
        "  Data:\n"
        "    Type: AWS::S3::Bucket\n"
        "    Properties:\n"
        "      VersioningConfiguration:\n"
        "        Status: !If [Here, Enabled, Active]\n"
        "  Pipe:\n"
        "    Type: AWS::SageMaker::Pipeline\n"
        "    Properties:\n"
        "      PipelineName: p\n"
        "      PipelineDefinition: !Sub '{}'\n"
        "    Metadata: {aws:cdk:path: Dev/Pipe/Resource}\n"
    )
    (template,) = judged([each for each in contents(file) if isinstance(each, Template)])
    assert template.lines() == [
        (
            f"{file}:6#Data",
            "-",
            "resource-property",
            "VersioningConfiguration.Status: 'Active' is not allowed; it may be 'Enabled', 'Suspended'",
        ),
        (f"{file}:9#Dev/Pipe", "-", "resource-property", "'RoleArn' is missing"),
        (f"{file}:11#Dev/Pipe", "-", "resource-property", "PipelineDefinition: it must be an object, not a text"),
    ]
    assert template.places()[0] == {"file": str(file), "resource": "Data", "line": 6, "pipeline": None}
    assert template.unjudged is None


@pytest.mark.parametrize(
    "arn",
    [
        {"Fn::Sub": "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:pipeline/${Pipe}"},
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":sagemaker:a:b:pipeline/", {"Ref": "Pipe"}]]},
        "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/nightly",
        "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/Nightly",
    ],
)
def test_a_schedule_of_a_pipeline_of_the_template(arn: Any) -> None:
    expected = [("S", "target-parameter"), ("S", "target-lacks-parameter")]
    assert [codes(each) for each in checked(one={"Pipe": pipeline(), "S": schedule(arn)})] == [expected]
    assert [codes(each) for each in checked(one={"Pipe": pipeline(), "S": schedule(arn, "InstanceType")})] == [[]]


def test_a_schedule_of_a_pipeline_of_another_stack_or_of_none() -> None:
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/nightly"
    one, two = {"Pipe": pipeline()}, {"S": schedule(arn)}
    assert [len(codes(each)) for each in checked(one=one, two=two)] == [0, 2]
    assert [codes(each) for each in checked(two=two)] == [[]]
    # two stages have a pipeline of the name: each schedule is of its own, elsewhere nobody knows
    assert [len(codes(each)) for each in checked(one=one, two={**one, **two}, three=two)] == [0, 2, 0]
    other = {"Pipe": pipeline(PipelineDefinition={"PipelineDefinitionBody": "{"}), **two}
    assert [codes(each) for each in checked(other=other)] == [[]]
    assert [codes(each) for each in checked(one={**one, "S": schedule("arn:aws:sqs:a:b:c")})] == [[]]


def test_types_without_a_schema_are_named() -> None:
    (template,) = checked(one={"A": {"Type": "Acme::Own::Thing"}, "B": {"Type": "AWS::S3::Bucket"}, "C": 1})
    assert template.unjudged == "not checked, since cfn-lint has no schema for them: Acme::Own::Thing"
    assert template.told == ()


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"InstanceTyp": "a"}, ["target-parameter", "target-lacks-parameter"]),
        ({"InstanceType": "<aws.scheduler.scheduled-time>"}, []),
        ({"InstanceType": "a", "Count": "many"}, ["target-value"]),
        ({"InstanceType": "a", "Count": "<aws.scheduler.attempt-number>"}, []),
    ],
)
def test_a_schedule_with_a_request_of_its_own(parameters: dict[str, str], found: list[str]) -> None:
    document = json.loads(BODY)
    document["Parameters"].append({"Name": "Count", "Type": "Integer", "DefaultValue": 1})
    made = pipeline(PipelineDefinition={"PipelineDefinitionBody": json.dumps(document)})
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/nightly"
    (template,) = checked(all={"P": made, "S": universal(arn, **parameters)})
    assert codes(template) == [("S", code) for code in found]
    assert all(one.finding.where.startswith("Target.Input") for one in template.told)


@pytest.mark.parametrize("text", ["{", "[]", '{"PipelineName": 5}', '{"PipelineName": "x"}'])
def test_a_request_that_names_no_pipeline_here(text: str) -> None:
    made = universal("arn:aws:sagemaker:eu-west-1:111122223333:pipeline/nightly", Kee="a")
    made["Properties"]["Target"]["Input"] = text
    (template,) = checked(all={"P": pipeline(), "S": made})
    assert [code for _, code in codes(template) if code.startswith("target-")] == []
