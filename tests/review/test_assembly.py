"""Definitions inside of templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.language import DefinitionError

BUCKET = {"Ref": "DataBucketE3889A50"}
ROLE = {"Fn::GetAtt": ["TrainRole0F8A1B2C", "Arn"]}


def template(body: Any, **properties: Any) -> dict[str, Any]:
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


LINES = [
    "{",
    {"Fn::Join": ["", ['"Steps": [{"Name": "A", "Type": "Training", "Arguments": {"Uri": "s3://', BUCKET, '/x",']]},
    {"Fn::Join": ["", ['"RoleArn": "', ROLE, '"}}]']]},
    "}",
]


def test_a_body_of_lines_with_tokens() -> None:
    (found,) = review.from_template(template({"Fn::Join": ["\n", LINES]}, PipelineName="abalone"))
    assert (found.name, found.path) == ("abalone", "Dev/Abalone/Pipeline")
    assert found.definition.step("A").arguments == {"Uri": "s3://${DataBucket}/x", "RoleArn": "${TrainRole.Arn}"}


def test_a_name_that_is_known_at_deployment_only_falls_back_to_the_logical_id() -> None:
    (found,) = review.from_template(template('{"Steps": []}', PipelineName={"Ref": "AWS::StackName"}))
    assert found.name == "AbalonePipeline8A2B3C4D"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ({"Ref": "AWS::Region"}, "${AWS::Region}"),
        ({"Fn::GetAtt": "Role12345678.Arn"}, "${Role.Arn}"),
        ({"Fn::Sub": "${AWS::Region}-x"}, "${AWS::Region}-x"),
        ({"Fn::Sub": ["${A}-x", {"A": "1"}]}, "${A}-x"),
        ({"Fn::Select": [0, ["a"]]}, "${Select}"),
        (7, "7"),
    ],
)
def test_intrinsic_functions(value: Any, text: str) -> None:
    (found,) = review.from_template(template({"Fn::Join": ["", ['{"Version": "', value, '"}']]}))
    assert found.definition.json["Version"] == text


def test_a_definition_in_s3_says_so() -> None:
    in_s3 = template(None)
    properties = in_s3["Resources"]["AbalonePipeline8A2B3C4D"]["Properties"]
    properties["PipelineDefinition"] = {"PipelineDefinitionS3Location": {}}
    with pytest.raises(DefinitionError, match="the definition of 'Dev/Abalone/Pipeline' is in S3"):
        list(review.from_template(in_s3))


def test_a_definition_in_s3_is_read_from_what_goes_there(tmp_path: Path) -> None:
    in_s3 = template(None)
    properties = in_s3["Resources"]["AbalonePipeline8A2B3C4D"]["Properties"]
    properties["PipelineDefinition"] = {"PipelineDefinitionS3Location": {"Bucket": BUCKET, "Key": "abalone/1f.json"}}
    (tmp_path / "asset.2e" / "abalone").mkdir(parents=True)
    (tmp_path / "asset.2e" / "abalone" / "1f.json").write_text('{"Steps": [{"Name": "A"}]}')
    (tmp_path / "assembly-Dev").mkdir()
    (tmp_path / "assembly-Dev" / "a.template.json").write_text(json.dumps(in_s3))
    (found,) = review.from_directory(tmp_path)
    assert found.definition.step_names == ("A",)


def test_every_template_below_a_directory(tmp_path: Path) -> None:
    for name in ("assembly-Dev/a", "assembly-Prod/b"):
        file = tmp_path / f"{name}.template.json"
        file.parent.mkdir()
        file.write_text(json.dumps(template('{"Steps": []}', PipelineName=name)))
    assert [pipeline.name for pipeline in review.from_directory(tmp_path)] == ["assembly-Dev/a", "assembly-Prod/b"]
