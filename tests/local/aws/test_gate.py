"""What CreatePipeline and UpdatePipeline refuse: the errors that the rules find, and no doubt."""

from __future__ import annotations

import json
from typing import Any

import pytest

MISTAKES = {
    "an argument that the API does not have": (
        {"Name": "A", "Type": "Fail", "Arguments": {"ErrorMesage": "x"}},
        r"step 'A': Arguments.ErrorMesage: .*did you mean 'ErrorMessage'\?",
    ),
    "a reference to nothing": (
        {"Name": "A", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Txt"}}},
        r"it reads 'Parameters.Txt', but the pipeline declares no such parameter; did you mean 'Text'\? "
        r"\[unknown-parameter\]",
    ),
    "a name": (
        {"Name": "A b", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}},
        r"must have 1 to 64 letters, digits, '-' or '_' \[step-name\]",
    ),
    "a step that waits for itself": (
        {"Name": "A", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}, "DependsOn": ["A"]},
        "wait",
    ),
}


def with_steps(definition: str, *steps: Any) -> str:
    """The definition with other steps."""
    return json.dumps({**json.loads(definition), "Steps": list(steps)})


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_in_the_words_of_its_rule(client: Any, definition: str, role: str, mistake: str) -> None:
    sagemaker = client("sagemaker")
    step, told = MISTAKES[mistake]
    broken = with_steps(definition, step)
    with pytest.raises(sagemaker.exceptions.ClientError, match=rf"\(ValidationException\).*not valid: .*{told}"):
        sagemaker.create_pipeline(PipelineName="a", PipelineDefinition=broken, RoleArn=role)
    assert sagemaker.list_pipelines()["PipelineSummaries"] == []
    sagemaker.create_pipeline(PipelineName="a", PipelineDefinition=definition, RoleArn=role)
    with pytest.raises(sagemaker.exceptions.ClientError, match=rf"\(ValidationException\).*not valid: .*{told}"):
        sagemaker.update_pipeline(PipelineName="a", PipelineDefinition=broken)
    assert sagemaker.describe_pipeline(PipelineName="a")["PipelineDefinition"] == definition


def test_all_mistakes_are_reported_at_once(client: Any, definition: str, role: str) -> None:
    sagemaker = client("sagemaker")
    broken = with_steps(definition, *(step for step, _ in MISTAKES.values()))
    with pytest.raises(sagemaker.exceptions.ClientError) as refusal:
        sagemaker.create_pipeline(PipelineName="a", PipelineDefinition=broken, RoleArn=role)
    codes = ("argument", "unknown-parameter", "step-name", "duplicate-step")
    assert [code for code in codes if f"[{code}]" not in str(refusal.value)] == []


def test_warnings_are_accepted(client: Any, definition: str, role: str) -> None:
    doubtful = with_steps(definition, {"Name": "A", "Type": "BedrockCustomModel", "Arguments": {}})
    client("sagemaker").create_pipeline(PipelineName="a", PipelineDefinition=doubtful, RoleArn=role)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", "Unable to parse pipeline definition. the definition is not UTF-8 text"),
        (b"[" * 100_000, "Unable to parse pipeline definition. the definition is nested too deeply"),
        (b'{"Version": "2020-12-01", "Steps": [{}]}', "The pipeline definition is not valid: "),
    ],
    ids=["bytes", "brackets", "step"],
)
def test_a_definition_in_s3_is_refused_as_well(client: Any, role: str, content: bytes, told: str) -> None:
    sagemaker, s3 = client("sagemaker"), client("s3")
    s3.create_bucket(Bucket="definitions", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="definitions", Key="d.json", Body=content)
    location = {"Bucket": "definitions", "ObjectKey": "d.json"}
    with pytest.raises(sagemaker.exceptions.ClientError, match=told):
        sagemaker.create_pipeline(PipelineName="a", PipelineDefinitionS3Location=location, RoleArn=role)


def test_a_deployment_fails_with_the_reason(client: Any, deploy: Any, reasons: Any, definition: str, role: str) -> None:
    def resources(body: str) -> dict[str, Any]:
        properties = {
            "PipelineName": "Abalone",
            "RoleArn": role,
            "PipelineDefinition": {"PipelineDefinitionBody": body},
        }
        return {"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}}

    step, _ = MISTAKES["a reference to nothing"]
    broken = with_steps(definition, step)
    assert deploy(resources(broken))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "declares no such parameter; did you mean 'Text'?" in reasons()[0]
    client("cloudformation").delete_stack(StackName="stack")
    assert deploy(resources(definition))["StackStatus"] == "CREATE_COMPLETE"
    assert deploy(resources(broken))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "declares no such parameter; did you mean 'Text'?" in reasons()[0]
    assert client("sagemaker").describe_pipeline(PipelineName="Abalone")["PipelineDefinition"] == definition
