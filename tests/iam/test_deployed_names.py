"""What a deployment tells whole, such as a parameter of Systems Manager: derived with the token, or told as unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam import job_roles, pipeline_role
from cdk_sagemaker_pipelines.iam.permissions import DEPLOYED
from cdk_sagemaker_pipelines.iam.undecided import undecided
from tests.language.support import definition, get, step

from .support import AWS_IMAGE, PLACE, ROLE, of_jobs, unknown

TOKEN = "${Token[0:Told]}"
PULL = "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer"


def model(image: Any) -> dict[str, Any]:
    return step("M", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": image}})


@pytest.mark.parametrize(
    ("kind", "arguments", "field"),
    [
        ("Processing", {"AppSpecification": {"ImageUri": TOKEN}}, "AppSpecification.ImageUri"),
        ("Training", {"AlgorithmSpecification": {"TrainingImage": TOKEN}}, "AlgorithmSpecification.TrainingImage"),
        (
            "Tuning",
            {"TrainingJobDefinition": {"RoleArn": ROLE, "AlgorithmSpecification": {"TrainingImage": TOKEN}}},
            "TrainingJobDefinition.AlgorithmSpecification.TrainingImage",
        ),
        ("Model", {"Containers": [{"Image": TOKEN}]}, "Containers[0].Image"),
        (
            "RegisterModel",
            {"ModelPackageGroupName": "g", "InferenceSpecification": {"Containers": [{"Image": TOKEN}]}},
            "InferenceSpecification.Containers[0].Image",
        ),
    ],
    ids=["processing", "training", "tuning", "model", "version"],
)
def test_the_image_of_a_job(kind: str, arguments: dict[str, Any], field: str) -> None:
    found = unknown(step("S", kind, {"RoleArn": ROLE, "ExecutionRoleArn": ROLE, **arguments}))
    actions = "ecr:BatchGetImage ecr:DescribeImages" if kind == "RegisterModel" else PULL
    assert (actions, f"S: {field}", "image") in found


@pytest.mark.parametrize(
    "uri",
    [
        TOKEN,
        f"{TOKEN}:1",
        f"{TOKEN}/mine:1",
        f"1234{TOKEN}.dkr.ecr.eu-west-1.amazonaws.com/mine:1",
        f"123456789012.dkr.ecr.{TOKEN}/mine",
        "{{resolve:ssm:/ml/image}}",
        {"Std:Join": {"On": "", "Values": [TOKEN, ":1"]}},
    ],
    ids=["whole", "tag", "registry", "account", "host", "dynamic", "joined"],
)
def test_whose_image_it_is_shows_when_it_is_deployed(uri: Any) -> None:
    found = [one for one in job_roles.needs(definition(model(uri)), PLACE) if one[1].unknown == "image"]
    assert [permission.why for _, permission in found] == [DEPLOYED]


@pytest.mark.parametrize(
    "uri",
    [AWS_IMAGE, f"docker.io/team/own:{TOKEN}", f"141502667606.dkr.ecr.{TOKEN}.amazonaws.com/sagemaker-scikit-learn:1"],
    ids=["aws", "public", "aws-region"],
)
def test_an_image_that_asks_for_nothing(uri: str) -> None:
    assert unknown(model(uri)) == []
    assert not any(entry[0].startswith("ecr:") for entry in of_jobs(model(uri))[ROLE])


def test_a_repository_whose_name_shows_when_it_is_deployed() -> None:
    uri = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/{TOKEN}:1"
    granted = of_jobs(model(uri))[ROLE]
    assert (PULL, f"arn:aws:ecr:eu-west-1:123456789012:repository/team/{TOKEN}") in granted


def test_an_image_of_a_parameter_is_known_at_run_time() -> None:
    found = [one for _, one in job_roles.needs(definition(model(get("Parameters.P"))), PLACE) if one.unknown]
    assert [(one.unknown, one.why) for one in found] == [("image", "is only known at run time")]


DATA = {"S3DataSource": {"S3Uri": "s3://b/x", "S3DataType": "S3Prefix", "HubAccessConfig": {"HubContentArn": TOKEN}}}
CHANNELS = [{"ChannelName": "c", "DataSource": DATA}]


NAMED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Training", {"RoleArn": TOKEN}, {}),
    ("Training", {"OutputDataConfig": {"S3OutputPath": "s3://b/x", "KmsKeyId": TOKEN}}, {}),
    ("Training", {"ResourceConfig": {"VolumeKmsKeyId": TOKEN}}, {}),
    ("Training", {"ResourceConfig": {"TrainingPlanArn": TOKEN}}, {}),
    ("Training", {"AlgorithmSpecification": {"AlgorithmName": TOKEN}}, {}),
    ("Training", {"HyperParameters": {"sagemaker_submit_directory": TOKEN}}, {}),
    ("Training", {"MlflowConfig": {"MlflowResourceArn": TOKEN}}, {}),
    ("Training", {"ModelPackageConfig": {"ModelPackageGroupArn": TOKEN}}, {}),
    ("Training", {"ModelPackageConfig": {"SourceModelPackageArn": TOKEN}}, {}),
    ("Training", {"ServerlessJobConfig": {"BaseModelArn": TOKEN}}, {}),
    ("Training", {"ServerlessJobConfig": {"EvaluatorArn": TOKEN}}, {}),
    ("Training", {"InputDataConfig": CHANNELS}, {}),
    ("Model", {"PrimaryContainer": {"ModelPackageName": TOKEN}}, {}),
    ("Model", {"PrimaryContainer": {"ModelDataUrl": TOKEN}}, {}),
    ("Transform", {"ModelName": TOKEN}, {}),
    ("RegisterModel", {"ModelPackageGroupName": TOKEN}, {}),
    ("QualityCheck", {}, {"ModelPackageGroupName": TOKEN}),
    ("ClarifyCheck", {}, {"ModelName": TOKEN}),
    ("Endpoint", {"EndpointName": TOKEN, "EndpointConfigName": "c"}, {}),
    ("Endpoint", {"EndpointName": "e", "EndpointConfigName": TOKEN}, {}),
    ("InferenceComponent", {"InferenceComponentName": "c", "EndpointName": TOKEN}, {}),
    ("Lambda", {}, {"FunctionArn": TOKEN}),
    ("Callback", {}, {"SqsQueueUrl": TOKEN}),
    ("EMR", {"ClusterId": TOKEN}, {}),
    ("EMR", {"ClusterId": "j-1", "StepConfig": {"HadoopJarStep": {"Jar": TOKEN}}}, {}),
    ("EMRServerless", {"ApplicationId": TOKEN}, {}),
    ("EMRServerless", {"JobConfig": {"jobDriver": {"sparkSubmit": {"entryPoint": TOKEN}}}}, {}),
    ("Job", {"JobConfigDocument": TOKEN}, {}),
    ("Job", {"JobConfigDocument": json.dumps({"FunctionArn": TOKEN})}, {}),
]


def _texts(value: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [each for key, one in value.items() for each in _texts(one, f"{path}.{key}" if path else key)]
    if isinstance(value, list):
        return [each for index, one in enumerate(value) for each in _texts(one, f"{path}[{index}]")]
    return [(path, value)] if isinstance(value, str) else []


def _named(arguments: dict[str, Any], beside: dict[str, Any]) -> str:
    return next(path for path, text in _texts({"Arguments": arguments, **beside}) if TOKEN in text)


@pytest.mark.parametrize(
    ("kind", "arguments", "beside"),
    NAMED,
    ids=[f"{kind}-{_named(*told).rpartition('.')[2]}" for kind, *told in NAMED],
)
def test_each_name_is_granted_or_told(kind: str, arguments: dict[str, Any], beside: dict[str, Any]) -> None:
    roles = {"Model": "ExecutionRoleArn", "EMR": "ExecutionRoleArn", "EMRServerless": "ExecutionRoleArn"}
    given = {roles.get(kind, "RoleArn"): ROLE, **arguments}
    told = definition({**step("S", kind, given), **beside})
    needs = [*pipeline_role.needs(told, PLACE), *(one for _, one in job_roles.needs(told, PLACE))]
    granted = any(TOKEN in resource for one in needs for resource in one.resources)
    name, doubts = _named(arguments, beside), {finding.where for finding in undecided(told, PLACE)}
    assert granted or any(name.startswith(where) or where.startswith(name) for where in doubts)
