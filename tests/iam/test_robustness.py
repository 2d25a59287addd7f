"""Whatever JSON stands in a definition: permissions are derived or not, but nothing is raised."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.iam import job_roles, pipeline_role
from cdk_sagemaker_pipelines.iam.keys import without_key
from cdk_sagemaker_pipelines.iam.permissions import Permission, document
from cdk_sagemaker_pipelines.iam.undecided import undecided
from cdk_sagemaker_pipelines.language import Definition
from tests.language.support import STEADY, corpus, corpus_document, get, json_values, mutated, scalars, step

from .support import PLACE, ROLE

ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")  # one action, never a pattern of some


def derive(document: dict[str, Any]) -> None:
    definition = Definition(document)
    sound(pipeline_role.permissions(definition, PLACE))
    for role, found in job_roles.permissions(definition, PLACE).items():
        assert isinstance(role, str)
        sound(found)
    assert all(str(finding) for finding in (*undecided(definition, PLACE), *without_key(definition, PLACE)))


def sound(found: list[Permission]) -> None:
    for permission in found:
        assert permission.because
        assert permission.actions
        assert all(ACTION.fullmatch(action) for action in permission.actions)
        assert permission.resources
        assert all(resource == "*" or resource.startswith(("arn:", ROLE)) for resource in permission.resources) or (
            permission.actions == ("iam:PassRole",)  # of roles that are odd texts
        ), permission
    assert isinstance(document(found), dict)


@pytest.mark.parametrize("name", corpus())
def test_the_corpus(name: str) -> None:
    derive(corpus_document(name))


KEYS = st.sampled_from(
    ["RoleArn", "ExecutionRoleArn", "ProcessingInputs", "S3Input", "S3Uri", "ProcessingOutputConfig", "Outputs",
     "S3Output", "OutputName", "KmsKeyId", "AppSpecification", "ImageUri", "NetworkConfig", "VpcConfig",
     "InputDataConfig", "DataSource", "S3DataSource", "HyperParameters", "sagemaker_submit_directory",
     "OutputDataConfig", "S3OutputPath", "CheckpointConfig", "AlgorithmSpecification", "AlgorithmName",
     "TrainingImage", "PrimaryContainer", "Containers", "ModelDataUrl", "ModelName", "TransformInput",
     "TransformOutput", "ModelPackageGroupName", "TrainingJobName", "Std:JsonGet", "Std:Join", "Get", "On", "Values",
     "PropertyFile", "Path", "Environment", "SAGEMAKER_SUBMIT_DIRECTORY", "ResourceConfig", "VolumeKmsKeyId"]
)  # fmt: skip
WORDS = st.sampled_from(
    [ROLE, "s3://bucket/key", "s3://secret", "s3://", "Steps.A.OutputDataConfig.S3OutputPath", "Steps.B", "Steps.A['",
     "Steps.A.ModelArtifacts.S3ModelArtifacts", "Steps.A.PropertyFiles.F", "Parameters.P", "/", "", "*", "alias/a",
     "123456789012.dkr.ecr.eu-west-1.amazonaws.com/own:1", "arn:aws:kms:eu-west-1:123456789012:key/1"]
)  # fmt: skip
odd_values = st.recursive(
    WORDS | WORDS.map(get) | scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
TYPES = st.sampled_from(["Processing", "Training", "Model", "RegisterModel", "Transform", "Condition", "Fail", "Other"])
odd_arguments = st.dictionaries(KEYS, odd_values, max_size=8)


@STEADY
@given(st.lists(st.tuples(st.sampled_from("ABC"), TYPES, odd_arguments, odd_values), max_size=4))
def test_odd_arguments(steps: list[Any]) -> None:
    files = {"PropertyFiles": [{"PropertyFileName": "F", "OutputName": "o", "FilePath": "f.json"}]}
    more = [{"PropertyFiles": value} if value else files for *_, value in steps]
    listed = [step(name, type, arguments, **keys) for (name, type, arguments, _), keys in zip(steps, more, strict=True)]
    derive({"Version": "2020-12-01", "Steps": listed})


@STEADY
@given(st.sampled_from(corpus()), json_values | odd_values, st.integers(0, 10**6))
def test_mutations_of_the_corpus(name: str, value: Any, seed: int) -> None:
    derive(mutated(name, value, seed))


def test_steps_that_read_one_another_over_and_over() -> None:
    def uri(*names: str) -> dict[str, Any]:
        read = [get(f"Steps.{name}.OutputDataConfig.S3OutputPath") for name in names]
        return {"Std:Join": {"On": "/", "Values": ["s3:/", "bucket", *read]}}

    steps = [step("S0", "Training", {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": uri("S0", "S1", "S1")}})]
    for index in range(1, 30):
        path = uri(f"S{index - 1}", f"S{index + 1}", f"S{index + 1}")
        steps.append(step(f"S{index}", "Training", {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": path}}))
    derive({"Version": "2020-12-01", "Steps": steps})
