"""Definitions inside templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import check
from cdk_sagemaker_pipelines.properties.service_model import Model
from cdk_sagemaker_pipelines.review.reading.files import Found, Outcome, Unreadable, definitions
from cdk_sagemaker_pipelines.review.reading.stacks import Template

BUCKET = {"Ref": "DataBucketE3889A50"}
ROLE = {"Fn::GetAtt": ["TrainRole0F8A1B2C", "Arn"]}


def template(body: Any, **properties: Any) -> dict[str, Any]:
    """A template with a pipeline of this body."""
    return {
        "Resources": {
            "AbalonePipeline8A2B3C4D": {
                "Type": "AWS::SageMaker::Pipeline",
                "Properties": {"PipelineDefinition": {"PipelineDefinitionBody": body}, **properties},
                "Metadata": {"aws:cdk:path": "Dev/Abalone/Pipeline/Resource"},
            },
            "Other": {"Type": "AWS::S3::Bucket"},
        }
    }


def outcome(body: Any, *assets: Path, **properties: Any) -> Outcome:
    """The pipeline of that template, or why it cannot be read."""
    (found,) = definitions([Template("a.template.json", template(body, **properties), assets)], "a.template.json")
    return found


def only(body: Any, *assets: Path, **properties: Any) -> Found:
    """The pipeline of that template."""
    found = outcome(body, *assets, **properties)
    assert isinstance(found, Found)
    return found


LINES = [
    "{",
    {"Fn::Join": ["", ['"Steps": [{"Name": "A", "Type": "Training", "Arguments": {"Uri": "s3://', BUCKET, '/x",']]},
    {"Fn::Join": ["", ['"RoleArn": "', ROLE, '"}}]']]},
    "}",
]


def test_a_body_of_lines_with_tokens() -> None:
    found = only({"Fn::Join": ["\n", LINES]}, PipelineName="abalone")
    assert (found.name, found.path) == ("abalone", "Dev/Abalone/Pipeline")
    assert found.definition.step("A").arguments == {
        "Uri": "s3://${Token[DataBucket]}/x",
        "RoleArn": "${Token[TrainRole.Arn]}",
    }


def test_a_name_that_is_only_known_at_deployment_falls_back_to_the_logical_id() -> None:
    assert only("{}", PipelineName={"Ref": "AWS::StackName"}).name == "AbalonePipeline8A2B3C4D"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ({"Ref": "AWS::Region"}, "${Token[AWS::Region]}"),
        ({"Fn::GetAtt": "Role12345678.Arn"}, "${Token[Role.Arn]}"),
        ({"Fn::GetAtt": []}, "${Token[GetAtt]}"),
        ({"Fn::Sub": "${AWS::Region}-x"}, "${Token[AWS::Region]}-x"),
        ({"Fn::Sub": "${!A}-${B}"}, "${A}-${Token[B]}"),
        ({"Fn::Sub": ["${A}-${B}", {"A": "1", "B": {"Ref": "C"}}]}, "1-${Token[C]}"),
        ({"Fn::Select": [0, ["a"]]}, "${Token[Select]}"),
        ({"Fn::Join": ["-", ["a", {"Fn::Join": ["", [BUCKET, 1]]}]]}, "a-${Token[DataBucket]}1"),
        ({"Fn::If": ["A]}", "a", "b"]}, "${Token[If]}"),
        ({"Ref": "A]}"}, "${Token[A__]}"),
        (7, "7"),
        ("{{resolve:ssm:/a/b}}/{{resolve:ssm:c:2}}", "${Token[resolve:ssm:_a_b]}/${Token[resolve:ssm:c:2]}"),
        ({"Fn::Sub": "{{resolve:ssm:a}}-${B}"}, "${Token[resolve:ssm:a]}-${Token[B]}"),
        ("{{resolve:secretsmanager:s}}", "{{resolve:secretsmanager:s}}"),  # a rule tells of it
    ],
)
def test_intrinsic_functions(value: Any, text: str) -> None:
    found = only({"Fn::Join": ["", ['{"Version": "', value, '"}']]})
    assert found.definition.json["Version"] == text


def test_a_number_that_is_only_known_at_deployment_is_a_token_too() -> None:
    found = only({"Fn::Join": ["", ['{"A": "\\"', BUCKET, '", "B": ', {"Ref": "Count"}, ", ", '"C": 1}']]})
    assert found.definition.json == {"A": '"${Token[DataBucket]}', "B": "${Token[Count]}", "C": 1}


def test_what_is_only_known_at_deployment_is_not_a_mistake() -> None:
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": "IMAGE", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://BUCKET/x", "KmsKeyId": "KEY"},
        "ResourceConfig": {"InstanceCount": "COUNT", "InstanceType": "TYPE", "VolumeSizeInGB": "SIZE"},
        "StoppingCondition": {"MaxRuntimeInSeconds": "SECONDS"},
        "EnableNetworkIsolation": "ISOLATED",
        "RoleArn": "ROLE",
        "VpcConfig": {"SecurityGroupIds": ["GROUP"], "Subnets": ["SUBNET"]},
    }
    parameter = {"Name": "Days", "Type": "Integer", "DefaultValue": "DAYS"}
    step = {"Name": "Train", "Type": "Training", "Arguments": arguments}
    text = json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [parameter], "Steps": [step]})
    alone = ("COUNT", "SIZE", "SECONDS", "ISOLATED", "DAYS")
    inside = ("IMAGE", "BUCKET", "KEY", "TYPE", "ROLE", "GROUP", "SUBNET")
    parts: list[Any] = [text]
    for word in (*(f'"{word}"' for word in alone), *inside):
        index = next(i for i, part in enumerate(parts) if isinstance(part, str) and word in part)
        head, tail = parts[index].split(word, 1)
        parts[index : index + 1] = [head, {"Ref": word.strip('"')}, tail]
    found = only({"Fn::Join": ["", parts]}).definition
    assert found.json["Steps"][0]["Arguments"]["RoleArn"] == "${Token[ROLE]}"
    assert [finding.code for finding in check(found, Model())] == ["unused-parameter"]


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (
            {"PipelineDefinitionBody": {"Ref": "Body"}},
            "the definition is only known once the stack is deployed",
        ),
        ({"PipelineDefinitionBody": {"Version": "1", "Steps": []}}, "PipelineDefinitionBody must be a text, or an "),
        ({"PipelineDefinitionBody": None}, "PipelineDefinitionBody must be a text, or an "),
        ({"PipelineDefinitionBody": "{"}, "the definition is not JSON: Expecting property name"),
        ({"PipelineDefinitionBody": "[]"}, "a definition is a JSON object, not a list"),
        ({"pipelineDefinitionBody": "{}"}, "PipelineDefinition must be an object with PipelineDefinitionBody or "),
        ("{}", "PipelineDefinition must be an object with PipelineDefinitionBody or "),
        ({"PipelineDefinitionS3Location": {}}, "the definition is in S3 and not among the assets here; pass the "),
        ({"PipelineDefinitionS3Location": {"Key": "a.json"}}, "the definition is in S3 and not among the assets here"),
        ({"PipelineDefinitionS3Location": {"Key": "../secret.json"}}, "the definition is in S3 and not among the "),
    ],
)
def test_invalid_definitions(definition: Any, told: str, tmp_path: Path) -> None:
    (tmp_path / "asset.1").mkdir()
    (tmp_path.parent / "secret.json").write_text("{}")
    found = outcome("", tmp_path, PipelineDefinition=definition)
    assert isinstance(found, Unreadable)
    assert found.reason.startswith(told)


@pytest.mark.parametrize("file", ["asset.2e/abalone/1f.json", "asset.abalone/1f.json"])
def test_a_definition_in_s3_is_read_from_its_asset(file: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text('{"Steps": [{"Name": "A", "Description": "<<marker:0>>"}], "Metadata": <<marker:1>>}')
    location = {"Bucket": BUCKET, "Key": "abalone/1f.json"}
    found = only("", tmp_path, PipelineDefinition={"PipelineDefinitionS3Location": location}).definition
    assert found.step("A").description == "${Token[marker:0]}"
    assert found.json["Metadata"] == "${Token[marker:1]}"


@pytest.mark.parametrize(
    "odd", [{}, {"Resources": []}, {"Resources": {"A": 1, "B": {"Type": ["AWS::SageMaker::Pipeline"]}}}]
)
def test_templates_without_pipelines(odd: dict[str, Any]) -> None:
    found = definitions([Template("a.template.json", odd)], "a.template.json")
    assert found == [Unreadable("a.template.json", "it is a template without a pipeline")]
